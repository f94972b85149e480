/* What the rows of a sound store say of each other, as statements that select a sentence for each
 * one that says something else. To add a rule: a row here, and a line in
 * tests/server/test_store_check.c.
 */
#include "store/store_check_private.h"

#include <stdlib.h>

#define OF_JOB "'job ' || jobs.id || ': "

static const char owners_sql[] =
    "SELECT 'blob ' || id || ': it belongs to nothing' FROM blobs WHERE id NOT IN"
    " (SELECT blob FROM datasets UNION ALL SELECT blob FROM models"
    " UNION ALL SELECT blob FROM checkpoints"
    " UNION ALL SELECT initial FROM jobs WHERE initial IS NOT NULL)";

static const char gaps_sql[] =
    "SELECT " OF_JOB "losses of its run ' || history.run || ' are missing, ' ||"
    " (max(history.epoch) + 1 - count(*)) || ' in all'"
    " FROM history JOIN jobs ON seq = job GROUP BY job, history.run"
    " HAVING min(history.epoch) <> 0 OR count(*) <> max(history.epoch) + 1";

/* The loss of the epoch that a run diverged in is not kept, for it is no number. */
static const char ended_runs_sql[] =
    "SELECT " OF_JOB "its run ' || runs.run || ' ended after epoch ' || runs.epoch ||"
    " ', its history after epoch ' || coalesce(last, 'none') FROM"
    " (SELECT runs.*, (SELECT max(epoch) FROM history"
    " WHERE history.job = runs.job AND history.run = runs.run) AS last FROM runs) AS runs"
    " JOIN jobs ON seq = job WHERE runs.epoch IS NOT last"
    " AND (runs.stopped_because <> 'diverged' OR runs.epoch - 1 IS NOT last)";

static const char progress_sql[] =
    "SELECT " OF_JOB "it stands at epoch ' || epoch || ' of run ' || run ||"
    " ', its history at epoch ' || last FROM"
    " (SELECT jobs.*, (SELECT max(epoch) FROM history"
    " WHERE job = seq AND history.run = jobs.run) AS last FROM jobs) AS jobs"
    " WHERE epoch <> last";

static const char behind_sql[] =
    "SELECT " OF_JOB "its checkpoint is of epoch ' || checkpoints.epoch || ' of run ' ||"
    " checkpoints.run || ', which its history has not' FROM checkpoints JOIN jobs ON seq = job"
    " WHERE checkpoints.epoch >= 0 AND NOT EXISTS (SELECT 1 FROM history WHERE"
    " history.job = seq AND history.run = checkpoints.run AND history.epoch = checkpoints.epoch)";

static const char left_sql[] = "SELECT " OF_JOB "it has ended and has a checkpoint'"
                               " FROM checkpoints JOIN jobs ON seq = job"
                               " WHERE state NOT IN ('queued', 'running')";

static const char transitions_sql[] =
    "SELECT " OF_JOB "its transitions do not lead to its state, ' || state FROM jobs"
    " WHERE state IS NOT (SELECT state FROM transitions WHERE job = seq"
    " ORDER BY position DESC LIMIT 1)"
    " OR (SELECT max(position) <> count(*) FROM transitions WHERE job = seq)";

/* Asked twice, for json_valid says no too where it had no memory to look. */
#define NO_JSON(text) "(NOT json_valid(" text ") AND NOT json_valid(" text "))"

static const char json_sql[] =
    "SELECT " OF_JOB "its hyperparameters or labels are no JSON' FROM jobs"
    " WHERE " NO_JSON("hyperparameters") " OR " NO_JSON("labels");

static const char versions_sql[] =
    "SELECT 'model ' || models.name || '/' || version || ': it is newer than the last version'"
    " || ' of the name, ' || last_version FROM models JOIN model_names USING (name)"
    " WHERE version > last_version";

static const char *const rules[] = {owners_sql,      gaps_sql,   ended_runs_sql,
                                    progress_sql,    behind_sql, left_sql,
                                    transitions_sql, json_sql,   versions_sql};

typedef struct RuleWork {
    Check *check;
    const char *sql;
} RuleWork;

static Status hold(Db *db, void *arg)
{
    const RuleWork *work = arg;
    Query query = query_new(db, work->sql);
    while (query_step(&query)) {
        char *finding = query_string(&query);
        if (finding)
            check_tell(work->check, "%s", finding);
        free(finding);
    }
    return query_end(&query);
}

Status check_rows(Check *check)
{
    Status status = STATUS_OK;
    for (size_t i = 0; i < sizeof rules / sizeof *rules && status == STATUS_OK; i++) {
        RuleWork work = {check, rules[i]};
        status = check_read(check, hold, &work, "a table");
    }
    return status;
}
