/* The rows of checkpoints, and how a job goes back to one. What writes runs in the writing thread;
 * a public function that reads is one transaction of a reader in the calling thread.
 *
 * The row and the history agree at every commit: behind a checkpoint there may be more of what the
 * job told, up to it there is all.
 */
#include "store/store_checkpoint.h"

#include <stdio.h>
#include <stdlib.h>

#include "store/store_job_row.h"
#include "store/store_private.h"
#include "tools/clock.h"

typedef struct KeepWork {
    const Job *job;
    const StoreRecord *record;
    const Checkpoint *checkpoint;
    const char *reason; /* to go back into the queue; NULL: it goes on */
} KeepWork;

/* Runs a statement whose only parameter is the job. */
static Status run_for(Db *db, const char *sql, int64_t seq)
{
    Query query = query_new(db, sql);
    query_bind_int(&query, seq);
    return query_run(&query);
}

Status job_drop_checkpoint(Db *db, int64_t seq)
{
    static const char sql[] = "DELETE FROM checkpoints WHERE job = ?1";
    return run_for(db, sql, seq);
}

static Status insert(Db *db, int64_t seq, const KeepWork *work, int64_t blob)
{
    static const char sql[] = "INSERT INTO checkpoints (job, run, epoch, best_epoch, kept, epochs,"
                              " seconds, made_at, blob)"
                              " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    const Checkpoint *checkpoint = work->checkpoint;
    Query query = query_new(db, sql);
    query_bind_int(&query, seq);
    query_bind_int(&query, checkpoint->run);
    query_bind_int(&query, checkpoint->epoch);
    query_bind_int(&query, checkpoint->best_epoch);
    query_bind_int(&query, checkpoint->kept);
    query_bind_int(&query, checkpoint->epochs);
    query_bind_real(&query, checkpoint->seconds);
    query_bind_int(&query, clock_now_ms());
    query_bind_int(&query, blob);
    return query_run(&query);
}

static Status replace(Db *db, int64_t seq, const KeepWork *work)
{
    static const char sql[] = "UPDATE jobs SET crashes = 0 WHERE seq = ?1";
    const Checkpoint *checkpoint = work->checkpoint;
    int64_t blob = 0;
    Status status = job_drop_checkpoint(db, seq);
    if (status == STATUS_OK)
        status = bytes_add(db, checkpoint->state, checkpoint->size, &blob);
    if (status == STATUS_OK)
        status = insert(db, seq, work, blob);
    return status == STATUS_OK ? run_for(db, sql, seq) : status;
}

static Status keep(Writer *writer, void *arg)
{
    const KeepWork *work = arg;
    JobRef ref;
    Status status = job_add_progress(writer->db, work->job, work->record, &ref);
    if (status == STATUS_OK)
        status = replace(writer->db, ref.seq, work);
    if (status != STATUS_OK || !work->reason)
        return status;
    JobMove move = {ref.seq, JOB_QUEUED, work->reason, clock_now_ms()};
    return job_move(writer->db, ref.state, &move);
}

Status store_checkpoint_put(Store *store, const Job *job, const StoreRecord *record,
                            const Checkpoint *checkpoint)
{
    KeepWork work = {job, record, checkpoint, NULL};
    return store_write(store, keep, &work);
}

Status store_checkpoint_leave(Store *store, const Job *job, const StoreRecord *record,
                              const Checkpoint *checkpoint)
{
    KeepWork work = {job, record, checkpoint, "the daemon stopped"};
    return store_write(store, keep, &work);
}

/* Whether there is a row: STATUS_OK or STATUS_NOT_FOUND. */
static Status find(Db *db, int64_t seq)
{
    static const char sql[] = "SELECT 1 FROM checkpoints WHERE job = ?1";
    Query query = query_new(db, sql);
    query_bind_int(&query, seq);
    query_find(&query);
    return query_end(&query);
}

/* A better restart took the mark of being kept from one before it. */
static const char keep_again_sql[] = "UPDATE runs SET kept = 1 WHERE job = ?1"
                                     " AND run = (SELECT kept FROM checkpoints WHERE job = ?1)";

static Status forget_later(Db *db, int64_t seq)
{
    static const char *const sql[] = {
        "DELETE FROM history WHERE job = ?1 AND (run, epoch) >"
        " (SELECT run, epoch FROM checkpoints WHERE job = ?1)",
        "DELETE FROM runs WHERE job = ?1 AND run >="
        " (SELECT run FROM checkpoints WHERE job = ?1)",
        keep_again_sql,
        "UPDATE jobs SET (run, epoch, best_epoch) ="
        " (SELECT run, max(epoch, 0), best_epoch FROM checkpoints WHERE job = ?1),"
        " (train_loss, validation_loss) = (SELECT train, validation FROM history"
        " JOIN checkpoints USING (job, run, epoch) WHERE job = ?1) WHERE seq = ?1",
    };
    Status status = STATUS_OK;
    for (size_t i = 0; i < sizeof sql / sizeof *sql && status == STATUS_OK; i++)
        status = run_for(db, sql[i], seq);
    return status;
}

