/* What the kernel says of the memory that is left. */
#include <criterion/criterion.h>
#include <unistd.h>

#include "tools/memory.h"

Test(memory_available, is_above_nothing_and_below_all_that_there_is)
{
    double all = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    cr_expect_gt(memory_available(), 0);
    cr_expect_leq(memory_available(), all);
}
