/* A walk over the fields of a state, each named once: the same walk counts the bytes, writes them
 * and reads them back. Every number takes 8 bytes, little-endian.
 */
#ifndef CORE_TAPE_H
#define CORE_TAPE_H

#include "core/real.h"

typedef enum TapeMode { TAPE_COUNT, TAPE_WRITE, TAPE_READ } TapeMode;

typedef struct Tape {
    TapeMode mode;
    size_t at;               /* bytes walked so far */
    size_t size;             /* bytes that there are; of no meaning to TAPE_COUNT */
    unsigned char *out;      /* TAPE_WRITE */
    const unsigned char *in; /* TAPE_READ */
    int bad;                 /* TAPE_READ: what was read is not what was expected */
} Tape;

void tape_word(Tape *tape, uint64_t *word);
void tape_size(Tape *tape, size_t *size);
void tape_real(Tape *tape, real *number); /* any bits, NaN too */

/* n numbers; one that is not finite is bad. */
void tape_reals(Tape *tape, real *numbers, size_t n);

/* A word that has to be there as it is: part of what binds a state to its owner. */
void tape_expect(Tape *tape, uint64_t word);
void tape_expect_text(Tape *tape, const char *text); /* its length, then its bytes by eights */

/* Marks the tape as bad unless what was just read is sound. */
void tape_check(Tape *tape, int sound);

#endif
