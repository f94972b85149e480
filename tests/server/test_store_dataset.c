/* Datasets in the store. */
#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
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

TestSuite(store_dataset, .init = start, .fini = end);

static Dataset *stored(size_t rows, size_t features, size_t targets)
{
    Dataset *dataset = fixture_dataset(rows, features, targets);
    cr_assert(store_dataset_add(store, dataset) == STATUS_OK);
    return dataset;
}

static void expect_same_columns(const Dataset *got, const Dataset *wanted)
{
    cr_assert_eq(got->features, wanted->features);
    cr_assert_eq(got->targets, wanted->targets);
    for (size_t i = 0; i < wanted->features + wanted->targets; i++) {
        const Column *a = &got->column[i], *b = &wanted->column[i];
        cr_expect_str_eq(a->name, b->name);
        cr_expect(a->min == b->min && a->max == b->max && a->mean == b->mean && a->std == b->std);
    }
}

static void expect_same(const Dataset *got, const Dataset *wanted)
{
    cr_expect_str_eq(got->id, wanted->id);
    cr_expect_str_eq(got->name, wanted->name);
    cr_expect_str_eq(got->digest, wanted->digest);
    cr_expect_eq(got->rows, wanted->rows);
    cr_expect_eq(got->created_at, wanted->created_at);
    expect_same_columns(got, wanted);
}

static void expect_same_rows(const Data *got, const Dataset *wanted, size_t offset)
{
    size_t columns = wanted->features + wanted->targets;
    cr_assert_not_null(got);
    cr_expect_eq(memcmp(got->v, wanted->data->v + offset * columns, got->rows * columns * 8), 0);
}

Test(store_dataset, a_description_comes_back_without_rows)
{
    Dataset *dataset = stored(7, 2, 2), *got;
    cr_expect_eq(strncmp(dataset->id, "ds_", 3), 0);
    cr_expect_gt(dataset->created_at, 0);
    cr_assert(store_dataset_get(store, dataset->id, &got) == STATUS_OK);
    expect_same(got, dataset);
    cr_expect_null(got->data);
    dataset_free(got);
    dataset_free(dataset);
}

Test(store_dataset, all_rows_come_back_bit_by_bit)
{
    Dataset *dataset = fixture_dataset(3, 1, 1), *got;
    const double edges[] = {-0.0, DBL_TRUE_MIN, -DBL_MAX, 0.1, 1.0 / 3, DBL_MAX};
    memcpy(dataset->data->v, edges, sizeof edges);
    cr_assert(store_dataset_add(store, dataset) == STATUS_OK);
    cr_assert(store_dataset_load(store, dataset->id, &got) == STATUS_OK);
    expect_same(got, dataset);
    cr_expect_eq(got->data->rows, 3);
    expect_same_rows(got->data, dataset, 0);
    dataset_free(got);
    dataset_free(dataset);
}

Test(store_dataset, a_dataset_of_many_chunks_comes_back_whole)
{
    Dataset *dataset = stored(200000, 2, 1), *got;
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM blob_chunks"), 5);
    cr_assert(store_dataset_load(store, dataset->id, &got) == STATUS_OK);
    cr_expect_eq(got->data->rows, 200000);
    expect_same_rows(got->data, dataset, 0);
    dataset_free(got);
    dataset_free(dataset);
}

Test(store_dataset, rows_are_read_across_the_edges_of_chunks)
{
    static const size_t offsets[] = {0, 43689, 43690, 43691, 87379, 131070, 199990};
    Dataset *dataset = stored(200000, 2, 1), *got;
    for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++) {
        cr_assert(store_dataset_rows(store, dataset->id, offsets[i], 10, &got) == STATUS_OK);
        cr_expect_eq(got->rows, 200000);
        cr_expect_eq(got->data->rows, 10);
        expect_same_rows(got->data, dataset, offsets[i]);
        dataset_free(got);
    }
    cr_assert(store_dataset_rows(store, dataset->id, 43000, 100000, &got) == STATUS_OK);
    cr_expect_eq(got->data->rows, 100000);
    expect_same_rows(got->data, dataset, 43000);
    dataset_free(got);
    dataset_free(dataset);
}

