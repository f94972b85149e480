/* The extremes of a stretch come through when it ends, in their order. */
#include "state/sieve.h"

#include <math.h>
#include <stdbool.h>

Sieve sieve_new(const RunLength *runs, size_t count, size_t points)
{
    Sieve sieve = {.run = runs};
    for (size_t i = 0; i < count; i++)
        sieve.rows += runs[i].rows;
    sieve.points = points < sieve.rows ? points : sieve.rows;
    sieve.shared = sieve.points > 2 * count ? sieve.points - 2 * count : 0;
    return sieve;
}

/* Where the stretch begins, and where it ends. */
static void begin_stretch(Sieve *sieve, size_t stretch, size_t begin)
{
    sieve->stretch = stretch;
    sieve->begin = begin;
    if (stretch < sieve->stretches)
        sieve->end = 1 + (sieve->run->rows - 2) * (stretch + 1) / sieve->stretches;
}

/* Cuts a run into stretches, by its first row: 0 where nothing comes through between the ends. */
static void begin_run(Sieve *sieve, const Loss *first)
{
    const size_t each = isnan(first->validation) ? 2 : SIEVE_KEPT;
    const size_t room = 2 + sieve->shared * sieve->run->rows / sieve->rows;
    sieve->stretches = (room - 2) / each;
    begin_stretch(sieve, 0, 1);
}

/* Whether all rows of the run come through. */
static bool run_fits(const Sieve *sieve)
{
    const size_t rows = sieve->run->rows;
    return sieve->rows == sieve->points || rows <= 2 + sieve->shared * rows / sieve->rows;
}

static void note_extremes(Sieve *sieve, const Loss *loss)
{
    SieveRow *extreme = sieve->extreme;
    const SieveRow row = {sieve->at, *loss};
    const bool first = sieve->at == sieve->begin;
    if (first || loss->train < extreme[0].loss.train)
        extreme[0] = row;
    if (first || loss->train > extreme[1].loss.train)
        extreme[1] = row;
    if (first || loss->validation < extreme[2].loss.validation)
        extreme[2] = row;
    if (first || loss->validation > extreme[3].loss.validation)
        extreme[3] = row;
}

/* The extremes in their order, without doubles; without validation those of training alone. */
static size_t end_stretch(Sieve *sieve, Loss *kept)
{
    const size_t some = isnan(sieve->extreme[2].loss.validation) ? 2 : SIEVE_KEPT;
    size_t count = 0, after = 0; /* the first row of a run is in no stretch */
    for (;;) {
        const SieveRow *next = NULL;
        for (size_t i = 0; i < some; i++) {
            const SieveRow *row = &sieve->extreme[i];
            if (row->at > after && (!next || row->at < next->at))
                next = row;
        }
        if (!next)
            break;
        kept[count++] = next->loss;
        after = next->at;
    }
    begin_stretch(sieve, sieve->stretch + 1, sieve->end);
    return count;
}

size_t sieve_take(Sieve *sieve, const Loss *loss, Loss kept[SIEVE_KEPT])
{
    const bool last = sieve->at + 1 == sieve->run->rows;
    size_t count = 0;
    if (sieve->at == 0)
        begin_run(sieve, loss);
    if (sieve->at == 0 || last || run_fits(sieve)) {
        kept[count++] = *loss;
    } else if (sieve->stretch < sieve->stretches) {
        note_extremes(sieve, loss);
        if (sieve->at + 1 == sieve->end)
            count = end_stretch(sieve, kept);
    }
    sieve->at = last ? 0 : sieve->at + 1;
    sieve->run += last;
    return count;
}
