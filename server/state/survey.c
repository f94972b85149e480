/* Each look is a pass over the rows as they lie, with a few numbers a column. Columns and rows are
 * found to be equal by 64-bit hashes of their bits; equal columns are then compared.
 */
#include "state/survey.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEARLY 0.99            /* share of the rows with one value, of a column that says little */
#define ROWS_FOR_NEARLY 20     /* with fewer of them, that share means nothing */
#define FAR 10                 /* standard deviations from the mean, of an outlier */
#define STEPS 16               /* of a double near the mean, in a standard deviation that is kept */
#define STRAIGHT 0.999999      /* correlation of a feature that gives a target away */
#define CORRELATED_NUMBERS 3e7 /* products of features with targets, at most; rows are left out */

typedef struct Survey {
    const Dataset *dataset;
    const double *v;
    size_t rows, columns;
    Problem *found;
} Survey;

static const char *kind_of(const Survey *survey, size_t c)
{
    return c < survey->dataset->features ? "feature" : "target";
}

static const char *name_of(const Survey *survey, size_t c)
{
    return survey->dataset->column[c].name;
}

static bool is_constant(const Survey *survey, size_t c)
{
    return survey->dataset->column[c].min >= survey->dataset->column[c].max;
}

/* Where an item about the column is. */
static const char *place_of(size_t c, char place[24])
{
    snprintf(place, 24, "%zu", c);
    return place;
}

/* Doubles near the mean lie about DBL_EPSILON of it apart, and each value was rounded to one of
 * them, by up to half a step. */
static bool is_rounded_away(const Column *column)
{
    return column->std < STEPS * DBL_EPSILON * fabs(column->mean);
}

static void look_at_ranges(Survey *survey)
{
    char at[24];
    for (size_t c = 0; c < survey->columns; c++) {
        const Column *column = &survey->dataset->column[c];
        bool target = c >= survey->dataset->features;
        double far = fmax(column->max - column->mean, column->mean - column->min) / column->std;
        if (survey->rows > 1 && is_constant(survey, c))
            problem_add(survey->found, place_of(c, at), "is %.15g in every row: %s", column->min,
                        target ? "there is nothing to learn" : "the network can do without it");
        else if (!is_constant(survey, c) && is_rounded_away(column))
            problem_add(survey->found, place_of(c, at),
                        "has a standard deviation of %.2g about %.15g, where 64-bit floats are "
                        "%.2g apart: much of it is lost in rounding; subtract its mean before it "
                        "is written",
                        column->std, column->mean,
                        nextafter(fabs(column->mean), HUGE_VAL) - fabs(column->mean));
        else if (target && far > FAR)
            problem_add(survey->found, place_of(c, at),
                        "goes from %.6g to %.6g, up to %.0f standard deviations from its mean: a "
                        "few rows decide the loss",
                        column->min, column->max, far);
    }
}

/* The value that may be that of most rows (Boyer and Moore's majority vote, 1981). */
typedef struct Vote {
    double value;
    size_t lead, count;
} Vote;

static void vote(const Survey *survey, Vote *votes)
{
    for (size_t r = 0; r < survey->rows; r++) {
        const double *row = survey->v + r * survey->columns;
        for (size_t c = 0; c < survey->columns; c++) {
            Vote *one = &votes[c];
            if (one->lead == 0)
                one->value = row[c];
            one->lead = one->lead == 0 || row[c] == one->value ? one->lead + 1 : one->lead - 1;
        }
    }
    for (size_t r = 0; r < survey->rows; r++)
        for (size_t c = 0; c < survey->columns; c++)
            votes[c].count += survey->v[r * survey->columns + c] == votes[c].value;
}

static Status look_for_sameness(Survey *survey)
{
    char at[24];
    if (survey->rows < ROWS_FOR_NEARLY)
        return STATUS_OK;
    Vote *votes = calloc(survey->columns, sizeof *votes);
    if (!votes)
        return STATUS_NO_MEMORY;
    vote(survey, votes);
    for (size_t c = 0; c < survey->columns; c++)
        if (!is_constant(survey, c) && (double)votes[c].count >= NEARLY * (double)survey->rows)
            problem_add(survey->found, place_of(c, at), "is %.15g in all but %zu of %zu rows",
                        votes[c].value, survey->rows - votes[c].count, survey->rows);
    free(votes);
    return STATUS_OK;
}

/* Another 64 bits into a hash: the finaliser of SplitMix64 (Steele, Lea and Flood, 2014). */
static uint64_t mix(uint64_t hash, double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    hash = (hash ^ bits) + 0x9E3779B97F4A7C15u;
    hash = (hash ^ hash >> 30) * 0xBF58476D1CE4E5B9u;
    hash = (hash ^ hash >> 27) * 0x94D049BB133111EBu;
    return hash ^ hash >> 31;
}

typedef struct Hashed {
    uint64_t hash;
    size_t column;
} Hashed;

static int by_hash(const void *a, const void *b)
{
    const Hashed *left = a, *right = b;
    if (left->hash != right->hash)
        return left->hash < right->hash ? -1 : 1;
    return left->column < right->column ? -1 : left->column > right->column;
}

