/* Blocks that threads keep: whoever uses them must not tell that they were used before, nor lose
 * one, whichever thread gives it back. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>

#include "test_store_fixture.h"
#include "tools/spare.h"

TestSuite(spare, .fini = fixture_no_leaks);

#define SIZES 9 /* more than a thread keeps */

static void *block_of(size_t size)
{
    unsigned char *block = spare_alloc(size);
    cr_assert_not_null(block);
    memset(block, (int)(size & 0xFF), size);
    return block;
}

Test(spare, two_blocks_that_are_in_use_are_two)
{
    void *first = block_of(2000), *second = block_of(2000);
    cr_assert_neq(first, second);
    spare_free(first, 2000);
    void *third = block_of(2000), *fourth = block_of(2000);
    cr_assert_neq(third, second);
    cr_assert_neq(third, fourth);
    spare_free(second, 2000);
    spare_free(third, 2000);
    spare_free(fourth, 2000);
    spare_free(NULL, 2000);
}

Test(spare, blocks_of_all_sizes_have_their_room)
{
    unsigned char *block[SIZES];
    for (size_t turn = 0; turn < 3; turn++) {
        for (size_t i = 0; i < SIZES; i++)
            block[i] = block_of(1000 + 500 * i);
        for (size_t i = 0; i < SIZES; i++) {
            size_t size = 1000 + 500 * i;
            cr_assert_eq(block[i][size - 1], size & 0xFF);
            spare_free(block[i], size);
        }
    }
}

static void *give_back_and_take(void *block)
{
    spare_free(block, 3000);
    return block_of(3000);
}

Test(spare, a_block_goes_from_thread_to_thread_and_is_not_lost_when_one_ends)
{
    pthread_t thread;
    void *block = block_of(3000);
    for (size_t i = 0; i < 8; i++) {
        cr_assert_eq(pthread_create(&thread, NULL, give_back_and_take, block), 0);
        cr_assert_eq(pthread_join(thread, &block), 0);
        cr_assert_eq(((unsigned char *)block)[2999], 3000 & 0xFF);
    }
    spare_free(block, 3000);
}
