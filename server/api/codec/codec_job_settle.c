/* Jobs in, once the dataset and the model that they name are looked up: what does not go together.
 * It is judged as far as it is known, so that a client hears of all mistakes at once. */
#include <stdio.h>

#include "api/codec/codec_job.h"

#define PARAMETERS_MAX 50000000 /* of all networks: 400 MB an array of them */

static void check_initial(const JobDraft *draft, const Dataset *dataset, Problem *problem)
{
    const Net *initial = draft->start.net;
    size_t inputs = initial->width[0], outputs = initial->width[initial->depth];
    char at[PROBLEM_POINTER];
    if (inputs != dataset->features)
        problem_add(problem, "#/initial_layers/0/weights",
                    "must have %zu columns, one a feature of the dataset, got %zu",
                    dataset->features, inputs);
    snprintf(at, sizeof at, "#/initial_layers/%zu/weights", initial->depth - 1);
    if (outputs != dataset->targets)
        problem_add(problem, at, "must have %zu rows, one a target of the dataset, got %zu",
                    dataset->targets, outputs);
}

/* The parameters of one network; the job's are those of all. */
static size_t count_parameters(JobDraft *draft, const Dataset *dataset, const char *prefix,
                               Problem *problem)
{
    FitOptions options = hyper_fit_options(&draft->hyper);
    size_t width[TRAIN_HIDDEN_MAX + 2];
    size_t depth = train_shape(&options.train, dataset->features, dataset->targets, width);
    size_t parameters = net_count(depth, width);
    char at[PROBLEM_POINTER];
    snprintf(at, sizeof at, "%s%s", prefix, parameters > PARAMETERS_MAX ? "hidden" : "ensemble");
    if (parameters > PARAMETERS_MAX)
        problem_add(problem, at,
                    "makes a network of more than %d parameters; take fewer or narrower layers",
                    PARAMETERS_MAX);
    else if (parameters * options.ensemble > PARAMETERS_MAX)
        problem_add(problem, at,
                    "makes %zu networks of %zu parameters, more than %d in all; take fewer",
                    options.ensemble, parameters, PARAMETERS_MAX);
    else
        draft->job->parameters = (int64_t)(parameters * options.ensemble);
    return parameters;
}

/* Holds what is asked for against the model that was found, and takes over its networks. */
static void take_start(JobDraft *draft, bool csv, const Dataset *dataset, Problem *problem)
{
    ModelRecord *record = draft->from.record;
    codec_from_model_settle(&draft->from, csv, dataset, &draft->hyper, problem);
    snprintf(draft->job->from_model, MODEL_LABEL, "%s/%lld", record->name,
             (long long)record->version);
    draft->start.model = record->model;
    record->model = NULL;
}

void codec_job_settle(const Request *request, JobDraft *draft, const Dataset *dataset,
                      Problem *problem)
{
    bool csv = body_is_table(request->body);
    const char *prefix = csv ? "?" : "#/hyperparameters/";
    HyperTask *task = &draft->task;
    bool has_model = draft->from.record != NULL;
    bool shaped = has_model || (task->start != HYPER_MODEL && !draft->hidden_unknown);
    if (has_model)
        take_start(draft, csv, dataset, problem);
    else if (draft->start.net && dataset)
        check_initial(draft, dataset, problem);
    hyper_resolve(&draft->hyper);
    task->rows = dataset ? dataset->rows : 0;
    task->parameters = shaped && dataset ? count_parameters(draft, dataset, prefix, problem) : 0;
    hyper_check(&draft->hyper, task, prefix, problem);
    Encoder encoder = {0};
    spec_encode(hyper_table(), &draft->hyper, &encoder);
    draft->job->epochs = draft->hyper.epochs;
    draft->job->hyperparameters = text_steal(&encoder.text);
    if (!draft->job->hyperparameters)
        problem_set(problem, STATUS_NO_MEMORY, "there is not enough memory for this job now");
}
