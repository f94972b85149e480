/* Takes pieces out of the core's source. A header of elementary functions is taken as a whole but
 * for its directives, of act.c and data.c the functions that are named here. The pieces use what
 * C99 has, and the name `real`.
 */
#include "api/export/c_parts.h"

#include <stdio.h>
#include <string.h>

#include "api/export/core_text.h"

enum { HEADERS_MAX = 5, PIECES_MAX = 2 };

typedef struct Parts {
    const char *act;
    const char *headers[HEADERS_MAX]; /* in the order in which they need each other */
    const char *pieces[PIECES_MAX];   /* of act.c, how they begin, before NAME_value */
} Parts;

#define BITS "core/elem_bits.h"
#define EXP "core/elem_exp.h"
#define LOG "core/elem_log.h"
#define LOGISTIC "core/elem_logistic.h"
#define ERF "core/elem_erf.h"

static const Parts table[] = {
    {"sigmoid", {BITS, EXP, LOGISTIC}, {NULL}},
    {"tanh", {BITS, EXP, LOGISTIC}, {NULL}},
    {"relu", {NULL}, {NULL}},
    {"leaky_relu", {NULL}, {"static const real leak"}},
    {"elu", {BITS, EXP}, {"static inline real elu("}},
    {"softplus",
     {BITS, EXP, LOG},
     {"static const real softplus_threshold", "static inline real softplus("}},
    {"silu", {BITS, EXP, LOGISTIC}, {"static inline real silu("}},
    {"gelu", {BITS, EXP, ERF}, {NULL}},
    {"identity", {NULL}, {NULL}},
};

static const char *source(const char *name)
{
    const CoreText *at = core_texts;
    while (at->name && strcmp(at->name, name) != 0)
        at++;
    return at->name ? at->text : NULL;
}

/* All lines but those of the preprocessor. */
static Status add_header(const char *name, Text *text)
{
    const char *line = source(name);
    if (!line)
        return STATUS_INTERNAL;
    while (*line) {
        size_t length = strcspn(line, "\n");
        length += line[length] == '\n';
        if (*line != '#')
            text_add(text, line, length);
        line += length;
    }
    return STATUS_OK;
}

/* The function, or the constant, that begins so at the begin of a line. */
static Status add_piece(const char *name, const char *begin, Text *text)
{
    char line[128];
    const char *file = source(name);
    snprintf(line, sizeof line, "\n%s", begin);
    const char *from = file ? strstr(file, line) : NULL;
    const char *end = from ? strstr(from, strchr(begin, '(') ? "\n}\n" : ";\n") : NULL;
    if (!end)
        return STATUS_INTERNAL;
    text_add(text, from, (size_t)(end - from));
    text_puts(text, strchr(begin, '(') ? "\n}\n" : ";\n");
    return STATUS_OK;
}

static const Parts *parts_of(const Act *act)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcmp(table[i].act, act->name) == 0)
            return &table[i];
    return NULL;
}

Status c_parts_add(const Act *act, Text *text)
{
    const Parts *parts = parts_of(act);
    char value[64];
    Status status = parts ? STATUS_OK : STATUS_INTERNAL;
    for (size_t i = 0; status == STATUS_OK && i < HEADERS_MAX && parts->headers[i]; i++)
        status = add_header(parts->headers[i], text);
    for (size_t i = 0; status == STATUS_OK && i < PIECES_MAX && parts->pieces[i]; i++)
        status = add_piece("core/act.c", parts->pieces[i], text);
    snprintf(value, sizeof value, "static void %s_value(", act->name);
    if (status == STATUS_OK)
        status = add_piece("core/act.c", value, text);
    if (status == STATUS_OK)
        status = add_piece("core/data.c", "static real scaled(", text);
    if (status == STATUS_OK)
        status = add_piece("core/data.c", "static real unscaled(", text);
    return status;
}
