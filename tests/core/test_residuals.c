/* Residuals on rows held out, the intervals made of them, and their bytes. */
#include "core/blob.h"
#include "core/fit.h"
#include "core/model.h"
#include "core/residuals.h"
#include "tests/core/fixture.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

/* Of a network that answers 0 in units of 2: |0 - y| * 2 are the residuals. */
static Residuals *measured(const real *y, size_t rows)
{
    Net *net = net_new(1, (const size_t[]){1, 1}, act_find("tanh"));
    Scaling *scaling = scaling_new(1, 1);
    Data *data = data_new(rows, 1, 1);
    cr_assert(net != NULL && scaling != NULL && data != NULL);
    net->parameters[0] = net->parameters[1] = 0;
    scaling->scale[1] = 2;
    for (size_t i = 0; i < rows; i++) {
        data->v[2 * i] = 1;
        data->v[2 * i + 1] = y[i];
    }
    const Net *member = net;
    Residuals *residuals = residuals_measure((Ensemble){&member, 1}, scaling, data);
    cr_assert_not_null(residuals);
    data_free(data);
    scaling_free(scaling);
    net_free(net);
    return residuals;
}

Test(residuals, are_sorted_and_in_the_users_units)
{
    const real y[] = {3, -1, 0.5, -4, 2};
    Residuals *residuals = measured(y, 5);
    const real wanted[] = {1, 2, 4, 6, 8};
    cr_assert_eq(residuals->points, 5);
    for (size_t i = 0; i < 5; i++) {
        cr_expect_eq(residuals->v[i], wanted[i]);
    }
    residuals_free(residuals);
}

Test(residuals, a_quantile_is_the_order_statistic_of_rank_ceil_n_plus_1_times_level)
{
    real y[19];
    for (size_t i = 0; i < 19; i++) {
        y[i] = (real)(19 - i) / 2; /* residuals of 1 to 19 */
    }
    Residuals *residuals = measured(y, 19);
    static const struct {
        real level, quantile;
    } known[] = {{0.05, 1}, {0.050001, 2}, {0.5, 10}, {0.55, 11}, {0.9, 18}, {0.95, 19}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        cr_expect_eq(residuals_quantile(residuals, 0, known[i].level), known[i].quantile, "%g",
                     known[i].level);
    }
    cr_expect(isinf(residuals_quantile(residuals, 0, 0.951)));
    cr_expect(isinf(residuals_quantile(residuals, 0, 0.99)));
    residuals_free(residuals);
}

Test(residuals, a_level_says_how_many_rows_it_takes)
{
    cr_expect_eq(residuals_rows_for(0.5), 1);
    cr_expect_eq(residuals_rows_for(0.8), 4);
    cr_expect_eq(residuals_rows_for(0.9), 9);
    cr_expect_eq(residuals_rows_for(0.95), 19);
    cr_expect_eq(residuals_rows_for(0.99), 99);
    cr_expect_eq(residuals_rows_for(0.999), 999);
    cr_expect_eq(residuals_rows_for(0.01), 1);
}

Test(residuals, of_many_rows_quantiles_are_kept_that_are_not_too_small)
{
    const size_t rows = 3 * RESIDUALS_POINTS + 7;
    real *y = calloc(rows, sizeof *y);
    cr_assert_not_null(y);
    for (size_t i = 0; i < rows; i++) {
        y[i] = (real)(rows - i) / 2; /* residuals of 1 to rows */
    }
    Residuals *residuals = measured(y, rows);
    cr_assert_eq(residuals->points, RESIDUALS_POINTS);
    cr_expect_eq(residuals->v[RESIDUALS_POINTS - 1], (real)rows);
    for (int percent = 1; percent < 100; percent++) {
        const real exact = ceil((real)(rows + 1) * percent / 100 * (1 - 1e-12));
        const real kept = residuals_quantile(residuals, 0, (real)percent / 100);
        cr_expect(kept >= exact && kept <= exact + 4, "%d: %g for %g", percent, kept, exact);
    }
    cr_expect_eq(residuals_quantile(residuals, 0, 0.9999), (real)rows);
    residuals_free(residuals);
    free(y);
}

/* y = x0 + noise, 200 rows. */
static Model *trained(size_t ensemble, real split)
{
    FitOptions options = {.restarts = 1, .ensemble = ensemble};
    TrainEnd end;
    Fit *fit;
    options.train = fixture_options();
    options.train.validation_split = split;
    cr_assert_eq(fit_new_take(&options, NULL, &fit, fixture_data(200, 3, 2, 4)), OUTCOME_OK);
    cr_assert_eq(fit_train(fit, NULL, &end), OUTCOME_OK);
    Model *model = fit_model(fit);
    cr_assert_not_null(model);
    fit_free(fit);
    return model;
}

Test(residuals, come_back_from_bytes_with_a_network_and_with_an_ensemble)
{
    for (size_t ensemble = 1; ensemble <= 3; ensemble += 2) {
        Model *model = trained(ensemble, 0.25), *back;
        unsigned char *bytes;
        size_t size;
        cr_assert_not_null(model->residuals);
        cr_assert_eq(model->residuals->rows, 50);
        cr_assert_eq(blob_from_model(model, &bytes, &size), OUTCOME_OK);
        cr_assert_eq(blob_to_model(bytes, size, &back), OUTCOME_OK);
        cr_assert_eq(back->members, ensemble);
        cr_assert_eq(back->residuals->rows, 50);
        cr_assert_eq(back->residuals->outputs, 2);
        for (size_t i = 0; i < 100; i++) {
            cr_assert_eq(back->residuals->v[i], model->residuals->v[i]);
        }
        model_free(back);
        model_free(model);
        free(bytes);
    }
}

Test(residuals, that_are_no_such_are_refused)
{
    Model *model = trained(1, 0.25), *back;
    Residuals *residuals = model->residuals;
    unsigned char *bytes;
    size_t size;
    const real least = residuals->v[0];
    residuals->v[0] = residuals->v[1] + 1;
    cr_expect_eq(blob_from_model(model, &bytes, &size), OUTCOME_DIVERGED);
    residuals->v[0] = -1;
    cr_expect_eq(blob_from_model(model, &bytes, &size), OUTCOME_DIVERGED);
    residuals->v[0] = least;
    cr_assert_eq(blob_from_model(model, &bytes, &size), OUTCOME_OK);
    const size_t at = size - 8 - 8 * residuals_numbers(residuals);
    for (size_t byte = at; byte < size - 8; byte += 8) {
        bytes[byte + 7] ^= 0x80; /* a count beyond bounds, or a number below 0 */
        const uint64_t sum = blob_checksum(bytes, size - 8);
        for (size_t i = 0; i < 8; i++) {
            bytes[size - 8 + i] = (unsigned char)(sum >> (8 * i));
        }
        cr_expect_eq(blob_to_model(bytes, size, &back), OUTCOME_BAD_BYTES, "byte %zu", byte);
        bytes[byte + 7] ^= 0x80;
    }
    free(bytes);
    model_free(model);
}

Test(residuals, are_not_there_where_no_rows_were_held_out)
{
    Model *model = trained(1, 0);
    cr_expect_null(model->residuals);
    model_free(model);
}
