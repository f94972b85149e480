/* Models in the store: round trips, versions, lists. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/blob.h"
#include "test_store_fixture.h"

static Store *store;
static char dataset[ID_SIZE];

static void start(void)
{
    fixture_start();
    store = fixture_store();
    snprintf(dataset, sizeof dataset, "%s", fixture_stored_dataset(store));
}

static void end(void)
{
    store_close(store);
    fixture_end();
}

TestSuite(store_model, .init = start, .fini = end);

static int64_t train(const char *name)
{
    fixture_queued(store, dataset, name);
    return fixture_succeed(store);
}

static ModelRecord *got(const char *name, int64_t version, bool load)
{
    ModelRecord *record;
    cr_assert(store_model_get(store, name, version, load, &record) == STATUS_OK);
    return record;
}

Test(store_model, a_network_comes_back_bit_by_bit)
{
    Model *model = fixture_model(1); /* what train() keeps */
    train("m");
    ModelRecord *record = got("m", 0, true);
    cr_assert_not_null(record->model);
    cr_expect_eq(record->model->member[0]->parameter_count, 21);
    cr_expect_eq(memcmp(record->model->member[0]->parameters, model->member[0]->parameters, 21 * 8),
                 0);
    cr_expect_eq(memcmp(record->model->scaling->shift, model->scaling->shift, 4 * 8), 0);
    cr_expect_eq(memcmp(record->model->scaling->scale, model->scaling->scale, 4 * 8), 0);
    model_record_free(record);
    model_free(model);
}

Test(store_model, the_record_names_job_dataset_and_digests)
{
    Model *model = fixture_model(1);
    unsigned char weights[21 * 8];
    char digest[DIGEST_SIZE];
    Dataset *set;
    const char *job = fixture_queued(store, dataset, "m");
    fixture_succeed(store);
    ModelRecord *record = got("m", 1, false);
    blob_plain_weights(model->member[0], weights);
    cr_assert(digest_of(weights, sizeof weights, digest));
    cr_assert(store_dataset_get(store, dataset, &set) == STATUS_OK);
    cr_expect_str_eq(record->name, "m");
    cr_expect_eq(record->version, 1);
    cr_expect_str_eq(record->job, job);
    cr_expect_str_eq(record->dataset, dataset);
    cr_expect_str_eq(record->dataset_digest, set->digest);
    cr_expect_str_eq(record->digest, digest);
    cr_expect_eq(record->parameters, 21);
    cr_expect_gt(record->created_at, 0);
    cr_expect(!record->has_validation);
    cr_expect_null(record->model);
    dataset_free(set);
    model_record_free(record);
    model_free(model);
}

Test(store_model, columns_outlive_the_dataset)
{
    Dataset *set;
    train("m");
    cr_assert(store_dataset_get(store, dataset, &set) == STATUS_OK);
    cr_assert(store_dataset_delete(store, dataset) == STATUS_OK);
    ModelRecord *record = got("m", 0, true);
    cr_assert(record->features == 3 && record->targets == 1);
    for (size_t i = 0; i < 4; i++) {
        const Column *a = &record->column[i], *b = &set->column[i];
        cr_expect_str_eq(a->name, b->name);
        cr_expect(a->min == b->min && a->max == b->max && a->mean == b->mean && a->std == b->std);
    }
    model_record_free(record);
    dataset_free(set);
}

Test(store_model, scores_come_back_bit_by_bit)
{
    fixture_queued(store, dataset, "m");
    Job *job = fixture_claimed(store);
    Model *model = fixture_model(1);
    job->state = JOB_SUCCEEDED;
    job->has_training = job->has_validation = true;
    job->training = (Score){0.1, sqrt(0.1), 0.7, 0.9};
    job->validation = (Score){1.0 / 3, sqrt(1.0 / 3), 0.8, -4};
    cr_assert(store_job_finish(store, job, &(StoreRecord){0}, model) == STATUS_OK);
    ModelRecord *record = got("m", 1, false);
    cr_expect(record->has_validation);
    cr_expect_eq(memcmp(&record->training, &job->training, sizeof(Score)), 0);
    cr_expect_eq(memcmp(&record->validation, &job->validation, sizeof(Score)), 0);
    model_record_free(record);
    model_free(model);
    job_free(job);
}

Test(store_model, versions_count_up_and_zero_is_the_newest)
{
    cr_expect_eq(train("m"), 1);
    cr_expect_eq(train("m"), 2);
    cr_expect_eq(train("other"), 1);
    ModelRecord *newest = got("m", 0, false), *first = got("m", 1, false);
    cr_expect_eq(newest->version, 2);
    cr_expect_eq(first->version, 1);
    model_record_free(newest);
    model_record_free(first);
}

Test(store_model, a_version_number_is_never_used_again)
{
    train("m");
    train("m");
    cr_assert(store_model_delete(store, "m", 2) == STATUS_OK);
    cr_expect_eq(train("m"), 3);
    cr_assert(store_model_delete(store, "m", 0) == STATUS_OK);
    cr_expect_eq(train("m"), 4);
    cr_assert(store_model_delete(store, "m", 0) == STATUS_OK);
    store_close(store);
    store = fixture_store();
    cr_expect_eq(train("m"), 5);
}

Test(store_model, after_the_newest_is_deleted_the_one_before_is_newest)
{
    train("m");
    train("m");
    cr_assert(store_model_delete(store, "m", 2) == STATUS_OK);
    ModelRecord *record = got("m", 0, false);
    cr_expect_eq(record->version, 1);
    model_record_free(record);
}

