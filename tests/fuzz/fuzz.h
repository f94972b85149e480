/* What the fuzz targets share: the two functions that libFuzzer calls, and what they demand.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Ends the process, which is a finding, where something does not hold. */
static inline void demand(bool truth)
{
    if (!truth)
        abort();
}

#endif
