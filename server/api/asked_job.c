/* Brings together what a request says with what the store has. */
#include "api/asked_job.h"

#include "core/footprint.h"
#include "store/store_dataset.h"
#include "store/store_job.h"
#include "store/store_model.h"
#include "tools/metrics.h"

/* The description of the draft's dataset: its own, or that of the store. */
static Dataset *find_dataset(Services *services, const JobDraft *draft, Problem *problem)
{
    Dataset *dataset = draft->dataset;
    const char *id = draft->job->dataset;
    if (dataset || id[0] == '\0')
        return dataset;
    Status status = store_dataset_get(services->store, id, &dataset);
    if (status == STATUS_NOT_FOUND)
        problem_add(problem, "#/dataset", "there is no dataset '%s'", id);
    else if (status != STATUS_OK)
        problem_set(problem, status, "the store cannot be read");
    return status == STATUS_OK ? dataset : NULL;
}

/* Finds the model that the draft is to start from, if any. */
static void find_model(Services *services, const Request *request, FromModel *from,
                       Problem *problem)
{
    const char *at = body_is_table(request->body) ? "?from_model" : "#/from_model";
    if (!from->name[0])
        return;
    Status status =
        store_model_get(services->store, from->name, from->version, true, &from->record);
    if (status == STATUS_NOT_FOUND && from->version > 0)
        problem_add(problem, at, "there is no version %lld of a model '%s'",
                    (long long)from->version, from->name);
    else if (status == STATUS_NOT_FOUND)
        problem_add(problem, at, "there is no model '%s'", from->name);
    else if (status != STATUS_OK)
        problem_set(problem, status, "the store cannot be read");
}

/* Estimates the memory of its training, and refuses what will never fit. */
static void weigh(Services *services, const Request *request, JobDraft *draft,
                  const Dataset *dataset, Problem *problem)
{
    const char *at = body_is_table(request->body) ? "?hidden" : "#/hyperparameters/hidden";
    int64_t limit = store_job_limits(services->store).memory;
    FitOptions options = hyper_fit_options(&draft->hyper);
    options.train.team = pool_team(services->pool);
    double bytes = footprint_of_fit(&options, dataset->rows, dataset->features, dataset->targets);
    draft->job->memory = bytes < (double)INT64_MAX ? (int64_t)bytes : INT64_MAX;
    if (limit == 0 || draft->job->memory <= limit)
        return;
    metric_add(METRIC_TOO_LARGE, 1);
    problem_add(problem, at,
                "makes a training that takes %.0f MB of memory, more than the %.0f MB that "
                "--job-memory gives all of them",
                bytes / 1e6, (double)limit / 1e6);
}

void asked_job(Services *services, const Request *request, JobDraft *draft, Problem *problem)
{
    codec_job_decode(request, draft, problem);
    if (problem->status != STATUS_OK && problem->status != STATUS_INVALID)
        return;
    Dataset *dataset = find_dataset(services, draft, problem);
    find_model(services, request, &draft->from, problem);
    if (problem->status == STATUS_OK || problem->status == STATUS_INVALID)
        codec_job_settle(request, draft, dataset, problem);
    if (dataset && problem->status == STATUS_OK)
        weigh(services, request, draft, dataset, problem);
    if (dataset != draft->dataset)
        dataset_free(dataset);
}
