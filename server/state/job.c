/* The one list of states with the moves between them, and the one list of a training's ends, as
 * rows by which names are found both ways. No thread owns anything here: tables do not change.
 */
#include "state/job.h"

#include <stdlib.h>
#include <string.h>

#define TO(state) (1u << (state))

typedef struct StateRow {
    const char *name;
    unsigned next; /* the states it may become, TO() each; none: it has ended */
} StateRow;

static const StateRow states[JOB_STATES] = {
    [JOB_QUEUED] = {"queued", TO(JOB_RUNNING) | TO(JOB_CANCELLED)},
    [JOB_RUNNING] = {"running",
                     TO(JOB_SUCCEEDED) | TO(JOB_FAILED) | TO(JOB_CANCELLED) | TO(JOB_QUEUED)},
    [JOB_SUCCEEDED] = {"succeeded", 0},
    [JOB_FAILED] = {"failed", 0},
    [JOB_CANCELLED] = {"cancelled", 0},
};

static const char *const ends[] = {
    [TRAIN_GOES_ON] = "",
    [TRAIN_CONVERGED] = "converged",
    [TRAIN_EARLY_STOPPING] = "early_stopping",
    [TRAIN_MAX_EPOCHS] = "max_epochs",
    [TRAIN_TIME_LIMIT] = "time_limit",
    [TRAIN_CANCELLED] = "cancelled",
    [TRAIN_DIVERGED] = "diverged",
};

#define END_COUNT (sizeof ends / sizeof *ends)

const char *job_state_name(JobState state)
{
    return states[state].name;
}

JobState job_state_find(const char *name)
{
    size_t i = 0;
    while (i < JOB_STATES && strcmp(states[i].name, name) != 0)
        i++;
    return (JobState)i;
}

bool job_state_ended(JobState state)
{
    return states[state].next == 0;
}

bool job_state_may_become(JobState from, JobState to)
{
    return (states[from].next & TO(to)) != 0;
}

const char *job_end_name(TrainEnd end)
{
    return ends[end];
}

TrainEnd job_end_find(const char *name)
{
    for (size_t i = 0; i < END_COUNT; i++) {
        if (strcmp(ends[i], name) == 0)
            return (TrainEnd)i;
    }
    return TRAIN_GOES_ON;
}

bool job_model_name_is_sound(const char *name)
{
    size_t fine = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");
    return fine > 0 && !name[fine] && fine < MODEL_NAME && strspn(name, ".") < fine;
}

void job_free(Job *job)
{
    if (!job)
        return;
    free(job->hyperparameters);
    free(job->labels);
    free(job->transition);
    free(job->fold);
    free(job);
}
