/* A store with something of all kinds in it, and every question that can be put to it. What is
 * answered is summed up, so that an answer can be told from any other.
 */
#ifndef TEST_STORE_READS_H
#define TEST_STORE_READS_H

#include "store/store.h"

#define READS_MAX 40

typedef struct Reading {
    const char *name; /* of what was asked for */
    Status status;
    uint64_t sum; /* of the answer; 0 where there was none */
} Reading;

typedef struct Readings {
    Reading one[READS_MAX];
    size_t count;
} Readings;

/* Fills the new store in the test's directory, and closes it. */
void reads_prepare(void);

/* Puts all questions to it, in their order. */
Readings reads_ask(Store *store);

/* A StoreTell. */
void reads_tell_nobody(void *arg, const char *finding);

#endif
