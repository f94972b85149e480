/* The check of a store: what is sound is called so, and each kind of damage is named. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "core/blob.h"
#include "store/store_check.h"
#include "test_store_fixture.h"

TestSuite(store_check, .init = fixture_start, .fini = fixture_end);

static char found[20000];

static void note(void *arg, const char *finding)
{
    (void)arg;
    strncat(found, finding, sizeof found - strlen(found) - 2);
    strcat(found, "\n");
}

static StoreCensus checked(Store *store)
{
    StoreCensus census;
    found[0] = '\0';
    cr_assert_eq(store_check(store, note, NULL, &census), STATUS_OK);
    return census;
}

/* The jobs are number 1, which succeeded with model m/1, and number 2, which is queued and has a
 * checkpoint at epoch 2 of its run 1. */
static Store *full_store(void)
{
    static const char rows_sql[] =
        "INSERT INTO history (job, run, epoch, train) VALUES"
        " (1, 1, 0, 1.5), (1, 1, 1, 1.25), (1, 1, 2, 1), (2, 1, 0, 3), (2, 1, 1, 2), (2, 1, 2, 1);"
        "UPDATE jobs SET epoch = 2;"
        "INSERT INTO runs VALUES (1, 1, 0, 1, 1, 7, 'converged', 2, 2, 1, NULL, NULL, 1);";
    Store *store = fixture_store();
    const char *dataset = fixture_stored_dataset(store);
    fixture_queued(store, dataset, "m");
    fixture_succeed(store);
    fixture_queued(store, dataset, "m");
    fixture_sql(store, rows_sql);
    return store;
}

Test(store_check, what_is_sound_is_called_so)
{
    Store *store = full_store();
    StoreCensus census = checked(store);
    cr_expect_eq(census.findings, 0, "%s", found);
    cr_expect_eq(census.datasets, 1);
    cr_expect_eq(census.models, 1);
    cr_expect_eq(census.jobs, 2);
    cr_expect_eq(census.checkpoints, 0);
    store_close(store);
}

Test(store_check, an_empty_store_is_sound)
{
    Store *store = fixture_store();
    cr_expect_eq(checked(store).findings, 0, "%s", found);
    store_close(store);
}

/* A way to damage the store, and what is to be found, with * for what differs by the run. */
static const struct {
    const char *sql, *finding;
} damages[] = {
    {"UPDATE blob_chunks SET bytes = zeroblob(length(bytes)) WHERE blob = 1",
     "dataset ds_*: the checksum of a chunk of its blob is wrong"},
    {"DELETE FROM blob_chunks WHERE blob = 1",
     "dataset ds_*: the chunks of its blob do not add up to its size"},
    {"UPDATE blob_chunks SET position = 1 WHERE blob = 1",
     "dataset ds_*: a chunk of its blob is missing"},
    {"UPDATE blob_chunks SET position = -1 WHERE blob = 1",
     "dataset ds_*: chunks of its rows are missing"},
    {"UPDATE blob_chunks SET position = -1 WHERE blob = 2",
     "model m/1: chunks of its blob are missing"},
    {"UPDATE datasets SET rows = 4", "dataset ds_*: its shape does not fit its rows"},
    {"UPDATE datasets SET rows = 0", "dataset ds_*: it has no rows"},
    {"UPDATE datasets SET features = 0, targets = 0; DELETE FROM dataset_columns",
     "dataset ds_*: its shape does not fit its rows"},
    {"UPDATE datasets SET features = 2; DELETE FROM dataset_columns WHERE position = 2",
     "dataset ds_*: its shape does not fit its rows"},
    {"UPDATE blobs SET size = 4 WHERE id = 1;"
     "UPDATE blob_chunks SET bytes = zeroblob(4) WHERE blob = 1",
     "dataset ds_*: its shape does not fit its rows"},
    {"UPDATE datasets SET name = hex(zeroblob(1000))",
     "dataset ds_*: a text is too long or has a 0 in it"},
    {"UPDATE datasets SET digest = 'abc'",
     "dataset ds_*: its digest is abc, but what is stored gives *"},
    {"DELETE FROM dataset_columns WHERE position = 2", "dataset ds_*: *column*"},
    {"UPDATE blob_chunks SET bytes = zeroblob(length(bytes)) WHERE blob = 2",
     "model m/1: the checksum of a chunk of its blob is wrong"},
    {"UPDATE models SET digest = 'abc'",
     "model m/1: its digest is abc, but what is stored gives *"},
    {"UPDATE models SET members = 2", "model m/1: its network is of another shape"},
    {"UPDATE models SET features = 2, targets = 2", "model m/1: its network is of another shape"},
    {"UPDATE models SET targets = 0; DELETE FROM model_columns WHERE position = 3",
     "model m/1: its network is of another shape"},
    {"UPDATE models SET dataset = hex(zeroblob(1000))",
     "model m/1: a text is too long or has a 0 in it"},
    {"UPDATE model_names SET last_version = 0",
     "model m/1: it is newer than the last version of the name, 0"},
    {"UPDATE jobs SET state = 'lost' WHERE seq = 2", "job job_*: it has a state that does not *"},
    {"UPDATE jobs SET labels = '{' WHERE seq = 1",
     "job job_*: its hyperparameters or labels are no JSON"},
    {"DELETE FROM history WHERE job = 1 AND epoch = 1",
     "job job_*: losses of its run 1 are missing, 1 in all"},
    {"DELETE FROM history WHERE job = 1 AND epoch = 0",
     "job job_*: losses of its run 1 are missing, 1 in all"},
    {"DELETE FROM history WHERE job = 1 AND epoch = 2",
     "job job_*: its run 1 ended after epoch 2, its history after epoch 1"},
    {"DELETE FROM history WHERE job = 2 AND epoch = 2",
     "job job_*: it stands at epoch 2 of run 1, its history at epoch 1"},
    {"DELETE FROM transitions WHERE job = 1 AND position = 3",
     "job job_*: its transitions do not lead to its state, succeeded"},
    {"DELETE FROM transitions WHERE job = 1 AND position = 2",
     "job job_*: its transitions do not lead to its state, succeeded"},
    {"INSERT INTO blobs VALUES (77, 0)", "blob 77: it belongs to nothing"},
    {"INSERT INTO blobs VALUES (77, 3); INSERT INTO blob_chunks VALUES (77, 0, 0, x'010203');"
     "UPDATE jobs SET initial = 77 WHERE seq = 2",
     "job job_*: the checksum of a chunk of its blob is wrong"},
    {"INSERT INTO blobs VALUES (77, 0); UPDATE jobs SET initial = 77 WHERE seq = 2",
     "job job_*: what it starts from is no network"},
    {"UPDATE jobs SET runs = 2 WHERE seq = 1; INSERT INTO folds (job, fold) VALUES (1, 1)",
     "job job_*: a fold has no score"},
    {"INSERT INTO blobs VALUES (77, 0);"
     "INSERT INTO checkpoints VALUES (2, 1, 2, 0, 0, 0, 1.5, 0, 77)",
     "job job_*: the bytes of its checkpoint are no state of a training"},
    {"INSERT INTO blobs VALUES (77, 0);"
     "INSERT INTO checkpoints VALUES (2, 1, 3, 0, 0, 0, 1.5, 0, 77)",
     "job job_*: its checkpoint is of epoch 3 of run 1, which its history has not"},
    {"INSERT INTO blobs VALUES (77, 0);"
     "INSERT INTO checkpoints VALUES (1, 1, 2, 0, 0, 0, 1.5, 0, 77)",
     "job job_*: it has ended and has a checkpoint"},
    {"UPDATE runs SET stopped_because = 'boredom'",
     "job job_*: it ended for a reason that does not exist"},
    {"INSERT INTO tokens VALUES (1, 'tok_1', '', 'abc', 'root', 1, NULL)",
     "token tok_1: its scope is none that there is"},
    {"INSERT INTO tokens VALUES (1, 'tok_1', hex(zeroblob(1000)), 'abc', 'train', 1, NULL)",
     "token tok_1: a text is too long or has a 0 in it"},
};

