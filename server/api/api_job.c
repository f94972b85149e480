/* The handlers of jobs. A job's row belongs to its worker while it runs: cancelling one raises its
 * stop flag, and the answer waits for the worker to be done. */
#include "api/api_job.h"

#include <stdio.h>
#include <string.h>

#include "api/api_dry_run.h"
#include "api/asked_job.h"
#include "api/asked_wait.h"
#include "api/once.h"
#include "api/page.h"
#include "tools/clock.h"
#include "tools/metrics.h"

#define CANCEL_SECONDS 30 /* that a worker has for noticing */

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

/* Queues the draft, whose id is known then. */
static Status queue_draft(Services *services, const Request *request, const JobDraft *draft,
                          Problem *problem)
{
    FitOptions options = hyper_fit_options(&draft->hyper);
    draft->job->runs = (int64_t)fit_run_count(&options);
    StoreKey key = once_key(request);
    Status status =
        store_job_add_once(services->store, draft->job, draft->dataset, &draft->start, &key);
    if (status == STATUS_NOT_FOUND)
        problem_add(problem, "#/dataset", "there is no dataset '%s' any more", draft->job->dataset);
    else if (status == STATUS_BUSY)
        metric_add(METRIC_QUEUE_FULL, 1);
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
    asked_wait_applied(request, &reply);
    return reply;
}

static Reply refuse_full(const Request *request, int64_t queued)
{
    return reply_status(request, STATUS_BUSY,
                        "%lld %s in the queue, as many as --queue lets wait; try again when one "
                        "has begun",
                        (long long)queued, queued == 1 ? "job is" : "jobs are");
}

static Reply create(Services *services, const Request *request)
{
    Problem problem = request->body->problem;
    JobDraft draft;
    Reply reply;
    double wait = asked_wait(request, &problem);
    if (request->waits_for[0])
        return created(services, request, request->waits_for, wait);
    request_flag(request, "dry_run", &problem);
    asked_job(services, request, &draft, &problem);
    Status status = STATUS_OK;
    if (problem.status == STATUS_OK)
        status = queue_draft(services, request, &draft, &problem);
    if (problem.status != STATUS_OK)
        reply = reply_problem(request, &problem);
    else if (status == STATUS_BUSY)
        reply = refuse_full(request, store_job_limits(services->store).queued);
    else if (status != STATUS_OK)
        reply = reply_store(request, status, "job", "");
    else
        reply = created(services, request, draft.job->id, wait);
    codec_job_draft_free(&draft);
    return reply;
}

/* The job once more for who has made it, as it stands: this does not wait. */
static Reply recall(Services *services, const Request *request, const char *made)
{
    return created(services, request, made, 0);
}

Reply api_job_create(Services *services, const Request *request)
{
    static const OnceWork work = {create, recall};
    Problem ignored;
    problem_clear(&ignored);
    if (request_flag(request, "dry_run", &ignored))
        return api_job_dry_run(services, request); /* makes nothing, so nothing is remembered */
    return once(services, request, &work);
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
    double wait = asked_wait(request, &problem);
    if (problem.status != STATUS_OK)
        return reply_problem(request, &problem);
    Reply reply = job_until(services, request, request->param[0], request->arrived + wait, 200);
    asked_wait_applied(request, &reply);
    return reply;
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
    Problem problem;
    problem_clear(&problem);
    request_refuse_unknown(request, names, 1, &problem);
    bool discard = request_flag(request, "discard", &problem);
    if (problem.status != STATUS_OK)
        return reply_problem(request, &problem);
    if (request->waits_for[0])
        return cancelled(services, request);
    Status status = store_job_cancel(services->store, id);
    if (status == STATUS_CONFLICT)
        return cancel_running(services, request, discard ? LIVE_CANCEL_DISCARD : LIVE_CANCEL);
    if (status != STATUS_OK)
        return reply_store(request, status, "job", id);
    bell_ring(services->ended);
    return job_until(services, request, id, 0, 200);
}

Reply api_job_delete(Services *services, const Request *request)
{
    const char *id = request->param[0];
    Reply refusal;
    if (reply_refuses_query(request, &refusal))
        return refusal;
    Status status = store_job_delete(services->store, id);
    if (status == STATUS_CONFLICT)
        return reply_status(request, status, "the job '%s' has not ended; cancel it first", id);
    if (status != STATUS_OK)
        return reply_store(request, status, "job", id);
    return reply_nothing();
}
