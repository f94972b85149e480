/* Ids: a prefix, then 10 characters of time and 10 at random, in Crockford's base 32. They sort by
 * creation, also within a millisecond and when the wall clock steps back.
 * Thread rule: an IdMaker belongs to one thread (that of the store's writer).
 */
#ifndef TOOLS_ID_H
#define TOOLS_ID_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/status.h"

#define ID_SIZE 32 /* prefix of at most 8 characters, 20 more, the final 0 */

typedef struct IdMaker {
    uint64_t last_ms;
    uint64_t last_random; /* 50 bits */
} IdMaker;

/* A new id that is greater than every earlier one of this maker: "ds_01J...". */
void id_make(IdMaker *maker, const char *prefix, char id[ID_SIZE]);

/* Whether text is an id of that prefix by its form. */
bool id_has_form(const char *text, const char *prefix);

#endif
