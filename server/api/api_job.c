/* The handlers of jobs. A job's row belongs to its worker while it runs: cancelling one raises its
 * stop flag, and the answer waits for the worker to be done. */
#include "api/api_job.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/codec/codec_dataset.h"
#include "api/codec/codec_job.h"
#include "api/page.h"
#include "store/store_dataset.h"
#include "store/store_job.h"
#include "store/store_model.h"
#include "tools/clock.h"

#define WAIT_MAX 3600     /* seconds */
#define CANCEL_SECONDS 30 /* that a worker has for noticing */

/* Seconds that ?wait= or Prefer: wait= (RFC 7240) asks for; 0 where neither does. */
static double wait_asked(const Request *request, Problem *problem)
{
    const char *prefer = request_header(request, "Prefer");
    const char *wait = prefer ? strstr(prefer, "wait=") : NULL;
    long long preferred = wait && isdigit((unsigned char)wait[5]) ? atoll(wait + 5) : 0;
    if (preferred > WAIT_MAX)
        preferred = WAIT_MAX; /* a preference is not an order */
    return (double)request_number(request, "wait", preferred, (long long[]){0, WAIT_MAX}, problem);
}

static Reply job_reply(const Request *request, int code, const Job *job)
{
    Encoder encoder = {0};
    codec_job_encode(job, &encoder);
    return reply_json_take(request, code, &encoder);
}

/* The job as it stands: 200 once it has ended; before the deadline, not answered yet; after it,
 * with that HTTP status. */
static Reply job_until(Services *services, const Request *request, const char *id, double until,
                       int code)
{
    Job *job;
    Reply reply;
    Status status = store_job_get(services->store, id, &job);
    if (status != STATUS_OK)
        return reply_store(request, status, "job", id);
    bool ended = job_state_ended(job->state);
    live_look(services->live, job);
    if (!ended && !request->last_try && clock_seconds() < until)
        reply = reply_wait(until, id);
    else
        reply = job_reply(request, ended ? 200 : code, job);
    job_free(job);
    return reply;
}

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
    const char *at = request->body->csv ? "?from_model" : "#/from_model";
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

/* Decodes and judges a job that was asked for; on failure problem says all. */
static void make_draft(Services *services, const Request *request, JobDraft *draft,
                       Problem *problem)
{
    codec_job_decode(request, draft, problem);
    if (problem->status != STATUS_OK && problem->status != STATUS_INVALID)
        return;
    Dataset *dataset = find_dataset(services, draft, problem);
    find_model(services, request, &draft->from, problem);
    if (dataset && problem->status == STATUS_OK)
        codec_job_settle(request, draft, dataset, problem);
    if (dataset != draft->dataset)
        dataset_free(dataset);
}

/* Queues the draft, whose id is known then. */
static Status queue_draft(Services *services, const JobDraft *draft, Problem *problem)
{
    FitOptions options = hyper_fit_options(&draft->hyper);
    draft->job->runs = (int64_t)fit_run_count(&options);
    Status status = store_job_add(services->store, draft->job, draft->dataset, &draft->start);
    if (status == STATUS_NOT_FOUND)
        problem_add(problem, "#/dataset", "there is no dataset '%s' any more", draft->job->dataset);
    else if (status == STATUS_OK)
        bell_ring(services->queued);
    return status;
}

/* 202 at once, or 200 when it has ended within the time that the client waits. */
static Reply created(Services *services, const Request *request, const char *id, double wait)
{
    Reply reply = job_until(services, request, id, request->arrived + wait, 202);
    if (reply.code == 200 && wait <= 0)
        reply.code = 202; /* who does not wait gets the same answer however short the job */
    snprintf(reply.location, sizeof reply.location, "%s/%s", request->path, id);
    return reply;
}

Reply api_job_create(Services *services, const Request *request)
{
    Problem problem = request->body->problem;
    JobDraft draft;
    Reply reply;
    double wait = wait_asked(request, &problem);
    if (request->waits_for[0])
        return created(services, request, request->waits_for, wait);
    make_draft(services, request, &draft, &problem);
    Status status =
        problem.status == STATUS_OK ? queue_draft(services, &draft, &problem) : STATUS_OK;
    if (problem.status != STATUS_OK)
        reply = reply_problem(request, &problem);
    else if (status != STATUS_OK)
        reply = reply_store(request, status, "job", "");
    else
        reply = created(services, request, draft.job->id, wait);
    codec_job_draft_free(&draft);
    return reply;
}

static StoreJobFilter filter_decode(const Request *request, Problem *problem)
{
    const char *state = request_query(request, "state");
    StoreJobFilter filter = {.state = JOB_STATES, .model = request_query(request, "model")};
    if (state)
        filter.state = job_state_find(state);
    if (state && filter.state == JOB_STATES)
        problem_add(problem, "?state",
                    "must be queued, running, succeeded, failed or cancelled, got '%s'", state);
    return filter;
}

