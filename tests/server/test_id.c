/* Ids: their form, and that they sort by creation whatever the wall clock does. */
#include <criterion/criterion.h>
#include <string.h>

#include "test_store_fixture.h"
#include "tools/clock.h"
#include "tools/id.h"

TestSuite(id, .fini = fixture_no_leaks);

#define IDS 200000

Test(id, an_id_is_its_prefix_and_twenty_letters_and_digits)
{
    IdMaker maker = {0};
    char id[ID_SIZE];
    id_make(&maker, "job", id);
    cr_expect_eq(strncmp(id, "job_", 4), 0);
    cr_expect_eq(strlen(id), 24);
    cr_expect_eq(strspn(id + 4, "0123456789abcdefghjkmnpqrstvwxyz"), 20);
}

Test(id, a_long_prefix_is_cut_so_that_it_fits)
{
    IdMaker maker = {0};
    char id[ID_SIZE];
    id_make(&maker, "prefix_without_end", id);
    cr_expect_eq(strlen(id), 29);
    cr_expect_eq(strncmp(id, "prefix_w_", 9), 0);
}

Test(id, each_is_greater_than_the_one_before)
{
    IdMaker maker = {0};
    char last[ID_SIZE] = "", id[ID_SIZE];
    for (int i = 0; i < IDS; i++) {
        id_make(&maker, "ds", id);
        cr_assert_gt(strcmp(id, last), 0, "%s after %s", id, last);
        memcpy(last, id, sizeof last);
    }
}

Test(id, they_go_on_growing_when_the_wall_clock_stepped_back)
{
    IdMaker maker = {.last_ms = (uint64_t)clock_now_ms() + 3600 * 1000, .last_random = 7};
    char last[ID_SIZE] = "", id[ID_SIZE];
    for (int i = 0; i < 1000; i++) {
        id_make(&maker, "ds", id);
        cr_assert_gt(strcmp(id, last), 0, "%s after %s", id, last);
        memcpy(last, id, sizeof last);
    }
    cr_expect_eq(maker.last_random, 1007);
}

Test(id, there_is_room_to_count_up_from_the_greatest_start)
{
    const uint64_t greatest = ((uint64_t)1 << 49) - 1;
    IdMaker maker = {.last_ms = (uint64_t)clock_now_ms() + 3600 * 1000, .last_random = greatest};
    char last[ID_SIZE], id[ID_SIZE];
    id_make(&maker, "ds", last);
    id_make(&maker, "ds", id);
    cr_expect_gt(strcmp(id, last), 0, "%s after %s", id, last);
}

Test(id, two_makers_at_the_same_moment_make_different_ids)
{
    char a[ID_SIZE], b[ID_SIZE];
    for (int i = 0; i < 1000; i++) {
        IdMaker one = {0}, other = {0};
        id_make(&one, "ds", a);
        id_make(&other, "ds", b);
        cr_assert_str_neq(a, b);
    }
}

Test(id, the_time_comes_first)
{
    IdMaker early = {0}, late = {.last_ms = (uint64_t)clock_now_ms() + 3600 * 1000};
    char a[ID_SIZE], b[ID_SIZE];
    id_make(&early, "ds", a);
    id_make(&late, "ds", b);
    cr_expect_lt(strcmp(a, b), 0);
}