Test(store_dataset, a_row_wider_than_a_chunk_is_kept_whole)
{
    Dataset *dataset = stored(3, 139999, 1), *got;
    cr_assert(store_dataset_rows(store, dataset->id, 1, 1, &got) == STATUS_OK);
    expect_same_rows(got->data, dataset, 1);
    dataset_free(got);
    dataset_free(dataset);
}

Test(store_dataset, a_range_that_ends_past_the_last_row_is_cut)
{
    Dataset *dataset = stored(5, 1, 1), *got;
    cr_assert(store_dataset_rows(store, dataset->id, 3, SIZE_MAX, &got) == STATUS_OK);
    cr_expect_eq(got->data->rows, 2);
    expect_same_rows(got->data, dataset, 3);
    dataset_free(got);
    dataset_free(dataset);
}

Test(store_dataset, a_range_past_the_last_row_has_no_data)
{
    Dataset *dataset = stored(5, 1, 1), *got;
    cr_assert(store_dataset_rows(store, dataset->id, 5, 10, &got) == STATUS_OK);
    cr_expect_null(got->data);
    cr_expect_eq(got->rows, 5);
    dataset_free(got);
    dataset_free(dataset);
}

Test(store_dataset, an_unknown_id_is_not_found)
{
    Dataset *got;
    cr_expect_eq(store_dataset_get(store, "ds_none", &got), STATUS_NOT_FOUND);
    cr_expect_null(got);
    cr_expect_eq(store_dataset_load(store, "ds_none", &got), STATUS_NOT_FOUND);
    cr_expect_eq(store_dataset_delete(store, "ds_none"), STATUS_NOT_FOUND);
}

Test(store_dataset, everything_is_still_there_after_reopening)
{
    Dataset *dataset = stored(9, 3, 1), *got;
    store_close(store);
    store = fixture_store();
    cr_assert(store_dataset_load(store, dataset->id, &got) == STATUS_OK);
    expect_same(got, dataset);
    expect_same_rows(got->data, dataset, 0);
    dataset_free(got);
    dataset_free(dataset);
}

Test(store_dataset, a_list_is_newest_first_and_says_whether_more_follow)
{
    Dataset *all[5], **got;
    size_t count;
    bool more;
    for (size_t i = 0; i < 5; i++)
        all[i] = stored(i + 1, 1, 1);
    StorePage page = {NULL, 3};
    cr_assert(store_dataset_list(store, page, &got, &count, &more) == STATUS_OK);
    cr_assert_eq(count, 3);
    cr_expect(more);
    for (size_t i = 0; i < 3; i++)
        expect_same(got[i], all[4 - i]);
    store_datasets_free(got, count);
    page.after = all[2]->id;
    cr_assert(store_dataset_list(store, page, &got, &count, &more) == STATUS_OK);
    cr_assert_eq(count, 2);
    cr_expect(!more);
    expect_same(got[1], all[0]);
    store_datasets_free(got, count);
    for (size_t i = 0; i < 5; i++)
        dataset_free(all[i]);
}

Test(store_dataset, a_page_that_just_holds_all_has_no_more)
{
    Dataset **got, *a = stored(1, 1, 1), *b = stored(2, 1, 1);
    size_t count;
    bool more = true;
    StorePage page = {NULL, 2};
    cr_assert(store_dataset_list(store, page, &got, &count, &more) == STATUS_OK);
    cr_expect_eq(count, 2);
    cr_expect(!more);
    store_datasets_free(got, count);
    dataset_free(a);
    dataset_free(b);
}

Test(store_dataset, a_list_goes_on_after_an_entry_that_was_deleted)
{
    Dataset **got, *a = stored(1, 1, 1), *b = stored(2, 1, 1);
    size_t count;
    bool more;
    cr_assert(store_dataset_delete(store, b->id) == STATUS_OK);
    StorePage page = {b->id, 2};
    cr_assert(store_dataset_list(store, page, &got, &count, &more) == STATUS_OK);
    cr_assert_eq(count, 1);
    expect_same(got[0], a);
    store_datasets_free(got, count);
    dataset_free(a);
    dataset_free(b);
}

