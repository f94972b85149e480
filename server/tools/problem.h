/* What is wrong with a request, collected so that all of it can be said at once: one sentence for
 * the whole, and an item for each field, row or option. It allocates nothing, so it can also say
 * that there is no memory.
 */
#ifndef TOOLS_PROBLEM_H
#define TOOLS_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/status.h"

#define PROBLEM_ITEMS 32
#define PROBLEM_POINTER 128
#define PROBLEM_DETAIL 320

typedef struct ProblemItem {
    char pointer[PROBLEM_POINTER]; /* "#/x/3/1" in a JSON body, "?epochs" in the query */
    char detail[PROBLEM_DETAIL];   /* what would be right, and what was given */
} ProblemItem;

typedef struct Problem {
    Status status;               /* STATUS_OK while nothing is wrong */
    char detail[PROBLEM_DETAIL]; /* the whole in one sentence; "" where the items say it */
    size_t count;                /* items kept */
    size_t dropped;              /* items beyond PROBLEM_ITEMS, counted only */
    ProblemItem item[PROBLEM_ITEMS];
} Problem;

/* Nothing is wrong yet. */
void problem_clear(Problem *problem);

/* Makes *to what *from is. An assignment would copy the room for all items, 14 KiB. */
void problem_copy(const Problem *from, Problem *to);

/* Sets the whole; returns status, so that a caller can `return problem_set(...)`. */
Status problem_set(Problem *problem, Status status, const char *format, ...) PRINTF_LIKE(3, 4);

/* Adds an item. The status becomes STATUS_INVALID where nothing was wrong before. */
void problem_add(Problem *problem, const char *pointer, const char *format, ...) PRINTF_LIKE(3, 4);

/* The items there are, with those that were not kept. */
size_t problem_size(const Problem *problem);

/* Whether no item came after there were so many, and nothing else ends the request. */
bool problem_none_since(const Problem *problem, size_t size);

/* The pointer to the member `name` of what `place` points at (RFC 6901: "~" is "~0" there, and "/"
 * is "~1"), cut where it is long. */
void problem_member(const char *place, const char *name, char pointer[PROBLEM_POINTER]);

/* Takes back the items at pointer; returns how many they were. What is dropped stays counted. */
size_t problem_take_back(Problem *problem, const char *pointer);

/* The whole in one sentence, from the detail, the only item, or the number of items. */
void problem_sentence(const Problem *problem, size_t size, char *sentence);

/* Adds that a name is not known at pointer, with the nearest known one. */
void problem_add_unknown(Problem *problem, const char *pointer, const char *name,
                         const char *const *names, size_t count);

#endif