Reply api_job_list(Services *services, const Request *request)
{
    static const char *const names[] = {"state", "model"};
    Problem problem;
    Encoder encoder = {0};
    Job **jobs;
    size_t count;
    bool more;
    problem_clear(&problem);
    StoreJobFilter filter = filter_decode(request, &problem);
    filter.page = page_decode(request, "job", names, 2, &problem);
    if (problem.status != STATUS_OK)
        return reply_problem(request, &problem);
    Status status = store_job_list(services->store, filter, &jobs, &count, &more);
    if (status != STATUS_OK)
        return reply_store(request, status, "list", "");
    page_begin(&encoder);
    for (size_t i = 0; i < count; i++) {
        live_look(services->live, jobs[i]);
        codec_job_encode(jobs[i], &encoder);
    }
    page_end(&encoder, more ? jobs[count - 1]->id : NULL);
    store_jobs_free(jobs, count);
    return reply_json_take(request, 200, &encoder);
}

Reply api_job_get(Services *services, const Request *request)
{
    static const char *const names[] = {"wait"};
    Problem problem;
    problem_clear(&problem);
    request_refuse_unknown(request, names, 1, &problem);
    double wait = wait_asked(request, &problem);
    if (problem.status != STATUS_OK)
        return reply_problem(request, &problem);
    return job_until(services, request, request->param[0], request->arrived + wait, 200);
}

static Reply has_ended(const Request *request, const Job *job)
{
    return reply_status(request, STATUS_CONFLICT, "the job '%s' has ended already: it %s", job->id,
                        job->state == JOB_CANCELLED ? "was cancelled" : job_state_name(job->state));
}

/* The answer to a cancellation: waits for the worker to be done. A job that ended otherwise, before
 * the wish reached it, is a conflict. */
static Reply cancelled(Services *services, const Request *request)
{
    const char *id = request->param[0];
    double until = request->arrived + CANCEL_SECONDS;
    Reply reply = job_until(services, request, id, until, 202);
    Job *job = NULL;
    if (reply.code != 200 || store_job_get(services->store, id, &job) != STATUS_OK)
        return reply;
    if (job->state != JOB_CANCELLED) {
        reply_free(&reply);
        reply = has_ended(request, job);
    }
    job_free(job);
    return reply;
}

/* A job that is not queued is asked to stop where it runs; one that has ended is a conflict. */
static Reply cancel_running(Services *services, const Request *request, LiveWish wish)
{
    Job *job;
    Reply reply;
    const char *id = request->param[0];
    Status status = store_job_get(services->store, id, &job);
    if (status != STATUS_OK)
        return reply_store(request, status, "job", id);
    if (job_state_ended(job->state))
        reply = has_ended(request, job);
    else if (live_ask(services->live, id, wish))
        reply = cancelled(services, request);
    else if (request->last_try || clock_seconds() > request->arrived + CANCEL_SECONDS)
        reply = job_reply(request, 202, job);
    else
        reply = reply_wait(clock_seconds() + 0.02, ""); /* between two states: ask again */
    job_free(job);
    return reply;
}

Reply api_job_cancel(Services *services, const Request *request)
{
    static const char *const names[] = {"discard"};
    const char *id = request->param[0];
    const char *discard = request_query(request, "discard");
    Problem problem;
    problem_clear(&problem);
    request_refuse_unknown(request, names, 1, &problem);
    if (discard && strcmp(discard, "true") != 0 && strcmp(discard, "false") != 0)
        problem_add(&problem, "?discard", "must be true or false, got '%s'", discard);
    if (problem.status != STATUS_OK)
        return reply_problem(request, &problem);
    if (request->waits_for[0])
        return cancelled(services, request);
    Status status = store_job_cancel(services->store, id);
    if (status == STATUS_CONFLICT)
        return cancel_running(services, request,
                              discard && strcmp(discard, "true") == 0 ? LIVE_CANCEL_DISCARD
                                                                      : LIVE_CANCEL);
    if (status != STATUS_OK)
        return reply_store(request, status, "job", id);
    bell_ring(services->ended);
    return job_until(services, request, id, 0, 200);
}

Reply api_job_delete(Services *services, const Request *request)
{
    const char *id = request->param[0];
    Reply refusal;
    if (reply_to_query(request, &refusal))
        return refusal;
    Status status = store_job_delete(services->store, id);
    if (status == STATUS_CONFLICT)
        return reply_status(request, status, "the job '%s' has not ended; cancel it first", id);
    if (status != STATUS_OK)
        return reply_store(request, status, "job", id);
    return reply_nothing();
}
