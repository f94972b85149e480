/* The two clocks, and times as text. */
#include <criterion/criterion.h>
#include <string.h>

#include "test_store_fixture.h"
#include "tools/clock.h"

TestSuite(clock, .fini = fixture_no_leaks);

static const char *text_of(int64_t ms)
{
    static char text[CLOCK_TEXT];
    clock_text(ms, text);
    return text;
}

Test(clock, a_time_is_rfc_3339_with_milliseconds)
{
    cr_expect_str_eq(text_of(0), "1970-01-01T00:00:00.000Z");
    cr_expect_str_eq(text_of(1769903999123), "2026-01-31T23:59:59.123Z");
    cr_expect_str_eq(text_of(951782400007), "2000-02-29T00:00:00.007Z");
    cr_expect_str_eq(text_of(253402300799999), "9999-12-31T23:59:59.999Z");
}

Test(clock, texts_of_times_sort_as_the_times_do)
{
    char before[CLOCK_TEXT], after[CLOCK_TEXT];
    for (int64_t ms = 1; ms < 4000000000000; ms += 37000000017) {
        clock_text(ms - 1, before);
        clock_text(ms, after);
        cr_assert_lt(strcmp(before, after), 0, "%s, %s", before, after);
    }
}

Test(clock, the_wall_clock_is_in_this_century)
{
    cr_expect_gt(clock_now_ms(), 1700000000000);
    cr_expect_lt(clock_now_ms(), 4102444800000);
}

Test(clock, the_other_clock_never_goes_back)
{
    double last = clock_seconds();
    for (int i = 0; i < 100000; i++) {
        double now = clock_seconds();
        cr_assert_geq(now, last);
        last = now;
    }
}

static double from_now(double seconds)
{
    struct timespec when = clock_deadline(seconds);
    cr_assert(when.tv_nsec >= 0 && when.tv_nsec < 1000000000L, "%ld ns", when.tv_nsec);
    return (double)when.tv_sec + (double)when.tv_nsec * 1e-9 - clock_seconds();
}

Test(clock, a_deadline_is_that_far_away)
{
    for (int i = 0; i < 1000; i++) {
        double seconds = 100 + i * 0.0017;
        double away = from_now(seconds);
        cr_assert(away <= seconds + 1e-6 && away > seconds - 5, "%f of %f", away, seconds);
    }
}

Test(clock, a_deadline_in_the_past_is_now)
{
    cr_expect_leq(from_now(-1), 0);
    cr_expect_leq(from_now(0), 0);
    cr_expect_gt(from_now(-1e300), -5);
}

Test(clock, a_deadline_without_end_is_far_away_and_no_overflow)
{
    cr_expect_gt(from_now(1e300), 1e7);
}
