/* The guide and the pages of problems, as plain text that fits a terminal. */
#include "api/api_guide.h"

#include <stdio.h>
#include <string.h>

#define PLAIN "text/plain; charset=utf-8"
#define HOST_BYTES 200

/* What to do about each, beside what its own detail says. */
static const char *const advice[STATUS_COUNT] = {
    [STATUS_MALFORMED] =
        "The request could not be read: its line, a header field, the percent-encoding of its\n"
        "target, or the JSON or CSV of its body is broken. The detail says where, for a body with\n"
        "line and column.",
    [STATUS_INVALID] =
        "The request was understood, and something in it is not allowed or does not fit together.\n"
        "`errors` lists all mistakes at once, each with a pointer to its place (`#/...` in the\n"
        "body, `?...` in the query) and what would be right.",
    [STATUS_UNAUTHORIZED] =
        "This daemon asks who is there. Send a token that it knows:\n"
        "  curl -H 'Authorization: Bearer TOKEN' ...\n"
        "An administrator makes tokens: `backpropd token create` on the daemon's machine, or POST\n"
        "/v1/tokens. A token that was revoked is not known any more.",
    [STATUS_FORBIDDEN] =
        "The token is good, and its scope does not reach this: `predict` predicts and reads\n"
        "models, `train` has datasets and jobs too, `admin` all. Or a page of another origin "
        "tried\n"
        "to change something from a browser; --cors-origin lets its origin in.",
    [STATUS_NOT_FOUND] =
        "No dataset, job, model or route has that name. It may have been deleted; the lists\n"
        "(/v1/datasets, /v1/jobs, /v1/models) show what there is.",
    [STATUS_METHOD] = "The path exists and takes other methods; the header Allow lists them.",
    [STATUS_NOT_ACCEPTABLE] =
        "The Accept header names no type that this resource comes in; the detail lists those that\n"
        "there are.",
    [STATUS_TIMEOUT] = "The request did not arrive in time, so the connection was closed. Send it\n"
                       "again.",
    [STATUS_CONFLICT] =
        "The resource is in a state that does not allow this: a job that runs cannot be deleted,\n"
        "one that has ended cannot be cancelled, and a dataset stays while a job needs it.",
    [STATUS_TOO_LARGE] =
        "Something is over a limit that the daemon keeps for its memory. The detail names the\n"
        "limit and, where it is an option, what sets it.",
    [STATUS_HEADER] =
        "A request may have 64 header fields, and 16 KiB in all of them. Long values belong into\n"
        "the body, or into the query. The connection was closed.",
    [STATUS_CROWDED] =
        "One address may have as many connections as --connections-per-address says. Use one\n"
        "again, or close it, before you open the next; the operator may raise the limit.",
    [STATUS_MEDIA_TYPE] = "The body is of a type or an encoding that this route does not take; the "
                          "detail says which\n"
                          "Content-Type it takes.",
    [STATUS_MISDIRECTED] =
        "The request calls this host by a name that is not one of its own, as a page of another\n"
        "site does whose name was made to lead here. Ask for localhost, or start the daemon with\n"
        "--host-name=NAME; once it asks for tokens, any name will do.",
    [STATUS_NO_MEMORY] =
        "There was not enough memory for this at the moment. Nothing was changed. Try again after\n"
        "Retry-After seconds, or with less data at a time.",
    [STATUS_BUSY] =
        "As many clients wait for jobs or listen to them as half of --connections allows (the "
        "other\n"
        "half is kept for those who want an answer at once), or as many jobs wait in the queue as\n"
        "--queue allows. The detail says which. Try again after the seconds that Retry-After "
        "names.",
    [STATUS_STOPPING] =
        "The daemon was asked to stop and takes nothing new. What was answered is kept; jobs that\n"
        "were running go on after its next start.",
    [STATUS_STORE] =
        "The database could not be read or written. /readyz says why. Models in memory are served\n"
        "on.",
    [STATUS_DAMAGED] =
        "What the database has of this is not what was written, and trying again does not help;\n"
        "the rest is as good as ever. `backpropd check` names all that is damaged. Delete it and\n"
        "send it again, or let the operator restore a backup.",
    [STATUS_STORE_FULL] =
        "The disk under the store has no room, so nothing was stored. Make room and send it again.",
    [STATUS_DIVERGED] =
        "A loss, a weight or a prediction stopped being a finite number. In a training take a\n"
        "smaller learning_rate, standardize, or clip_norm; in a prediction the inputs are too far\n"
        "from those of the training.",
    [STATUS_TIME_LIMIT] =
        "time_limit ended the job while it still cross-validated, before the model itself was\n"
        "trained. Raise time_limit, or take fewer folds.",
    [STATUS_INTERNAL] =
        "A fault of the daemon itself: it would have had to answer something wrong, and did not.\n"
        "The log has a line with this request_id.",
};