Test(store_model, deleting_a_model_takes_weights_and_columns)
{
    train("m");
    cr_assert(store_model_delete(store, "m", 1) == STATUS_OK);
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM model_columns"), 0);
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM blobs"), 1, "the dataset's is left");
    cr_expect_eq(store_model_delete(store, "m", 1), STATUS_NOT_FOUND);
}

Test(store_model, what_does_not_exist_is_not_found)
{
    ModelRecord *record, **records;
    size_t count;
    train("m");
    cr_expect_eq(store_model_get(store, "n", 0, true, &record), STATUS_NOT_FOUND);
    cr_expect_null(record);
    cr_expect_eq(store_model_get(store, "m", 2, true, &record), STATUS_NOT_FOUND);
    cr_expect_eq(store_model_versions(store, "n", &records, &count), STATUS_NOT_FOUND);
    cr_expect(records == NULL && count == 0);
    cr_expect_eq(store_model_delete(store, "n", 0), STATUS_NOT_FOUND);
    cr_expect_eq(store_model_delete(store, "m", 2), STATUS_NOT_FOUND);
}

Test(store_model, versions_are_listed_newest_first)
{
    ModelRecord **records;
    size_t count;
    for (int i = 0; i < 3; i++)
        train("m");
    train("n");
    cr_assert(store_model_versions(store, "m", &records, &count) == STATUS_OK);
    cr_assert_eq(count, 3);
    for (size_t i = 0; i < 3; i++)
        cr_expect_eq(records[i]->version, 3 - (int64_t)i);
    store_models_free(records, count);
}

/* A page of names as text: each name is a letter. */
static const char *letters(StorePage page, bool *more)
{
    static char text[32];
    ModelRecord **records;
    size_t count;
    cr_assert(store_model_list(store, page, &records, &count, more) == STATUS_OK);
    for (size_t i = 0; i < count; i++)
        text[i] = records[i]->name[0];
    text[count] = '\0';
    store_models_free(records, count);
    return text;
}

Test(store_model, a_list_has_the_newest_of_each_name_newest_first)
{
    bool more;
    train("a");
    train("b");
    train("c");
    train("a");
    cr_expect_str_eq(letters((StorePage){NULL, 9}, &more), "acb");
    cr_expect(!more);
    cr_expect_str_eq(letters((StorePage){NULL, 2}, &more), "ac");
    cr_expect(more);
    cr_expect_str_eq(letters((StorePage){"c", 2}, &more), "b");
    cr_expect(!more);
}

Test(store_model, a_list_goes_on_after_a_name_that_was_deleted)
{
    bool more;
    train("a");
    train("b");
    train("c");
    cr_assert(store_model_delete(store, "b", 0) == STATUS_OK);
    cr_expect_str_eq(letters((StorePage){"b", 9}, &more), "a");
    cr_expect_str_eq(letters((StorePage){"nobody", 9}, &more), "");
}

Test(store_model, damaged_weights_are_seen_and_named)
{
    ModelRecord *record;
    train("m");
    fixture_sql(store, "UPDATE blob_chunks SET bytes = zeroblob(length(bytes))");
    fixture_catch_log();
    cr_expect_eq(store_model_get(store, "m", 1, true, &record), STATUS_DAMAGED);
    cr_expect_null(record);
    cr_expect(strstr(fixture_log(), "\"table\":\"models\""), "%s", fixture_log());
    cr_expect(strstr(fixture_log(), "\"id\":\"m/1\""), "%s", fixture_log());
    cr_expect_eq(store_model_get(store, "m", 1, false, &record), STATUS_OK);
    model_record_free(record);
}

Test(store_model, weights_that_are_no_network_are_seen)
{
    ModelRecord *record;
    train("m");
    fixture_sql(store, "UPDATE blob_chunks SET bytes = (SELECT bytes FROM blob_chunks AS c"
                       " WHERE c.blob = 1), checksum = (SELECT checksum FROM blob_chunks AS c"
                       " WHERE c.blob = 1) WHERE blob = 2;"
                       "UPDATE blobs SET size = (SELECT size FROM blobs AS b WHERE b.id = 1)");
    cr_expect_eq(store_model_get(store, "m", 1, true, &record), STATUS_DAMAGED);
    cr_expect_null(record);
}

Test(store_model, an_ensemble_comes_back_member_by_member)
{
    Model *model = fixture_ensemble(3);
    unsigned char weights[3 * 21 * 8];
    char digest[DIGEST_SIZE];
    for (size_t m = 0; m < 3; m++)
        blob_plain_weights(model->member[m], weights + m * 21 * 8);
    cr_assert(digest_of(weights, sizeof weights, digest));
    fixture_queued(store, dataset, "e");
    cr_assert_eq(fixture_succeed_with(store, model), 1);
    ModelRecord *record = got("e", 1, true);
    cr_assert_eq(record->model->members, 3);
    cr_expect_eq(record->members, 3);
    cr_expect_eq(record->parameters, 3 * 21);
    cr_expect_str_eq(record->digest, digest);
    for (size_t m = 0; m < 3; m++) {
        const real *had = model->member[m]->parameters;
        cr_expect_eq(memcmp(record->model->member[m]->parameters, had, 21 * sizeof *had), 0);
    }
    model_record_free(record);
    model_free(model);
}
