/* The walk over a state. Reading never leaves the bytes that there are: past their end all numbers
 * are 0 and the tape is bad. Only reading changes the state: other threads may look at it while it
 * is written. Owns nothing.
 */
#include "core/tape.h"

#include "core/bytes.h"

#include <math.h>
#include <string.h>

enum { WORD = 8 };

void tape_word(Tape *tape, uint64_t *word)
{
    const int fits = tape->mode == TAPE_COUNT || tape->size - tape->at >= WORD;
    if (!fits) {
        tape->bad = 1;
        *word = tape->mode == TAPE_READ ? 0 : *word;
        return;
    }
    if (tape->mode == TAPE_WRITE) {
        bytes_store(tape->out + tape->at, WORD, *word);
    } else if (tape->mode == TAPE_READ) {
        *word = bytes_load(tape->in + tape->at, WORD);
    }
    tape->at += WORD;
}

void tape_size(Tape *tape, size_t *size)
{
    uint64_t word = *size;
    tape_word(tape, &word);
    if (tape->mode == TAPE_READ) {
        tape_check(tape, word <= SIZE_MAX);
        *size = (size_t)word;
    }
}

void tape_real(Tape *tape, real *number)
{
    uint64_t bits;
    memcpy(&bits, number, sizeof bits);
    tape_word(tape, &bits);
    if (tape->mode == TAPE_READ) {
        memcpy(number, &bits, sizeof bits);
    }
}

void tape_reals(Tape *tape, real *numbers, size_t n)
{
    if (tape->mode == TAPE_COUNT) {
        tape->at += n * WORD;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        tape_real(tape, &numbers[i]);
        tape_check(tape, isfinite(numbers[i]));
    }
}

void tape_expect(Tape *tape, uint64_t word)
{
    uint64_t found = word;
    tape_word(tape, &found);
    tape_check(tape, found == word);
}

void tape_expect_text(Tape *tape, const char *text)
{
    const size_t length = strlen(text);
    tape_expect(tape, length);
    for (size_t i = 0; i < length; i += WORD) {
        const size_t left = length - i;
        unsigned char eight[WORD] = {0};
        memcpy(eight, text + i, left < WORD ? left : WORD);
        tape_expect(tape, bytes_load(eight, WORD));
    }
}

void tape_check(Tape *tape, int sound)
{
    if (!sound) {
        tape->bad = 1;
    }
}