static bool columns_are_equal(const Survey *survey, size_t a, size_t b)
{
    bool equal = true;
    for (size_t r = 0; r < survey->rows && equal; r++) {
        const double *row = survey->v + r * survey->columns;
        equal = memcmp(&row[a], &row[b], sizeof *row) == 0;
    }
    return equal;
}

static void tell_equal(Survey *survey, size_t first, size_t second)
{
    char at[24];
    bool leak = first < survey->dataset->features && second >= survey->dataset->features;
    if (leak)
        problem_add(survey->found, place_of(first, at),
                    "is the target '%.100s' itself: the network will learn to copy it, and nothing "
                    "else",
                    name_of(survey, second));
    else
        problem_add(survey->found, place_of(second, at),
                    "is the same in every row as the %s '%.100s'", kind_of(survey, first),
                    name_of(survey, first));
}

static Status look_for_twins(Survey *survey)
{
    Hashed *hashed = calloc(survey->columns, sizeof *hashed);
    if (!hashed)
        return STATUS_NO_MEMORY;
    for (size_t c = 0; c < survey->columns; c++)
        hashed[c].column = c;
    for (size_t r = 0; r < survey->rows; r++)
        for (size_t c = 0; c < survey->columns; c++)
            hashed[c].hash = mix(hashed[c].hash, survey->v[r * survey->columns + c]);
    qsort(hashed, survey->columns, sizeof *hashed, by_hash);
    for (size_t i = 1; i < survey->columns; i++) {
        size_t a = hashed[i - 1].column, b = hashed[i].column;
        if (hashed[i - 1].hash == hashed[i].hash && !is_constant(survey, a) &&
            columns_are_equal(survey, a, b))
            tell_equal(survey, a, b);
    }
    free(hashed);
    return STATUS_OK;
}

/* Sums over rows of a feature x with a target y, each about its mean and by its deviation. */
typedef struct Pair {
    double x, y, xx, yy, xy, n;
} Pair;

static double standard(const Column *column, double value)
{
    return (value - column->mean) / column->std;
}

static double correlation(const Pair *sums)
{
    double n = sums->n;
    double xx = sums->xx - sums->x * sums->x / n, yy = sums->yy - sums->y * sums->y / n;
    return (sums->xy - sums->x * sums->y / n) / sqrt(xx * yy);
}

/* One feature with one target. */
static double correlate(const Survey *survey, size_t feature, size_t target, size_t step)
{
    const Column *column = survey->dataset->column;
    Pair sums = {0};
    for (size_t r = 0; r < survey->rows; r += step) {
        const double *row = survey->v + r * survey->columns;
        double x = standard(&column[feature], row[feature]);
        double y = standard(&column[target], row[target]);
        sums.x += x;
        sums.y += y;
        sums.xx += x * x;
        sums.yy += y * y;
        sums.xy += x * y;
        sums.n++;
    }
    return correlation(&sums);
}

static void look_at_pair(Survey *survey, size_t feature, size_t target, size_t step)
{
    char at[24];
    if (is_constant(survey, feature) || is_constant(survey, target))
        return;
    double r = correlate(survey, feature, target, step);
    if (fabs(r) > STRAIGHT && !columns_are_equal(survey, feature, target))
        problem_add(
            survey->found, place_of(feature, at),
            "goes with the target '%.100s' along a straight line (correlation %.7f): it may "
            "be the target in other units",
            name_of(survey, target), r);
}

/* Two values lie on a line whatever they are. */
static void look_for_leaks(Survey *survey)
{
    size_t features = survey->dataset->features;
    double numbers = (double)survey->rows * (double)features * (double)survey->dataset->targets;
    size_t step = 1 + (size_t)(numbers / CORRELATED_NUMBERS);
    if (survey->rows / step < 3)
        return;
    for (size_t f = 0; f < features; f++)
        for (size_t t = features; t < survey->columns; t++)
            look_at_pair(survey, f, t, step);
}

/* Rows whose hash was seen before: a table with open addresses, 0 being free. */
static Status count_copies(const Survey *survey, size_t *copies)
{
    size_t room = 16;
    while (room < 2 * survey->rows)
        room *= 2;
    uint64_t *seen = calloc(room, sizeof *seen);
    if (!seen)
        return STATUS_NO_MEMORY;
    *copies = 0;
    for (size_t r = 0; r < survey->rows; r++) {
        uint64_t hash = 0;
        for (size_t c = 0; c < survey->columns; c++)
            hash = mix(hash, survey->v[r * survey->columns + c]);
        hash |= hash == 0;
        size_t at = (size_t)hash & (room - 1);
        while (seen[at] != 0 && seen[at] != hash)
            at = (at + 1) & (room - 1);
        *copies += seen[at] == hash;
        seen[at] = hash;
    }
    free(seen);
    return STATUS_OK;
}

Status survey(const Dataset *dataset, Problem *columns, size_t *copies)
{
    Survey survey = {dataset, dataset->data->v, dataset->rows, dataset->features + dataset->targets,
                     columns};
    look_at_ranges(&survey);
    Status status = look_for_sameness(&survey);
    if (status == STATUS_OK)
        status = look_for_twins(&survey);
    if (status == STATUS_OK)
        status = count_copies(&survey, copies);
    if (status == STATUS_OK)
        look_for_leaks(&survey);
    return status;
}
