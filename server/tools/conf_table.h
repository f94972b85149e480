/* The table of options, as its readers (conf.c) and its printers share it.
 */
#ifndef TOOLS_CONF_TABLE_H
#define TOOLS_CONF_TABLE_H

#include "tools/conf.h"

typedef enum ConfKind {
    KIND_ADDRESS,
    KIND_PATH, /* never empty */
    KIND_FILE, /* a path that may be missing: "" */
    KIND_COUNT,
    KIND_BYTES,
    KIND_LEVEL,
    KIND_FLAG,
    KIND_HOSTS, /* a list with commas between, as the next one */
    KIND_ORIGINS
} ConfKind;

typedef struct ConfOption {
    const char *name;
    ConfKind kind;
    size_t offset, size;   /* of the member of Conf */
    const char *otherwise; /* the default, as text */
    int64_t min, max;
    const char *help;
} ConfOption;

#define CONF_OPTIONS_MAX 32

extern const ConfOption conf_options[];
extern const size_t conf_option_count; /* at most CONF_OPTIONS_MAX */

/* The words of a kind that takes one of a few, by number; NULL past the end. */
const char *conf_word(ConfKind kind, size_t i);

#endif
