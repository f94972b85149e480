/* The models in memory: what stays, what leaves, and who may still use what has left. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/cache.h"
#include "test_store_fixture.h"
#include "waiting.h"

static Store *store;
static Cache *cache;
static char dataset[ID_SIZE];

static void start(void)
{
    fixture_start();
    store = fixture_store();
    cache = cache_new(store, (CacheUse){3, SIZE_MAX});
    cr_assert_not_null(cache);
    snprintf(dataset, sizeof dataset, "%s", fixture_stored_dataset(store));
}

static void end(void)
{
    cache_free(cache);
    store_close(store);
    fixture_end();
}

TestSuite(cache, .init = start, .fini = end);

/* Stores the next version of a model. */
static int64_t make(const char *name)
{
    fixture_queued(store, dataset, name);
    return fixture_succeed(store);
}

/* The model, read where it is not in memory. */
static Served *got(const char *name, int64_t version)
{
    Served *served;
    cr_assert_eq(cache_get(cache, name, version, true, &served), STATUS_OK, "%s", name);
    cr_assert_not_null(served);
    return served;
}

static void use(const char *name)
{
    served_drop(got(name, 0));
}

/* The version in memory; 0 where there is none. */
static int64_t kept(const char *name, int64_t asked)
{
    Served *served;
    cr_assert_eq(cache_get(cache, name, asked, false, &served), STATUS_OK);
    int64_t version = served ? served_record(served)->version : 0;
    served_drop(served);
    return version;
}

Test(cache, what_is_not_in_memory_is_read_only_where_that_is_allowed)
{
    make("m");
    cr_expect_eq(kept("m", 0), 0);
    use("m");
    cr_expect_eq(kept("m", 0), 1);
}

Test(cache, what_is_served_is_what_the_store_has)
{
    make("m");
    Served *served = got("m", 0);
    const ModelRecord *record = served_record(served);
    Model *model = fixture_model(1);
    cr_expect_str_eq(record->name, "m");
    cr_expect(record->version == 1 && record->features == 3 && record->targets == 1);
    cr_expect_eq(record->model->member[0]->parameter_count, 21);
    cr_expect_eq(memcmp(record->model->member[0]->parameters, model->member[0]->parameters, 21 * 8),
                 0);
    model_free(model);
    served_drop(served);
}

Test(cache, who_asks_twice_gets_the_same_one)
{
    make("m");
    Served *one = got("m", 0), *other = got("m", 0);
    cr_expect_eq(one, other);
    served_drop(one);
    served_drop(other);
}

Test(cache, a_model_that_is_not_there_is_not_found)
{
    Served *served;
    cr_expect_eq(cache_get(cache, "none", 0, true, &served), STATUS_NOT_FOUND);
    cr_expect_null(served);
    make("m");
    cr_expect_eq(cache_get(cache, "m", 2, true, &served), STATUS_NOT_FOUND);
    cr_expect_null(served);
}

Test(cache, the_least_recently_used_leaves)
{
    static const char *const names[] = {"a", "b", "c", "d"};
    for (size_t i = 0; i < 4; i++)
        make(names[i]);
    use("a");
    use("b");
    use("c");
    cr_expect_eq(kept("a", 0), 1); /* which is a use */
    use("d");
    cr_expect_eq(kept("b", 0), 0);
    cr_expect(kept("a", 0) == 1 && kept("c", 0) == 1 && kept("d", 0) == 1);
}

Test(cache, there_are_never_more_than_the_limit)
{
    char name[16];
    for (int i = 0; i < 9; i++) {
        snprintf(name, sizeof name, "m%d", i);
        make(name);
        use(name);
    }
    int64_t there = 0;
    for (int i = 0; i < 9; i++) {
        snprintf(name, sizeof name, "m%d", i);
        there += kept(name, 0);
    }
    cr_expect_eq(there, 3);
}

Test(cache, a_reference_outlives_the_models_place)
{
    make("m");
    Served *held = got("m", 0);
    cache_forget(cache, "m");
    cr_expect_eq(kept("m", 0), 0);
    cr_expect_str_eq(served_record(held)->name, "m");
    cr_expect_eq(served_record(held)->model->member[0]->parameter_count, 21);
    served_drop(held);
}

Test(cache, a_reference_outlives_the_cache)
{
    make("m");
    Served *held = got("m", 0);
    cache_free(cache);
    cache = NULL;
    cr_expect_str_eq(served_record(held)->name, "m");
    served_drop(held);
}

Test(cache, renewing_puts_the_newest_in_place_without_being_asked)
{
    make("m");
    cache_renew_begin(cache, "m");
    cache_renew_end(cache, "m");
    cr_expect_eq(kept("m", 0), 1);
    Served *old = got("m", 0);
    make("m");
    cr_expect_eq(kept("m", 0), 1);
    cache_renew_begin(cache, "m");
    cache_renew_end(cache, "m");
    cr_expect_eq(kept("m", 0), 2);
    cr_expect_eq(served_record(old)->version, 1);
    served_drop(old);
}

