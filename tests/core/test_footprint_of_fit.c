/* The memory of a training to come, held against what a training has taken. */
#include <criterion/criterion.h>
#include <malloc.h>
#include <math.h>

#include "core/footprint.h"

enum { SLACK = 128 * 1024 }; /* bytes, and 5 % */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { COUNTED = 0 };
#else
enum { COUNTED = 1 };
#endif

static double in_use(void)
{
    struct mallinfo2 info = mallinfo2();
    return (double)info.uordblks + (double)info.hblkhd;
}

static FitOptions options_of(const char *optimizer, size_t hidden_count)
{
    return (FitOptions){
        .train = {.hidden_count = hidden_count,
                  .hidden = {60, 33},
                  .activation = act_at(0),
                  .optimizer = opt_find(optimizer),
                  .opt = {.learning_rate = 0.01, .beta1 = 0.9, .beta2 = 0.99, .epsilon = 1e-8},
                  .epochs = 1,
                  .patience = 1,
                  .standardize = 1},
        .restarts = 1,
        .ensemble = 1,
    };
}

/* What a fit holds once it is made, its data counted. */
static double taken(const FitOptions *options, size_t rows, size_t inputs)
{
    Fit *fit;
    double before = in_use();
    cr_assert(fit_new_take(options, NULL, &fit, data_new(rows, inputs, 2)) == OUTCOME_OK);
    double after = in_use();
    fit_free(fit);
    return after - before;
}

static void expect_as_taken(const FitOptions *options, size_t rows, size_t inputs)
{
    double formula = footprint_of_fit(options, rows, inputs, 2);
    double real = taken(options, rows, inputs);
    cr_expect(fabs(formula - real) <= SLACK + 0.05 * real, "%s, %zu rows: %g bytes, not %g",
              options->train.optimizer->name, rows, real, formula);
}

Test(footprint_estimate, is_what_a_training_takes)
{
    if (!COUNTED)
        cr_skip_test("the sanitizer owns the allocator");
    for (size_t i = 0; opt_at(i); i++) {
        for (size_t hidden = 0; hidden <= 2; hidden++) {
            FitOptions options = options_of(opt_at(i)->name, hidden);
            expect_as_taken(&options, 300, 10);
            expect_as_taken(&options, 20000, 10);
        }
    }
}

Test(footprint_estimate, counts_batches_networks_and_folds)
{
    FitOptions options = options_of("adam", 2);
    double plain = footprint_of_fit(&options, 1000, 10, 2);
    options.train.batch_size = 100;
    options.train.shuffle = 1;
    cr_expect_eq(footprint_of_fit(&options, 1000, 10, 2), plain + 8 * (100 * 12 + 1000));
    options.train.batch_size = 0;
    options.ensemble = 3;
    double parameters = 11 * 60 + 61 * 33 + 34 * 2;
    cr_expect_eq(footprint_of_fit(&options, 1000, 10, 2), plain + 8 * 2 * parameters);
    options.ensemble = 1;
    options.folds = 5;
    cr_expect_eq(footprint_of_fit(&options, 1000, 10, 2), plain + 8 * 1000 * 12);
}

Test(footprint_estimate, of_a_network_beyond_all_bounds_is_a_number)
{
    FitOptions options = options_of("levenberg_marquardt", 2);
    options.train.hidden[0] = options.train.hidden[1] = 65536;
    double bytes = footprint_of_fit(&options, 1000000, 10000, 1);
    cr_expect(isfinite(bytes) && bytes > 1e18);
}
