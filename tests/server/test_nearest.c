/* Names that are near one that is not known. */
#include <criterion/criterion.h>
#include <string.h>

#include "tools/nearest.h"

static const char *nearest(const char *given)
{
    static const char *const names[] = {"learning_rate", "epochs", "hidden",   "beta1",
                                        "beta2",         "l2",     "patience", "momentum"};
    const char *name = nearest_name(given, names, sizeof names / sizeof *names);
    return name ? name : "";
}

Test(nearest, a_slip_of_the_finger_is_near)
{
    cr_expect_str_eq(nearest("lerning_rate"), "learning_rate");
    cr_expect_str_eq(nearest("learning-rate"), "learning_rate");
    cr_expect_str_eq(nearest("epoch"), "epochs");
    cr_expect_str_eq(nearest("epohcs"), "epochs");
    cr_expect_str_eq(nearest("hiden"), "hidden");
    cr_expect_str_eq(nearest("momentun"), "momentum");
    cr_expect_str_eq(nearest("HIDDEN"), "hidden");
}

Test(nearest, the_beginning_of_a_name_is_near)
{
    cr_expect_str_eq(nearest("learn"), "learning_rate");
    cr_expect_str_eq(nearest("pat"), "patience");
}

Test(nearest, what_is_far_from_all_names_is_near_none)
{
    cr_expect_str_eq(nearest("zzzzzz"), "");
    cr_expect_str_eq(nearest(""), "");
    cr_expect_str_eq(nearest("x"), "");
    cr_expect_null(nearest_name("epochs", NULL, 0));
}

Test(nearest, a_given_name_without_end_is_compared_without_harm)
{
    char text[5001] = {0};
    const char *const names[] = {"epochs"};
    memset(text, 'e', sizeof text - 1);
    cr_expect(!nearest_name(text, names, 1) || *nearest_name(text, names, 1) == 'e');
}

Test(nearest, what_other_tools_call_it_comes_before_what_only_looks_alike)
{
    cr_expect_str_eq(nearest("lr"), "learning_rate");
    cr_expect_str_eq(nearest("eta"), "learning_rate");
    cr_expect_str_eq(nearest("units"), "hidden");
    cr_expect_str_eq(nearest("Weight_Decay"), "l2");
    cr_expect_str_eq(nearest("solver"), "", "there is no optimizer among these");
}