/* Whether text begins as the pattern says, whose * stand for any texts within a line. */
static bool fits(const char *text, const char *pattern)
{
    for (; *pattern && *pattern != '*'; pattern++, text++)
        if (*text != *pattern)
            return false;
    if (!*pattern)
        return true;
    for (; *text && *text != '\n'; text++)
        if (fits(text, pattern + 1))
            return true;
    return false;
}

static bool is_found(const char *pattern)
{
    for (const char *line = found; line && *line; line = strchr(line, '\n') + 1)
        if (fits(line, pattern))
            return true;
    return false;
}

Test(store_check, each_kind_of_damage_is_named)
{
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        Store *store = full_store();
        fixture_sql(store, damages[i].sql);
        StoreCensus census = checked(store);
        cr_expect_gt(census.findings, 0, "%s", damages[i].sql);
        cr_expect(is_found(damages[i].finding), "%s: %s", damages[i].sql, found);
        store_close(store);
        fixture_end();
        fixture_start();
    }
}

Test(store_check, the_log_hears_of_damage_again_when_it_is_done)
{
    Store *store = full_store();
    Dataset *dataset;
    char id[ID_SIZE];
    snprintf(id, sizeof id, "%s", fixture_stored_dataset(store));
    fixture_sql(store, "UPDATE blob_chunks SET checksum = 0");
    fixture_catch_log();
    checked(store);
    cr_expect_str_empty(fixture_log());
    cr_expect_eq(store_dataset_load(store, id, &dataset), STATUS_DAMAGED);
    cr_expect(strstr(fixture_log(), "the checksum of a chunk of its blob is wrong"), "%s",
              fixture_log());
    store_close(store);
}

Test(store_check, a_run_that_diverged_has_no_loss_of_its_last_epoch)
{
    Store *store = full_store();
    fixture_sql(store, "UPDATE runs SET epoch = 3, stopped_because = 'diverged'");
    cr_expect_eq(checked(store).findings, 0, "%s", found);
    store_close(store);
}

/* Chunks whose checksums are right, and that do not hold whole rows. */
Test(store_check, a_chunk_that_holds_no_whole_rows_is_named)
{
    char sql[200];
    Store *store = full_store();
    snprintf(sql, sizeof sql,
             "UPDATE blob_chunks SET position = 1 WHERE blob = 1;"
             "INSERT INTO blob_chunks VALUES (1, 0, %lld, x'')",
             (long long)blob_checksum("", 0));
    fixture_sql(store, sql);
    checked(store);
    cr_expect(is_found("dataset ds_*: chunks of its rows are missing"), "%s", found);
    store_close(store);
}

static char other[ID_SIZE];

static void delete_other(void *arg, const char *finding)
{
    note(NULL, finding);
    if (store_dataset_delete(arg, other) != STATUS_OK)
        strcat(found, "it was gone already\n");
}

Test(store_check, what_is_deleted_meanwhile_is_passed_over)
{
    StoreCensus census;
    Store *store = fixture_store();
    found[0] = '\0';
    fixture_stored_dataset(store);
    snprintf(other, sizeof other, "%s", fixture_stored_dataset(store));
    fixture_sql(store, "UPDATE blob_chunks SET checksum = 0");
    cr_assert_eq(store_check(store, delete_other, store, &census), STATUS_OK);
    cr_expect_eq(census.findings, 1, "%s", found);
    store_close(store);
}
