/* The handlers of tokens. A token is good once the store has it, and before its maker is told. */
#include "api/api_token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/codec/codec_token.h"
#include "api/page.h"
#include "store/store_token.h"
#include "tokens/token_change.h"
#include "tools/log.h"

static Reply full(const Request *request)
{
    return reply_status(request, STATUS_CONFLICT,
                        "there are %d tokens that are not revoked, as many as are kept: revoke one",
                        TOKENS_MAX);
}

static Reply created(const Request *request, const Token *token, const char *text)
{
    Encoder encoder = {0};
    codec_token_encode(token, text, &encoder);
    Reply reply = reply_json_take(request, 201, &encoder);
    snprintf(reply.location, sizeof reply.location, "%s/%s", request->path, token->id);
    reply.secret = true;
    return reply;
}

/* Draws the token and keeps its digest. */
static Reply make(Services *services, const Request *request, Token *token)
{
    char text[TOKEN_TEXT];
    if (!token_draw(text) || !digest_of(text, strlen(text), token->digest))
        return reply_status(request, STATUS_INTERNAL, "the system gives no random numbers");
    Status status = token_change_add(services->store, services->access, token);
    if (status == STATUS_CONFLICT)
        return full(request);
    if (status != STATUS_OK)
        return reply_store(request, status, "token", "");
    log_info("token-made", LOG_TEXT("id", token->id), LOG_TEXT("scope", scope_name(token->scope)),
             LOG_TEXT("request", request->id));
    Reply reply = created(request, token, text);
    explicit_bzero(text, sizeof text);
    return reply;
}

Reply api_token_create(Services *services, const Request *request)
{
    Problem problem;
    Token token;
    problem_copy(&request->body->problem, &problem);
    request_refuse_unknown(request, NULL, 0, &problem);
    bool decoded = codec_token_decode(request, &token, &problem) == STATUS_OK;
    if (decoded && token.scope != SCOPE_ADMIN && access_is_open(services->access) &&
        !access_is_anonymous(services->access))
        problem_add(&problem, "#/scope",
                    "must be \"admin\" for the first token: from then on the daemon asks for one, "
                    "and nobody else could make another");
    if (problem.status != STATUS_OK)
        return reply_problem(request, &problem);
    return make(services, request, &token);
}

Reply api_token_list(Services *services, const Request *request)
{
    Problem problem;
    Encoder encoder = {0};
    Token *tokens;
    size_t count;
    bool more;
    problem_clear(&problem);
    StorePage page = page_decode(request, "tok", NULL, 0, &problem);
    if (problem.status != STATUS_OK)
        return reply_problem(request, &problem);
    Status status = store_token_list(services->store, page, &tokens, &count, &more);
    if (status != STATUS_OK)
        return reply_store(request, status, "list", "");
    page_begin(&encoder);
    for (size_t i = 0; i < count; i++)
        codec_token_encode(&tokens[i], NULL, &encoder);
    page_end(&encoder, more ? tokens[count - 1].id : NULL);
    free(tokens);
    return reply_json_take(request, 200, &encoder);
}

Reply api_token_get(Services *services, const Request *request)
{
    Encoder encoder = {0};
    Token token;
    Reply refusal;
    if (reply_refuses_query(request, &refusal))
        return refusal;
    Status status = store_token_get(services->store, request->param[0], &token);
    if (status == STATUS_OK && token.revoked_at != 0)
        status = STATUS_NOT_FOUND;
    if (status != STATUS_OK)
        return reply_store(request, status, "token", request->param[0]);
    codec_token_encode(&token, NULL, &encoder);
    return reply_json_take(request, 200, &encoder);
}

Reply api_token_revoke(Services *services, const Request *request)
{
    const char *id = request->param[0];
    Reply refusal;
    if (reply_refuses_query(request, &refusal))
        return refusal;
    Status status = token_change_revoke(services->store, services->access, id);
    if (status != STATUS_OK)
        return reply_store(request, status, "token", id);
    bell_ring(services->ended); /* who waits for a job is looked at, and whether he still may */
    log_info("token-revoked", LOG_TEXT("id", id), LOG_TEXT("request", request->id));
    return reply_nothing();
}
