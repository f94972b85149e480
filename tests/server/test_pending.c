/* Keys under way. */
#include <criterion/criterion.h>

#include "state/pending.h"
#include "test_store_fixture.h"

TestSuite(pending, .fini = fixture_no_leaks);

Test(pending, a_key_is_under_way_until_it_ends)
{
    Pending *pending = pending_new();
    cr_assert_not_null(pending);
    cr_expect(pending_begin(pending, "a") == STATUS_OK);
    cr_expect(pending_begin(pending, "a") == STATUS_CONFLICT);
    cr_expect(pending_begin(pending, "b") == STATUS_OK);
    pending_end(pending, "a");
    cr_expect(pending_begin(pending, "a") == STATUS_OK);
    cr_expect(pending_begin(pending, "b") == STATUS_CONFLICT);
    pending_free(pending);
}

Test(pending, the_end_of_a_key_that_never_began_is_nothing)
{
    Pending *pending = pending_new();
    cr_assert_not_null(pending);
    pending_end(pending, "a");
    cr_expect(pending_begin(pending, "a") == STATUS_OK);
    pending_end(pending, "a");
    pending_free(pending);
}