Test(store_dataset, an_empty_store_has_an_empty_list)
{
    Dataset **got;
    size_t count = 9;
    bool more = true;
    StorePage page = {NULL, SIZE_MAX};
    cr_assert(store_dataset_list(store, page, &got, &count, &more) == STATUS_OK);
    cr_expect_eq(count, 0);
    cr_expect(!more);
    store_datasets_free(got, count);
}

Test(store_dataset, deleting_removes_rows_and_columns_too)
{
    Dataset *dataset = stored(200000, 2, 1);
    cr_assert(store_dataset_delete(store, dataset->id) == STATUS_OK);
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM blobs"), 0);
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM blob_chunks"), 0);
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM dataset_columns"), 0);
    cr_expect_eq(store_dataset_delete(store, dataset->id), STATUS_NOT_FOUND);
    dataset_free(dataset);
}

Test(store_dataset, a_dataset_that_a_job_waits_for_is_not_deleted)
{
    const char *id = fixture_stored_dataset(store);
    const char *job = fixture_queued(store, id, "m");
    cr_expect_eq(store_dataset_delete(store, id), STATUS_CONFLICT);
    cr_assert(store_job_cancel(store, job) == STATUS_OK);
    cr_expect_eq(store_dataset_delete(store, id), STATUS_OK);
}

Test(store_dataset, a_dataset_that_a_job_trains_on_is_not_deleted)
{
    const char *id = fixture_stored_dataset(store);
    fixture_queued(store, id, "m");
    Job *job = fixture_claimed(store);
    cr_expect_eq(store_dataset_delete(store, id), STATUS_CONFLICT);
    job->state = JOB_FAILED;
    cr_assert(store_job_finish(store, job, &(StoreRecord){0}, NULL) == STATUS_OK);
    cr_expect_eq(store_dataset_delete(store, id), STATUS_OK);
    job_free(job);
}

/* Loads a dataset that was damaged by a statement, and expects the log to name it. */
static void expect_damage_is_seen(const char *damage, size_t rows)
{
    Dataset *dataset = stored(rows, 2, 1), *got;
    fixture_sql(store, damage);
    fixture_catch_log();
    cr_expect_eq(store_dataset_load(store, dataset->id, &got), STATUS_DAMAGED, "%s", damage);
    cr_expect_null(got);
    cr_expect(strstr(fixture_log(), "\"table\":\"datasets\""), "%s", fixture_log());
    cr_expect(strstr(fixture_log(), dataset->id), "%s", fixture_log());
    dataset_free(dataset);
}

Test(store_dataset, a_damaged_chunk_is_seen)
{
    expect_damage_is_seen("UPDATE blob_chunks SET bytes = zeroblob(length(bytes))"
                          " WHERE position = 1",
                          100000);
}

Test(store_dataset, a_missing_chunk_is_seen)
{
    expect_damage_is_seen("DELETE FROM blob_chunks WHERE position = 1", 100000);
}

Test(store_dataset, a_number_of_rows_that_cannot_be_is_seen)
{
    expect_damage_is_seen("UPDATE datasets SET rows = 9223372036854775807", 3);
}

Test(store_dataset, a_number_of_columns_that_cannot_be_is_seen)
{
    expect_damage_is_seen("UPDATE datasets SET features = 4611686018427387903", 3);
}

Test(store_dataset, a_blob_that_claims_to_be_huge_is_seen)
{
    expect_damage_is_seen("UPDATE blobs SET size = 1 << 60", 3);
}

Test(store_dataset, damage_in_one_dataset_does_not_stop_writing)
{
    Dataset *got;
    const char *id = fixture_stored_dataset(store);
    fixture_sql(store, "UPDATE blob_chunks SET checksum = 0");
    cr_expect_eq(store_dataset_load(store, id, &got), STATUS_DAMAGED);
    fixture_stored_dataset(store);
}

Test(store_dataset, a_request_that_had_no_memory_for_its_digest_adds_nothing)
{
    StoreKey key = {.text = "k"};
    Dataset *dataset = fixture_dataset(5, 1, 1);
    cr_expect_eq(store_dataset_add_once(store, dataset, &key), STATUS_NO_MEMORY);
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM datasets"), 0);
    dataset_free(dataset);
}
