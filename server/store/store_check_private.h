/* What the files of the check share.
 */
#ifndef STORE_STORE_CHECK_PRIVATE_H
#define STORE_STORE_CHECK_PRIVATE_H

#include "store/store_check.h"
#include "store/store_private.h"

typedef struct Check {
    Store *store;
    StoreTell *tell;
    void *arg;
    StoreCensus *census;
    Why heard; /* the first trouble with what is looked at just now, or "" */
} Check;

/* Tells a finding. */
void check_tell(Check *check, const char *format, ...) PRINTF_LIKE(2, 3);

/* What the rows say of each other. STATUS_NO_MEMORY, or STATUS_STORE where a part could not be read
 * and that was told. */
Status check_rows(Check *check) MUST_USE;

/* Everything that has bytes of its own. */
Status check_values(Check *check) MUST_USE;

/* Runs a piece of reading with the check as its argument; what cannot be read is told of `what`.
 * STATUS_NO_MEMORY; anything else is STATUS_OK. */
Status check_read(Check *check, ReaderWork *work, void *arg, const char *what) MUST_USE;

#endif
