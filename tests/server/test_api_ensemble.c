/* Models of several networks as replies: described, their weights, their predictions' spread. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test_api_fixture.h"

TestSuite(api_ensemble, .init = api_start, .fini = api_end);

/* Keeps a model e of so many members, 3 - 4 - 1. */
static Model *keep(size_t members)
{
    Store *store = api_services()->store;
    Model *model = fixture_ensemble(members);
    fixture_queued(store, fixture_stored_dataset(store), "e");
    cr_assert_eq(fixture_succeed_with(store, model), 1);
    return model;
}

Test(api_ensemble, it_says_how_many_members_it_has)
{
    model_free(keep(3));
    cr_assert_eq(api_get("/v1/models/e")->reply.code, 200);
    cr_expect_eq(api_number("members"), 3);
    cr_expect_eq(api_number("parameters"), 3 * 21);
    cr_expect_eq(json_array_size(api_at("layers")), 2);
    cr_assert_eq(api_get("/v1/models")->reply.code, 200);
    cr_expect_eq(api_number("data/0/members"), 3);
}

Test(api_ensemble, its_weights_come_member_by_member)
{
    Model *model = keep(2);
    cr_assert_eq(api_get("/v1/models/e/weights")->reply.code, 200);
    cr_assert_eq(json_array_size(api_at("members")), 2);
    for (size_t m = 0; m < 2; m++) {
        char path[64];
        const Net *net = model->member[m];
        snprintf(path, sizeof path, "members/%zu/layers/0/weights/1/0", m);
        cr_expect_eq(api_number(path), net_layer(net, net->parameters, 0).weights[1]);
        snprintf(path, sizeof path, "members/%zu/layers/1/biases/0", m);
        cr_expect_eq(api_number(path), net_layer(net, net->parameters, 1).biases[0]);
    }
    model_free(model);
}

#define PREDICT "/v1/models/e:predict"

Test(api_ensemble, it_predicts_the_mean_and_on_demand_the_deviation)
{
    Model *model = keep(3);
    double x[] = {1, 2, 3, -1, 0, 2}, y[2], std[2];
    cr_assert_eq(model_predict(model, mat_in(x, 2, 3), mat_out(y, 2, 1), mat_out(std, 2, 1)),
                 OUTCOME_OK);
    cr_assert_eq(api_post(PREDICT, "{\"instances\": [[1, 2, 3], [-1, 0, 2]], \"std\": true}")
                     ->reply.code,
                 200);
    cr_expect(api_number("predictions/0") == y[0] && api_number("predictions/1") == y[1]);
    cr_expect(api_number("std/0") == std[0] && api_number("std/1") == std[1]);
    cr_expect(std[0] > 0 && std[0] != std[1]);
    api_post(PREDICT, "{\"instances\": [[1, 2, 3]], \"std\": false}");
    cr_expect_eq(api_number("predictions/0"), y[0]);
    cr_expect_null(json_object_get(api_at(""), "std"));
    model_free(model);
}

Test(api_ensemble, one_network_has_no_deviation)
{
    model_free(keep(1));
    cr_assert_eq(api_post(PREDICT, "{\"instances\": [[1, 2, 3]], \"std\": true}")->reply.code, 200);
    cr_expect_eq(api_number("std/0"), 0);
    cr_assert_eq(api_get("/v1/models/e/weights")->reply.code, 200);
    cr_expect_eq(json_array_size(api_at("layers")), 2);
}

Test(api_ensemble, std_is_true_or_false)
{
    model_free(keep(1));
    api_post(PREDICT, "{\"instances\": [[1, 2, 3]], \"std\": 1}");
    api_expect_mistake("#/std", "must be true or false, got 1");
    api_post(PREDICT, "{\"instances\": [[1, 2, 3]], \"stdd\": true}");
    api_expect_mistake("#/stdd", "is not known here; did you mean 'std'?");
}

Test(api_ensemble, a_job_starts_from_all_its_members)
{
    JobStart start;
    Model *model = keep(2);
    cr_assert_eq(api_csv("/v1/jobs?from_model=e", "a,b,c,d\n1,2,3,4\n5,6,7,9\n")->reply.code, 202);
    cr_expect_eq(api_number("hyperparameters/ensemble"), 2);
    cr_expect_eq(api_number("parameters"), 2 * 21);
    cr_assert_eq(store_job_initial(api_services()->store, api_text("id"), &start), STATUS_OK);
    cr_assert(start.model && start.model->members == 2);
    for (size_t m = 0; m < 2; m++)
        cr_expect_eq(memcmp(start.model->member[m]->parameters, model->member[m]->parameters,
                            21 * sizeof(real)),
                     0);
    job_start_free(&start);
    model_free(model);
    api_csv("/v1/jobs?from_model=e&ensemble=1", "a,b,c,d\n1,2,3,4\n5,6,7,9\n");
    api_expect_mistake("?ensemble", "is 1, but the model 'e/1' of from_model has 2; leave it out");
}
