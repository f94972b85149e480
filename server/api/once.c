/* The store's transaction decides whether a request is the first of its key; that one is under way,
 * and no second begins, is known to `pending` in memory alone. A request that waits for its job
 * comes back here: it is under way until it has its answer.
 */
#include "api/once.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/log.h"

#define KEY_MAX 255

static void add_text(Digest *digest, const char *text)
{
    digest_add(digest, text, strlen(text) + 1);
}

StoreKey once_key(const Request *request)
{
    const char *type = request_header(request, "Content-Type");
    StoreKey key = {.text = request_header(request, ONCE_KEY)};
    Digest *digest = key.text ? digest_new() : NULL;
    if (!digest)
        return key;
    add_text(digest, "POST"); /* the only method of those that make something */
    add_text(digest, request->path);
    for (size_t i = 0; i < request->query_count; i++) {
        add_text(digest, request->query[i].name);
        add_text(digest, request->query[i].value);
    }
    add_text(digest, type ? type : "");
    add_text(digest, request->body->digest);
    digest_finish_take(key.digest, digest);
    return key;
}

/* STATUS_MALFORMED, STATUS_NO_MEMORY, as problem says. */
static Status check_key(const StoreKey *key, Problem *problem)
{
    size_t n = strlen(key->text);
    bool printable = true;
    for (size_t i = 0; i < n && printable; i++)
        printable = key->text[i] >= ' ' && key->text[i] <= '~';
    if (n < 1 || n > KEY_MAX)
        return problem_set(problem, STATUS_MALFORMED,
                           "the header " ONCE_KEY " must have 1 to %d characters, got %zu", KEY_MAX,
                           n);
    if (!printable)
        return problem_set(problem, STATUS_MALFORMED,
                           "the header " ONCE_KEY " must be of printable ASCII characters");
    if (!key->digest[0])
        return problem_set(problem, STATUS_NO_MEMORY,
                           "there is not enough memory for this request");
    return STATUS_OK;
}

static Reply under_way(const Request *request)
{
    Reply reply = reply_status(request, STATUS_CONFLICT,
                               "the first request of this " ONCE_KEY
                               " is still under way; ask again in a moment");
    reply.retry_after = 1;
    return reply;
}

static Reply first_reply(const Request *request, StoreOnce *first)
{
    Text text = {.bytes = first->body, .length = strlen(first->body)};
    Reply reply = reply_text_take("application/json", &text);
    first->body = NULL;
    reply.code = first->code;
    snprintf(reply.location, sizeof reply.location, "%s/%s", request->path, first->made);
    return reply;
}

static Reply repeat(Services *services, const Request *request, const OnceWork *work,
                    StoreOnce *first)
{
    Reply reply =
        first->body ? first_reply(request, first) : work->recall(services, request, first->made);
    reply.replayed = reply.code < 300;
    if (reply.code == reply_code(STATUS_NOT_FOUND)) {
        reply_free(&reply);
        reply = reply_status(request, STATUS_CONFLICT,
                             "the first request of this " ONCE_KEY
                             " made '%s', which was deleted since; send another key",
                             first->made);
    }
    return reply;
}

/* Does it, or answers as the first time. */
static Reply begin(Services *services, const Request *request, const OnceWork *work,
                   const StoreKey *key)
{
    StoreOnce first;
    Reply reply;
    Status status = store_once_find(services->store, key->text, &first);
    if (status == STATUS_NOT_FOUND)
        return work->make(services, request);
    if (status != STATUS_OK)
        return reply_store(request, status, "key", "");
    if (strcmp(key->digest, first.digest) == 0)
        reply = repeat(services, request, work, &first);
    else
        reply = reply_status(request, STATUS_INVALID,
                             "this " ONCE_KEY " was used for another request, which made '%s'; "
                             "send the very same request with it, or another key",
                             first.made);
    free(first.body);
    return reply;
}

/* Notes the first reply. Where that cannot be, a repeat is answered from what was made. */
static void note(Services *services, const Request *request, const Reply *reply)
{
    const char *key = request_header(request, ONCE_KEY);
    if (reply->code >= 300 || reply->replayed || !reply->body)
        return;
    Status status = store_once_answer(services->store, key, reply->code, reply->body);
    if (status != STATUS_OK)
        log_warning("reply-not-noted", LOG_TEXT("status", status_slug(status)));
}

Reply once(Services *services, const Request *request, const OnceWork *work)
{
    Problem problem;
    Reply reply;
    StoreKey key = once_key(request);
    if (!key.text)
        return work->make(services, request);
    problem_clear(&problem);
    if (check_key(&key, &problem) != STATUS_OK)
        return reply_problem(request, &problem);
    if (request->waits_for[0]) {
        reply = work->make(services, request);
    } else {
        Status status = pending_begin(services->pending, key.text);
        if (status == STATUS_CONFLICT)
            return under_way(request);
        if (status != STATUS_OK)
            return reply_store(request, status, "key", "");
        reply = begin(services, request, work, &key);
    }
    if (reply.code != 0) {
        note(services, request, &reply);
        pending_end(services->pending, key.text);
    }
    return reply;
}