/* The status whose slug that is; STATUS_OK where there is none. */
static Status find(const char *slug)
{
    for (int status = STATUS_OK + 1; status < STATUS_COUNT; status++)
        if (strcmp(status_slug((Status)status), slug) == 0)
            return (Status)status;
    return STATUS_OK;
}

Reply api_problem_get(Services *services, const Request *request)
{
    Text page = {0};
    Status status = find(request->param[0]);
    Reply refusal;
    (void)services; /* the pages are constants */
    if (reply_refuses_query(request, &refusal))
        return refusal;
    if (status == STATUS_OK)
        return reply_status(request, STATUS_NOT_FOUND,
                            "there is no problem '%s'; /problems lists "
                            "them",
                            request->param[0]);
    text_printf(&page, "%s (%s, HTTP %d)\n\n%s\n", status_title(status), status_slug(status),
                reply_code(status), advice[status]);
    return reply_text_take(PLAIN, &page);
}

Reply api_problem_list(Services *services, const Request *request)
{
    Text page = {0};
    Reply refusal;
    (void)services; /* the pages are constants */
    if (reply_refuses_query(request, &refusal))
        return refusal;
    for (int status = STATUS_OK + 1; status < STATUS_COUNT; status++)
        text_printf(&page, "%d  /problems/%-24s %s\n", reply_code((Status)status),
                    status_slug((Status)status), status_title((Status)status));
    return reply_text_take(PLAIN, &page);
}

/* Where the client reached us, if that is an address to be shown in a shell. */
static void host_of(const Request *request, char host[HOST_BYTES])
{
    const char *given = request_header(request, "Host");
    size_t length = given ? strlen(given) : 0;
    bool fine = length > 0 && length < HOST_BYTES &&
                strspn(given, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:"
                              "[]") == length;
    snprintf(host, HOST_BYTES, "%s", fine ? given : "localhost:8080");
}

Reply api_guide(Services *services, const Request *request)
{
    Text page = {0};
    char host[HOST_BYTES];
    Reply refusal;
    const char *asks = access_is_open(services->access)
                           ? ""
                           : "\nEach needs a token: -H 'Authorization: Bearer TOKEN'"
                             " (/problems/unauthorized)\n";
    if (reply_refuses_query(request, &refusal))
        return refusal;
    host_of(request, host);
    text_printf(&page,
                "backpropd " BACKPROPD_VERSION " trains small neural networks and serves them.\n\n"
                "Train from a CSV file, the last column being the target; answer at the end:\n"
                "  curl --data-binary @data.csv -H 'Content-Type: text/csv' \\\n"
                "    '%s/v1/jobs?model=mine&preset=accurate&wait=600'\n\n"
                "Predict:\n"
                "  curl %s/v1/models/mine:predict -d '{\"instances\": [[1, 2, 3]]}'\n\n"
                "Look:\n"
                "  curl %s/v1/models           models and their metrics\n"
                "  curl %s/v1/jobs             jobs, newest first\n"
                "  curl %s/v1/jobs/JOB/loss    the loss of every epoch\n"
                "  curl -N %s/v1/jobs/JOB/events  the same and more, as it happens\n"
                "  curl %s/v1/hyperparameters  all that can be set, with defaults\n\n"
                "Other clients: Open Inference Protocol at /v2;"
                " problems explained at /problems;\nhealth at /readyz.\n%s",
                host, host, host, host, host, host, host, asks);
    return reply_text_take(PLAIN, &page);
}
