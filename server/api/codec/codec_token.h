/* Tokens between requests and replies.
 */
#ifndef API_CODEC_TOKEN_H
#define API_CODEC_TOKEN_H

#include "api/request.h"
#include "state/token.h"
#include "tools/encoder.h"

/* Name and scope of the request's body, {"scope": "predict", "name": "shop"}. All mistakes are
 * added to problem; returns its status. */
Status codec_token_decode(const Request *request, Token *token, Problem *problem) MUST_USE;

/* As a JSON object; text is the token itself, where it is new, else NULL. */
void codec_token_encode(const Token *token, const char *text, Encoder *encoder);

#endif
