/* The line search on functions whose shape is known: what it returns meets the strong Wolfe
 * conditions, what is not a number never does, and it knows when to give up.
 */
#include "core/linesearch.h"

#include <criterion/criterion.h>
#include <math.h>

/* A function of one number, its slope, and how often it was asked. */
typedef struct Curve {
    real (*value)(real x);
    real (*slope)(real x);
    size_t asked, end_at;
} Curve;

static TrainEnd evaluate(void *context, LinePoint *point)
{
    Curve *curve = context;
    if (++curve->asked == curve->end_at) {
        return TRAIN_CANCELLED;
    }
    point->value = curve->value(point->step);
    point->slope = curve->slope(point->step);
    return TRAIN_GOES_ON;
}

static LinePoint start_of(const Curve *curve)
{
    return (LinePoint){.value = curve->value(0), .slope = curve->slope(0)};
}

static LinePoint search(Curve *curve, real first)
{
    LinePoint found;
    const Line line = {curve, evaluate};
    curve->asked = 0;
    cr_assert_eq(line_search(&line, start_of(curve), first, &found), TRAIN_GOES_ON);
    return found;
}

static void assert_wolfe(Curve *curve, real first)
{
    const LinePoint start = start_of(curve), found = search(curve, first);
    cr_assert(found.step > 0, "from %g", first);
    cr_assert_eq(found.value, curve->value(found.step));
    cr_assert_leq(found.value, start.value + 1e-4 * found.step * start.slope);
    cr_assert_leq(fabs(found.slope), -0.9 * start.slope);
    cr_assert_leq(curve->asked, 25);
}

static real parabola(real x)
{
    return (x - 3) * (x - 3);
}

static real parabola_slope(real x)
{
    return 2 * (x - 3);
}

/* Moré and Thuente (1994), function 1: flat far out. */
static real far_out(real x)
{
    return -x / (x * x + 2);
}

static real far_out_slope(real x)
{
    return (x * x - 2) / ((x * x + 2) * (x * x + 2));
}

static real waves(real x)
{
    return 0.5 * cos(5 * x) - x + 0.02 * x * x;
}

static real waves_slope(real x)
{
    return -2.5 * sin(5 * x) - 1 + 0.04 * x;
}

/* Not a number, or infinite, beyond a wall. */
static real walled(real x)
{
    return x < 0.01 ? (x - 0.005) * (x - 0.005) : x < 1 ? (real)NAN : -(real)INFINITY;
}

static real walled_slope(real x)
{
    return x < 0.01 ? 2 * (x - 0.005) : (real)NAN;
}

Test(linesearch, what_is_found_meets_the_strong_wolfe_conditions)
{
    Curve curves[] = {{parabola, parabola_slope, 0, 0},
                      {far_out, far_out_slope, 0, 0},
                      {waves, waves_slope, 0, 0},
                      {walled, walled_slope, 0, 0}};
    for (size_t c = 0; c < 4; c++) {
        for (real first = 1e-4; first < 1e5; first *= 10) {
            assert_wolfe(&curves[c], first);
        }
    }
}

Test(linesearch, a_first_trial_that_will_do_is_the_only_one)
{
    Curve curve = {parabola, parabola_slope, 0, 0};
    const LinePoint found = search(&curve, 2);
    cr_assert(found.step == 2 && curve.asked == 1);
}

Test(linesearch, a_cubic_through_a_parabola_is_that_parabola)
{
    Curve curve = {parabola, parabola_slope, 0, 0};
    const LinePoint found = search(&curve, 20); /* too far: the value is above the start's */
    cr_assert_eq(curve.asked, 2);
    cr_assert_float_eq(found.step, 3, 1e-12);
}

static real rising(real x)
{
    return x;
}

static real said_to_fall(real x)
{
    return x > 0 ? 1 : -1;
}

Test(linesearch, a_line_that_only_rises_gives_no_step)
{
    Curve curve = {rising, said_to_fall, 0, 0};
    const LinePoint found = search(&curve, 1);
    cr_assert(found.step == 0 && curve.asked == 25);
}

static real no_number(real x)
{
    return x > 0 ? (real)NAN : 0;
}

Test(linesearch, a_line_of_no_numbers_gives_no_step)
{
    Curve curve = {no_number, said_to_fall, 0, 0};
    cr_assert_eq(search(&curve, 1).step, 0);
}

static real falling(real x)
{
    return -x;
}

static real falling_slope(real x)
{
    (void)x;
    return -1;
}

Test(linesearch, a_line_without_a_bottom_ends_with_the_lowest_point_seen)
{
    Curve curve = {falling, falling_slope, 0, 0};
    const LinePoint found = search(&curve, 1);
    cr_assert(found.step > 1e10 && isfinite(found.value) && curve.asked == 25);
}

Test(linesearch, an_interruption_is_handed_on)
{
    LinePoint found;
    for (size_t at = 1; at <= 2; at++) {
        Curve curve = {parabola, parabola_slope, 0, at};
        const Line line = {&curve, evaluate};
        cr_assert_eq(line_search(&line, start_of(&curve), 20, &found), TRAIN_CANCELLED);
        cr_assert_eq(curve.asked, at);
    }
}
