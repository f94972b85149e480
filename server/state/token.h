/* Tokens of clients and what they allow. A token is drawn at random and shown once; from then on
 * only its digest is known, and no table of guesses finds 256 random bits from that.
 */
#ifndef STATE_TOKEN_H
#define STATE_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/digest.h"
#include "tools/id.h"

/* What a client may do; each includes those before it. */
typedef enum Scope {
    SCOPE_NONE,    /* look whether the daemon lives, read its own pages */
    SCOPE_PREDICT, /* predict, and read models */
    SCOPE_TRAIN,   /* datasets, jobs, and models as a whole */
    SCOPE_ADMIN,   /* tokens */
    SCOPES
} Scope;

/* "predict", "train", "admin"; "none". */
const char *scope_name(Scope scope);

/* The scope of a name that a token may have; SCOPE_NONE where there is none. */
Scope scope_find(const char *name);

#define TOKEN_TEXT 68   /* "bp_", 64 hexadecimal digits, the final 0 */
#define TOKEN_GIVEN 32  /* characters that a token of the operator's own has at least */
#define TOKEN_LONG 256  /* that any token has at most */
#define TOKEN_NAME 101  /* characters of a name, with the final 0 */
#define TOKENS_MAX 1000 /* that are not revoked */

typedef struct Token {
    char id[ID_SIZE]; /* "tok_..."; "" while it is not stored */
    char name[TOKEN_NAME];
    char digest[DIGEST_SIZE];
    Scope scope;
    int64_t created_at, revoked_at; /* revoked_at: 0 while it is good */
} Token;

/* Draws a new token's text. False where there is no randomness, which does not pass. */
bool token_draw(char text[TOKEN_TEXT]) MUST_USE;

/* The characters that text begins with and that a token may have (RFC 6750, 2.1: b64token). */
size_t token_span(const char *text);

/* Whether a name is at most 100 printable characters of ASCII; none is fine. */
bool token_name_is_fine(const char *name);

#endif
