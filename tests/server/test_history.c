/* Histories of jobs as they are read page by page: whole, again, beside a training that goes on. */
#include "api/history.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/loss_stream.h"
#include "store/store_job.h"
#include "test_store_fixture.h"

static Store *store;
static Job *job;

/* Adds the losses of epochs from .. to of a run. */
static void tell(int64_t run, int64_t from, int64_t to)
{
    static Loss losses[5000];
    for (int64_t i = from; i <= to; i++)
        losses[i - from] = (Loss){run, i, 1.0 / (double)(i + run), NAN};
    const StoreRecord record = {.losses = losses, .loss_count = (size_t)(to - from + 1)};
    cr_assert(store_job_progress(store, job, &record) == STATUS_OK);
}

static void begin(void)
{
    fixture_start();
    store = fixture_store();
    fixture_queued(store, fixture_stored_dataset(store), "m");
    job = fixture_claimed(store);
}

static void end(void)
{
    job_free(job);
    store_close(store);
    fixture_end();
}

TestSuite(history, .init = begin, .fini = end);

static History *opened(StoreEpochs epochs, size_t points)
{
    History *history;
    const HistoryAsk ask = {epochs, points};
    cr_assert_eq(history_open(store, job->id, &ask, &history), STATUS_OK);
    return history;
}

/* Reads to the end and expects so many rows, each later than the one before. */
static void expect_rows(History *history, size_t expected)
{
    const Loss *rows;
    Loss before = {0, 0, 0, 0};
    size_t count, sum = 0;
    cr_assert_eq(history_next(history, store, &rows, &count), STATUS_OK);
    while (count > 0) {
        for (size_t i = 0; i < count; i++) {
            cr_assert(rows[i].run > before.run || rows[i].epoch == before.epoch + 1);
            before = rows[i];
        }
        sum += count;
        cr_assert_eq(history_next(history, store, &rows, &count), STATUS_OK);
    }
    cr_expect_eq(sum, expected);
}

Test(history, all_rows_come_in_order_page_by_page_and_again)
{
    tell(1, 0, 2500);
    tell(2, 0, 999);
    History *history = opened((StoreEpochs){0, INT64_MAX, 0}, SIZE_MAX);
    cr_expect_eq(history_rows(history), 3501);
    expect_rows(history, 3501);
    expect_rows(history, 0);
    history_rewind(history);
    expect_rows(history, 3501);
    history_free(history);
}

Test(history, a_part_of_one_run_or_of_all_is_read)
{
    tell(1, 0, 2500);
    tell(2, 0, 1999);
    History *one = opened((StoreEpochs){1200, 2300, 1}, SIZE_MAX);
    expect_rows(one, 1101);
    history_free(one);
    History *all = opened((StoreEpochs){1990, 2100, 0}, SIZE_MAX);
    expect_rows(all, 111 + 10);
    history_free(all);
}

Test(history, what_a_training_adds_meanwhile_is_left_out)
{
    tell(1, 0, 1500);
    History *history = opened((StoreEpochs){0, INT64_MAX, 0}, SIZE_MAX);
    tell(1, 1501, 3000);
    expect_rows(history, 1501);
    history_rewind(history);
    tell(2, 0, 10);
    expect_rows(history, 1501);
    history_free(history);
}

Test(history, rows_that_have_gone_are_noticed)
{
    const Loss *rows;
    size_t count;
    tell(1, 0, 1500);
    History *history = opened((StoreEpochs){0, INT64_MAX, 0}, SIZE_MAX);
    cr_assert_eq(history_next(history, store, &rows, &count), STATUS_OK);
    cr_assert(store_job_requeue(store, job->id, "test") == STATUS_OK);
    cr_expect_eq(history_next(history, store, &rows, &count), STATUS_NOT_FOUND);
    cr_expect_eq(count, 0);
    history_free(history);
}

Test(history, a_thinned_one_is_no_longer_than_asked)
{
    const Loss *rows;
    size_t count;
    tell(1, 0, 4321);
    History *history = opened((StoreEpochs){0, INT64_MAX, 0}, 100);
    cr_expect_eq(history_rows(history), 100);
    cr_assert_eq(history_next(history, store, &rows, &count), STATUS_OK);
    cr_expect(count > 0 && count <= 100 && rows[0].epoch == 0);
    history_free(history);
}

Test(history, an_empty_one_has_no_rows_and_an_unknown_job_none)
{
    History *history = opened((StoreEpochs){0, INT64_MAX, 0}, SIZE_MAX);
    const HistoryAsk ask = {{0, INT64_MAX, 0}, SIZE_MAX};
    expect_rows(history, 0);
    history_free(history);
    cr_expect_eq(history_open(store, "job_none", &ask, &history), STATUS_NOT_FOUND);
    cr_expect_null(history);
}

Test(history, a_stream_of_it_breaks_where_rows_have_gone)
{
    Services services = {.store = store};
    Shared *part;
    tell(1, 0, 4999);
    Stream *stream =
        loss_stream_take(LOSS_CSV, false, opened((StoreEpochs){0, INT64_MAX, 0}, SIZE_MAX));
    cr_assert_not_null(stream);
    cr_expect(stream->whole);
    cr_assert_eq(stream->next(stream, &services, &part), STREAM_MORE);
    cr_expect_eq(strncmp(part->bytes, "epoch,train,validation\n0,1.0,\n1,0.5,\n", 37), 0);
    shared_drop(part);
    cr_assert(store_job_requeue(store, job->id, "test") == STATUS_OK);
    cr_expect_eq(stream->next(stream, &services, &part), STREAM_BREAK);
    cr_expect_null(part);
    stream->free(stream);
}
