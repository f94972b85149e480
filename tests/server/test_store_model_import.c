/* Models that come from elsewhere, in the store. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "test_store_fixture.h"

static Store *store;

static void start(void)
{
    fixture_start();
    store = fixture_store();
}

static void end(void)
{
    store_close(store);
    fixture_end();
}

TestSuite(store_model_import, .init = start, .fini = end);

/* A record of 3 features and 1 target as an importer makes it. */
static ModelRecord *foreign(const char *name)
{
    ModelRecord *record = calloc(1, sizeof *record);
    cr_assert_not_null(record);
    strcpy(record->name, name);
    memset(record->dataset_digest, 'd', DIGEST_SIZE - 1);
    record->features = 3;
    record->targets = 1;
    record->column = calloc(4, sizeof *record->column);
    record->model = fixture_model(7);
    for (size_t i = 0; i < 4; i++)
        record->column[i] = (Column){strdup((const char[]){(char)('a' + i), 0}), -1, 1, 0.5, 0.1};
    return record;
}

Test(store_model_import, it_is_found_with_all_that_it_came_with)
{
    ModelRecord *record = foreign("m"), *found;
    record->has_validation = true;
    record->validation = (Score){.mse = 0.25, .rmse = 0.5, .mae = 0.4, .r2 = 0.9};
    cr_assert_eq(store_model_import(store, record), STATUS_OK);
    cr_expect(record->version == 1 && record->members == 1 && record->parameters == 21);
    cr_assert_eq(store_model_get(store, "m", 0, true, &found), STATUS_OK);
    cr_expect_str_eq(found->digest, record->digest);
    cr_expect_str_eq(found->dataset_digest, record->dataset_digest);
    cr_expect(!found->has_training && found->has_validation);
    cr_expect_eq(memcmp(&found->validation, &record->validation, sizeof(Score)), 0);
    cr_expect_eq(found->created_at, record->created_at);
    for (size_t i = 0; i < 4; i++)
        cr_expect_str_eq(found->column[i].name, record->column[i].name);
    cr_expect_eq(memcmp(found->model->member[0]->parameters, record->model->member[0]->parameters,
                        21 * sizeof(double)),
                 0);
    model_record_free(found);
    model_record_free(record);
}

Test(store_model_import, versions_count_on_whatever_made_them)
{
    ModelRecord *record = foreign("m");
    fixture_queued(store, fixture_stored_dataset(store), "m");
    cr_assert_eq(fixture_succeed(store), 1);
    cr_assert_eq(store_model_import(store, record), STATUS_OK);
    cr_expect_eq(record->version, 2);
    cr_assert_eq(store_model_import(store, record), STATUS_OK);
    cr_expect_eq(record->version, 3);
    model_record_free(record);
}

Test(store_model_import, a_digest_of_other_weights_keeps_nothing)
{
    ModelRecord *record = foreign("m");
    memset(record->digest, '0', DIGEST_SIZE - 1);
    cr_expect_eq(store_model_import(store, record), STATUS_INVALID);
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM model_names"), 0);
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM blobs"), 0);
    model_record_free(record);
}

Test(store_model_import, it_is_deleted_as_any_other)
{
    ModelRecord *record = foreign("m");
    cr_assert_eq(store_model_import(store, record), STATUS_OK);
    cr_assert_eq(store_model_delete(store, "m", 1), STATUS_OK);
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM blobs"), 0);
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM model_columns"), 0);
    model_record_free(record);
}