Test(cache, renewing_leaves_versions_that_were_asked_by_number)
{
    make("m");
    served_drop(got("m", 1));
    make("m");
    cache_renew_begin(cache, "m");
    cache_renew_end(cache, "m");
    cr_expect_eq(kept("m", 1), 1);
    cr_expect_eq(kept("m", 0), 2);
}

Test(cache, renewing_a_model_that_is_gone_forgets_it)
{
    make("m");
    use("m");
    cr_assert_eq(store_model_delete(store, "m", 0), STATUS_OK);
    cache_renew_begin(cache, "m");
    cache_renew_end(cache, "m");
    cr_expect_eq(kept("m", 0), 0);
}

Test(cache, forgetting_drops_all_versions_and_no_other_model)
{
    make("m");
    make("other");
    use("m");
    use("other");
    served_drop(got("m", 1));
    cache_forget(cache, "m");
    cr_expect(kept("m", 0) == 0 && kept("m", 1) == 0);
    cr_expect_eq(kept("other", 0), 1);
}

Test(cache, dropping_nothing_is_fine)
{
    served_drop(NULL);
    cache_free(NULL);
}

static atomic_bool finished;

/* A client that asks for the newest again and again: it must not see an older one afterwards. */
static void *ask(void *wrong)
{
    int64_t last = 0;
    while (!atomic_load(&finished)) {
        Served *served;
        Status status = cache_get(cache, "m", 0, true, &served);
        int64_t version = status == STATUS_OK ? served_record(served)->version : -1;
        if (version < last || served_record(served)->model->member[0]->parameter_count != 21)
            *(int64_t *)wrong = 1;
        last = version;
        served_drop(served);
    }
    return NULL;
}

Test(cache, many_threads_never_see_a_model_go_back)
{
    pthread_t threads[4];
    int64_t wrong[4] = {0};
    make("m");
    make("b");
    make("c");
    for (size_t i = 0; i < 4; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, ask, &wrong[i]), 0);
    for (int i = 0; i < 30; i++) {
        make("m");
        cache_renew_begin(cache, "m");
        cache_renew_end(cache, "m");
        use("b");
        use("c");
        served_drop(got("m", 1 + i % 3)); /* pushes others out: the limit is three */
        if (i % 5 == 0)
            cache_forget(cache, "m");
    }
    atomic_store(&finished, true);
    for (size_t i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        cr_expect_eq(wrong[i], 0, "thread %zu", i);
    }
    use("m");
    cr_expect_eq(kept("m", 0), 31);
}

/* A model of fixture_succeed has 21 numbers. */
Test(cache, what_would_be_too_large_together_leaves_by_its_last_use)
{
    Cache *usual = cache;
    cache = cache_new(store, (CacheUse){100, 2 * 21 * sizeof(double)});
    make("a");
    make("b");
    make("c");
    use("a");
    use("b");
    cr_expect_eq(cache_use(cache).bytes, 2 * 21 * sizeof(double));
    use("a");
    use("c");
    cr_expect_eq(cache_use(cache).models, 2);
    cr_expect_eq(kept("a", 0), 1);
    cr_expect_eq(kept("b", 0), 0);
    cr_expect_eq(kept("c", 0), 1);
    use("b"); /* comes back by itself */
    cr_expect_eq(kept("b", 0), 1);
    cache_free(cache);
    cache = usual;
}

Test(cache, one_that_is_too_large_alone_stays_until_the_next)
{
    Cache *usual = cache;
    cache = cache_new(store, (CacheUse){100, 8});
    make("a");
    make("b");
    use("a");
    cr_expect_eq(kept("a", 0), 1);
    use("b");
    cr_expect_eq(kept("a", 0), 0);
    cr_expect_eq(kept("b", 0), 1);
    cr_expect_eq(cache_use(cache).models, 1);
    cache_free(cache);
    cache = usual;
}

static atomic_bool gone;

/* Reads the model anew each time, because two others push it out, until it is gone. */
static void *read_anew(void *own)
{
    Cache *small = own;
    for (;;) {
        Served *served;
        Status status = cache_get(small, "m", 0, true, &served);
        bool last = atomic_load(&gone) || status != STATUS_OK;
        served_drop(served);
        if (last)
            return NULL;
        for (int64_t version = 1; version <= 2; version++) {
            if (cache_get(small, "other", version, true, &served) == STATUS_OK)
                served_drop(served);
        }
    }
}

Test(cache, a_read_that_is_overtaken_by_a_deletion_leaves_nothing_behind)
{
    Cache *small = cache_new(store, (CacheUse){2, SIZE_MAX});
    make("other");
    make("other");
    for (int i = 0; i < 30; i++) {
        pthread_t thread;
        Served *served;
        make("m");
        atomic_store(&gone, false);
        cr_assert_eq(pthread_create(&thread, NULL, read_anew, small), 0);
        cr_assert_eq(store_model_delete(store, "m", 0), STATUS_OK);
        cache_forget(small, "m");
        atomic_store(&gone, true);
        pthread_join(thread, NULL);
        cr_assert_eq(cache_get(small, "m", 0, false, &served), STATUS_OK);
        cr_assert_null(served, "a deleted model is served");
    }
    cache_free(small);
}
