/* The routes, in the order of the interface's description. Literal paths come before those with
 * names that would match them too. */
#include "api/route.h"

#include <stdio.h>
#include <string.h>

#include "api/api_dataset.h"
#include "api/api_events.h"
#include "api/api_export.h"
#include "api/api_guide.h"
#include "api/api_history.h"
#include "api/api_infer.h"
#include "api/api_job.h"
#include "api/api_metrics.h"
#include "api/api_model.h"
#include "api/api_system.h"

static const char *const dataset_places[] = {"/x", "/y", NULL};
static const char *const job_places[] = {"/dataset/x", "/dataset/y", "/initial_layers/*/weights",
                                         "/initial_layers/*/biases", NULL};
static const char *const predict_places[] = {"/instances", NULL};

static const char *const infer_places[] = {"/inputs/*/data", NULL};
static const char *const import_places[] = {
    "/members/*/layers/*/weights", "/members/*/layers/*/biases", "/residuals/values", NULL};

static const Route routes[] = {
    {METHOD_GET, "/", api_guide, true, BODY_NONE, NULL},
    {METHOD_GET, "/problems", api_problem_list, true, BODY_NONE, NULL},
    {METHOD_GET, "/problems/{name}", api_problem_get, true, BODY_NONE, NULL},
    {METHOD_GET, "/livez", api_livez, true, BODY_NONE, NULL},
    {METHOD_GET, "/readyz", api_readyz, false, BODY_NONE, NULL},
    {METHOD_GET, "/metrics", api_metrics, false, BODY_NONE, NULL},
    {METHOD_GET, "/version", api_version, true, BODY_NONE, NULL},
    {METHOD_GET, "/openapi.json", api_openapi, true, BODY_NONE, NULL},
    {METHOD_GET, "/v1/hyperparameters", api_hyperparameters, true, BODY_NONE, NULL},

    {METHOD_POST, "/v1/datasets", api_dataset_create, false, BODY_ROWS, dataset_places},
    {METHOD_GET, "/v1/datasets", api_dataset_list, false, BODY_NONE, NULL},
    {METHOD_GET, "/v1/datasets/{id}", api_dataset_get, false, BODY_NONE, NULL},
    {METHOD_DELETE, "/v1/datasets/{id}", api_dataset_delete, false, BODY_NONE, NULL},
    {METHOD_GET, "/v1/datasets/{id}/rows", api_dataset_rows, false, BODY_NONE, NULL},

    {METHOD_POST, "/v1/jobs", api_job_create, false, BODY_ROWS, job_places},
    {METHOD_GET, "/v1/jobs", api_job_list, false, BODY_NONE, NULL},
    {METHOD_GET, "/v1/jobs/{id}", api_job_get, false, BODY_NONE, NULL},
    {METHOD_DELETE, "/v1/jobs/{id}", api_job_delete, false, BODY_NONE, NULL},
    {METHOD_POST, "/v1/jobs/{id}/cancel", api_job_cancel, false, BODY_NONE, NULL},
    {METHOD_GET, "/v1/jobs/{id}/loss", api_job_loss, false, BODY_NONE, NULL},
    {METHOD_GET, "/v1/jobs/{id}/events", api_job_events, false, BODY_NONE, NULL},
    {METHOD_GET, "/v1/jobs/{id}/runs", api_job_runs, false, BODY_NONE, NULL},

    {METHOD_GET, "/v1/models", api_model_list, false, BODY_NONE, NULL},
    {METHOD_GET, "/v1/models/{name}", api_model_get, false, BODY_NONE, NULL},
    {METHOD_DELETE, "/v1/models/{name}", api_model_delete, false, BODY_NONE, NULL},
    {METHOD_GET, "/v1/models/{name}/weights", api_model_weights, false, BODY_NONE, NULL},
    {METHOD_GET, "/v1/models/{name}/export", api_model_export, false, BODY_NONE, NULL},
    {METHOD_POST, "/v1/models/{name}:import", api_model_import, false, BODY_MODEL, import_places},
    {METHOD_POST, "/v1/models/{name}:predict", api_model_predict, true, BODY_LENIENT,
     predict_places},
    {METHOD_GET, "/v1/models/{name}/versions/{version}", api_model_get, false, BODY_NONE, NULL},
    {METHOD_DELETE, "/v1/models/{name}/versions/{version}", api_model_delete, false, BODY_NONE,
     NULL},
    {METHOD_GET, "/v1/models/{name}/versions/{version}/weights", api_model_weights, false,
     BODY_NONE, NULL},
    {METHOD_GET, "/v1/models/{name}/versions/{version}/export", api_model_export, false, BODY_NONE,
     NULL},
    {METHOD_POST, "/v1/models/{name}/versions/{version}:predict", api_model_predict, true,
     BODY_LENIENT, predict_places},

    {METHOD_GET, "/v2", api_infer_server, true, BODY_NONE, NULL},
    {METHOD_GET, "/v2/health/live", api_infer_live, true, BODY_NONE, NULL},
    {METHOD_GET, "/v2/health/ready", api_infer_ready, false, BODY_NONE, NULL},
    {METHOD_GET, "/v2/models", api_infer_list, false, BODY_NONE, NULL},
    {METHOD_GET, "/v2/models/{name}", api_infer_model, false, BODY_NONE, NULL},
    {METHOD_GET, "/v2/models/{name}/ready", api_infer_model_ready, true, BODY_NONE, NULL},
    {METHOD_POST, "/v2/models/{name}/infer", api_infer, true, BODY_TENSORS, infer_places},
    {METHOD_GET, "/v2/models/{name}/versions/{version}", api_infer_model, false, BODY_NONE, NULL},
    {METHOD_GET, "/v2/models/{name}/versions/{version}/ready", api_infer_model_ready, true,
     BODY_NONE, NULL},
    {METHOD_POST, "/v2/models/{name}/versions/{version}/infer", api_infer, true, BODY_TENSORS,
     infer_places},
};
#define ROUTES (sizeof routes / sizeof *routes)

const Route *route_at(size_t i)
{
    return i < ROUTES ? &routes[i] : NULL;
}

size_t route_row(const Route *route)
{
    return (size_t)(route - routes);
}

/* Whether path has the form of pattern; params get what stands for its names. */
static bool matches(const char *pattern, const char *path,
                    char param[REQUEST_PARAMS][REQUEST_PARAM_SIZE])
{
    size_t params = 0;
    while (*pattern) {
        if (*pattern != '{') {
            if (*pattern++ != *path++)
                return false;
            continue;
        }
        size_t length = strcspn(path, "/:");
        if (length == 0 || length >= REQUEST_PARAM_SIZE)
            return false;
        memcpy(param[params], path, length);
        param[params++][length] = '\0';
        path += length;
        pattern = strchr(pattern, '}') + 1;
    }
    return *path == '\0';
}

const Route *route_find(Method method, const char *path, Request *request, char allow[64])
{
    static const char *const names[METHODS] = {"GET, HEAD", "POST", "DELETE", NULL};
    bool has[METHODS] = {false};
    bool any = false;
    allow[0] = '\0';
    for (size_t i = 0; i < ROUTES; i++) {
        if (!matches(routes[i].path, path, request->param))
            continue;
        if (routes[i].method == method)
            return &routes[i];
        any = has[routes[i].method] = true;
    }
    for (size_t i = 0; any && i < METHODS; i++)
        if (has[i])
            snprintf(allow + strlen(allow), 64 - strlen(allow), "%s, ", names[i]);
    if (any)
        snprintf(allow + strlen(allow), 64 - strlen(allow), "OPTIONS");
    return NULL;
}