static Status forget_all(Db *db, int64_t seq)
{
    static const char sql[] = "UPDATE jobs SET run = 1, epoch = 0, train_loss = NULL,"
                              " validation_loss = NULL, best_epoch = 0, epochs_per_second = 0"
                              " WHERE seq = ?1";
    Status status = job_drop_checkpoint(db, seq);
    if (status == STATUS_OK)
        status = job_forget_record(db, seq);
    return status == STATUS_OK ? run_for(db, sql, seq) : status;
}

Status job_roll_back(Db *db, int64_t seq)
{
    Status status = find(db, seq);
    if (status == STATUS_NOT_FOUND)
        return forget_all(db, seq);
    return status == STATUS_OK ? forget_later(db, seq) : status;
}

static Status forget(Writer *writer, void *arg)
{
    JobRef ref;
    Status status = job_ref_find(writer->db, arg, &ref);
    return status == STATUS_OK ? forget_all(writer->db, ref.seq) : status;
}

Status store_checkpoint_forget(Store *store, const char *id)
{
    char name[ID_SIZE];
    snprintf(name, sizeof name, "%s", id);
    return store_write_freeing(store, forget, name);
}

typedef struct GetWork {
    const char *id;
    Checkpoint checkpoint;
    int64_t blob;
} GetWork;

static Status read_row(Db *db, GetWork *work)
{
    static const char sql[] =
        "SELECT run, epoch, best_epoch, kept, epochs, seconds, blob FROM checkpoints"
        " WHERE job = (SELECT seq FROM jobs WHERE id = ?1)";
    Checkpoint *checkpoint = &work->checkpoint;
    Query query = query_new(db, sql);
    query.table = "checkpoints";
    query.id = work->id;
    query_bind_text(&query, work->id);
    if (query_find(&query)) {
        checkpoint->run = query_int(&query);
        checkpoint->epoch = query_int(&query);
        checkpoint->best_epoch = query_int(&query);
        checkpoint->kept = query_int(&query);
        checkpoint->epochs = query_int(&query);
        checkpoint->seconds = query_real(&query);
        work->blob = query_int(&query);
    }
    return query_end(&query);
}

static Status get(Db *db, void *arg)
{
    GetWork *work = arg;
    Status status = read_row(db, work);
    if (status != STATUS_OK)
        return status;
    Bytes bytes = {work->blob, "checkpoints", work->id};
    return bytes_get(db, &bytes, &work->checkpoint.state, &work->checkpoint.size);
}

Status store_checkpoint_get(Store *store, const char *id, Checkpoint *checkpoint)
{
    GetWork work = {.id = id};
    Status status = store_read(store, get, &work);
    if (status != STATUS_OK) {
        free(work.checkpoint.state);
        work.checkpoint = (Checkpoint){0};
    }
    *checkpoint = work.checkpoint;
    return status;
}

/* The daemon went down under the job: the times in a row, this one counted. */
static Status count_crash(Db *db, int64_t seq, int64_t *crashes)
{
    static const char sql[] = "UPDATE jobs SET crashes = crashes + 1 WHERE seq = ?1"
                              " RETURNING crashes";
    Query query = query_new(db, sql);
    query_bind_int(&query, seq);
    query_find(&query);
    *crashes = query_int(&query);
    return query_end(&query);
}

static Status say_why(Db *db, int64_t seq)
{
    static const char sql[] =
        "UPDATE jobs SET error_status = ?2, error = 'the daemon went down ' || crashes ||"
        " ' times in a row while it trained this job, each time before the training had got any"
        " further; the log of the daemon or of the system may say why (memory?); make the job"
        " smaller, or start it again' WHERE seq = ?1";
    Query query = query_new(db, sql);
    query_bind_int(&query, seq);
    query_bind_text(&query, status_slug(STATUS_INTERNAL));
    return query_run(&query);
}

Status job_crashed(Db *db, int64_t seq)
{
    int64_t crashes = 0;
    JobMove back = {seq, JOB_QUEUED, "the daemon stopped without warning", clock_now_ms()};
    JobMove failed = {seq, JOB_FAILED, "crashes without progress", back.at};
    Status status = count_crash(db, seq, &crashes);
    if (status == STATUS_OK && crashes >= STORE_CRASHES_MAX) {
        status = say_why(db, seq);
        return status == STATUS_OK ? job_move(db, JOB_RUNNING, &failed) : status;
    }
    if (status == STATUS_OK)
        status = job_roll_back(db, seq);
    return status == STATUS_OK ? job_move(db, JOB_RUNNING, &back) : status;
}
