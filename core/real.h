/* The number type of the core, and what the core promises about arithmetic.
 *
 * Every build on every machine gives the same bits, because
 *  - the only type of arithmetic is IEEE 754 binary64, rounded to nearest;
 *  - nothing is contracted, reassociated or assumed away: -ffp-contract=off, never -ffast-math;
 *  - every sum has one order, fixed by the shapes alone and written in the code.
 *
 * The core does arithmetic only. It has no input or output, clock, thread, global, or exit.
 */
#ifndef CORE_REAL_H
#define CORE_REAL_H

#include <float.h>
#include <stddef.h>
#include <stdint.h>

#if FLT_EVAL_METHOD != 0
#error "the core needs arithmetic in the declared type (on i686: -msse2 -mfpmath=sse)"
#endif

typedef double real;

_Static_assert(sizeof(real) == 8, "the core is written for IEEE 754 binary64");

/* What can become of a call that can fail. */
typedef enum Outcome {
    OUTCOME_OK,
    OUTCOME_NO_MEMORY, /* an allocation failed; nothing has changed */
    OUTCOME_TOO_LARGE, /* a size would not fit size_t */
    OUTCOME_BAD_BYTES, /* bytes that are not what they should be: cut off, damaged, or foreign */
    OUTCOME_DIVERGED,  /* a number is not finite any more */
} Outcome;

#define MUST_USE __attribute__((warn_unused_result))

#endif
