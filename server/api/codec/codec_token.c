/* The token itself goes out once, when it is made; its digest never does. */
#include "api/codec/codec_token.h"

#include <stdio.h>

#include "api/codec/codec_json.h"

static void decode_scope(const json_t *value, Token *token, Problem *problem)
{
    char quoted[64] = "nothing";
    const char *name = json_string_value(value);
    token->scope = name ? scope_find(name) : SCOPE_NONE;
    if (value)
        spec_quote(value, quoted);
    if (token->scope == SCOPE_NONE)
        problem_add(problem, "#/scope", "must be \"predict\", \"train\" or \"admin\", got %s",
                    quoted);
}

static void decode_name(const json_t *value, Token *token, Problem *problem)
{
    const char *name = json_string_value(value);
    if (!value || json_is_null(value))
        return;
    if (!name || !token_name_is_fine(name))
        problem_add(problem, "#/name", "must be at most 100 printable characters of ASCII");
    else
        snprintf(token->name, sizeof token->name, "%s", name);
}

Status codec_token_decode(const Request *request, Token *token, Problem *problem)
{
    static const char *const names[] = {"name", "scope"};
    *token = (Token){0};
    json_t *json = codec_json_body(request, problem);
    if (!json)
        return problem->status;
    spec_refuse_unknown(json, "#", names, 2, problem);
    decode_scope(json_object_get(json, "scope"), token, problem);
    decode_name(json_object_get(json, "name"), token, problem);
    json_decref(json);
    return problem->status;
}

void codec_token_encode(const Token *token, const char *text, Encoder *encoder)
{
    enc_object(encoder);
    enc_put_string(encoder, "id", token->id);
    enc_put_string(encoder, "name", token->name[0] ? token->name : NULL);
    enc_put_string(encoder, "scope", scope_name(token->scope));
    if (text)
        enc_put_string(encoder, "token", text);
    enc_put_time(encoder, "created_at", token->created_at);
    enc_object_end(encoder);
}
