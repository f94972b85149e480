/* What the kernel says of the memory there is. */
#include <criterion/criterion.h>
#include <unistd.h>

#include "tools/memory.h"

static double installed(void)
{
    return (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
}

Test(memory, what_is_left_is_above_nothing_and_below_all_that_there_is)
{
    cr_expect_gt(memory_available(), 0);
    cr_expect_leq(memory_available(), installed());
}

Test(memory, what_the_process_may_take_is_above_nothing_and_below_all_that_there_is)
{
    cr_expect_gt(memory_total(), 1 << 20);
    cr_expect_leq(memory_total(), installed());
}
