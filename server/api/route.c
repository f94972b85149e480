/* The routes, in the order of the interface's description. Literal paths come before those with
 * names that would match them too. */
#include "api/route.h"

#include <stdio.h>
#include <string.h>

#include "api/api_backup.h"
#include "api/api_dataset.h"
#include "api/api_events.h"
#include "api/api_export.h"
#include "api/api_guide.h"
#include "api/api_history.h"
#include "api/api_infer.h"
#include "api/api_job.h"
#include "api/api_metrics.h"
#include "api/api_model.h"
#include "api/api_split.h"
#include "api/api_system.h"
#include "api/api_token.h"
#include "api/api_ui.h"

static const char *const dataset_places[] = {"/x", "/y", NULL};
static const char *const job_places[] = {"/dataset/x", "/dataset/y", "/initial_layers/*/weights",
                                         "/initial_layers/*/biases", NULL};
static const char *const predict_places[] = {"/instances", NULL};

static const char *const infer_places[] = {"/inputs/*/data", NULL};
static const char *const import_places[] = {
    "/members/*/layers/*/weights", "/members/*/layers/*/biases", "/residuals/values", NULL};

static const char *const no_places[] = {NULL};

static const Route routes[] = {
    {METHOD_GET, "/", SCOPE_NONE, api_home, true, BODY_NONE, NULL},
    {METHOD_GET, "/ui/{name}", SCOPE_NONE, api_ui_file, true, BODY_NONE, NULL},
    {METHOD_GET, "/problems", SCOPE_NONE, api_problem_list, true, BODY_NONE, NULL},
    {METHOD_GET, "/problems/{name}", SCOPE_NONE, api_problem_get, true, BODY_NONE, NULL},
    {METHOD_GET, "/livez", SCOPE_NONE, api_livez, true, BODY_NONE, NULL},
    {METHOD_GET, "/readyz", SCOPE_NONE, api_readyz, false, BODY_NONE, NULL},
    {METHOD_GET, "/metrics", SCOPE_PREDICT, api_metrics, false, BODY_NONE, NULL},
    {METHOD_GET, "/version", SCOPE_NONE, api_version, true, BODY_NONE, NULL},
    {METHOD_GET, "/openapi.json", SCOPE_NONE, api_openapi, true, BODY_NONE, NULL},
    {METHOD_GET, "/v1/hyperparameters", SCOPE_PREDICT, api_hyperparameters, true, BODY_NONE, NULL},

    {METHOD_POST, "/v1/datasets", SCOPE_TRAIN, api_dataset_create, false, BODY_ROWS,
     dataset_places},
    {METHOD_GET, "/v1/datasets", SCOPE_TRAIN, api_dataset_list, false, BODY_NONE, NULL},
    {METHOD_GET, "/v1/datasets/{id}", SCOPE_TRAIN, api_dataset_get, false, BODY_NONE, NULL},
    {METHOD_DELETE, "/v1/datasets/{id}", SCOPE_TRAIN, api_dataset_delete, false, BODY_NONE, NULL},
    {METHOD_GET, "/v1/datasets/{id}/rows", SCOPE_TRAIN, api_dataset_rows, false, BODY_NONE, NULL},

    {METHOD_POST, "/v1/jobs", SCOPE_TRAIN, api_job_create, false, BODY_ROWS, job_places},
    {METHOD_GET, "/v1/jobs", SCOPE_TRAIN, api_job_list, false, BODY_NONE, NULL},
    {METHOD_GET, "/v1/jobs/{id}", SCOPE_TRAIN, api_job_get, false, BODY_NONE, NULL},
    {METHOD_DELETE, "/v1/jobs/{id}", SCOPE_TRAIN, api_job_delete, false, BODY_NONE, NULL},
    {METHOD_POST, "/v1/jobs/{id}/cancel", SCOPE_TRAIN, api_job_cancel, false, BODY_NONE, NULL},
    {METHOD_GET, "/v1/jobs/{id}/loss", SCOPE_TRAIN, api_job_loss, false, BODY_NONE, NULL},
    {METHOD_GET, "/v1/jobs/{id}/events", SCOPE_TRAIN, api_job_events, false, BODY_NONE, NULL},
    {METHOD_GET, "/v1/jobs/{id}/runs", SCOPE_TRAIN, api_job_runs, false, BODY_NONE, NULL},
    {METHOD_GET, "/v1/jobs/{id}/split", SCOPE_TRAIN, api_job_split, false, BODY_NONE, NULL},

    {METHOD_GET, "/v1/models", SCOPE_PREDICT, api_model_list, false, BODY_NONE, NULL},
    {METHOD_GET, "/v1/models/{name}", SCOPE_PREDICT, api_model_get, false, BODY_NONE, NULL},
    {METHOD_DELETE, "/v1/models/{name}", SCOPE_TRAIN, api_model_delete, false, BODY_NONE, NULL},
    {METHOD_GET, "/v1/models/{name}/weights", SCOPE_PREDICT, api_model_weights, false, BODY_NONE,
     NULL},
    {METHOD_GET, "/v1/models/{name}/export", SCOPE_PREDICT, api_model_export, false, BODY_NONE,
     NULL},
    {METHOD_POST, "/v1/models/{name}:import", SCOPE_TRAIN, api_model_import, false, BODY_MODEL,
     import_places},
    {METHOD_POST, "/v1/models/{name}:predict", SCOPE_PREDICT, api_model_predict, true, BODY_LENIENT,
     predict_places},
    {METHOD_GET, "/v1/models/{name}/versions/{version}", SCOPE_PREDICT, api_model_get, false,
     BODY_NONE, NULL},
    {METHOD_DELETE, "/v1/models/{name}/versions/{version}", SCOPE_TRAIN, api_model_delete, false,
     BODY_NONE, NULL},
    {METHOD_GET, "/v1/models/{name}/versions/{version}/weights", SCOPE_PREDICT, api_model_weights,
     false, BODY_NONE, NULL},
    {METHOD_GET, "/v1/models/{name}/versions/{version}/export", SCOPE_PREDICT, api_model_export,
     false, BODY_NONE, NULL},
    {METHOD_POST, "/v1/models/{name}/versions/{version}:predict", SCOPE_PREDICT, api_model_predict,
     true, BODY_LENIENT, predict_places},

    {METHOD_POST, "/v1/tokens", SCOPE_ADMIN, api_token_create, false, BODY_JSON, no_places},
    {METHOD_GET, "/v1/tokens", SCOPE_ADMIN, api_token_list, false, BODY_NONE, NULL},
    {METHOD_GET, "/v1/tokens/{id}", SCOPE_ADMIN, api_token_get, false, BODY_NONE, NULL},
    {METHOD_DELETE, "/v1/tokens/{id}", SCOPE_ADMIN, api_token_revoke, false, BODY_NONE, NULL},

    {METHOD_POST, "/v1/backup", SCOPE_ADMIN, api_backup, false, BODY_NONE, NULL},

    {METHOD_GET, "/v2", SCOPE_PREDICT, api_infer_server, true, BODY_NONE, NULL},
    {METHOD_GET, "/v2/health/live", SCOPE_NONE, api_infer_live, true, BODY_NONE, NULL},
    {METHOD_GET, "/v2/health/ready", SCOPE_NONE, api_infer_ready, false, BODY_NONE, NULL},
    {METHOD_GET, "/v2/models", SCOPE_PREDICT, api_infer_list, false, BODY_NONE, NULL},
    {METHOD_GET, "/v2/models/{name}", SCOPE_PREDICT, api_infer_model, false, BODY_NONE, NULL},
    {METHOD_GET, "/v2/models/{name}/ready", SCOPE_PREDICT, api_infer_model_ready, true, BODY_NONE,
     NULL},
    {METHOD_POST, "/v2/models/{name}/infer", SCOPE_PREDICT, api_infer, true, BODY_TENSORS,
     infer_places},
    {METHOD_GET, "/v2/models/{name}/versions/{version}", SCOPE_PREDICT, api_infer_model, false,
     BODY_NONE, NULL},
    {METHOD_GET, "/v2/models/{name}/versions/{version}/ready", SCOPE_PREDICT, api_infer_model_ready,
     true, BODY_NONE, NULL},
    {METHOD_POST, "/v2/models/{name}/versions/{version}/infer", SCOPE_PREDICT, api_infer, true,
     BODY_TENSORS, infer_places},
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

/* The methods that a path has, as Allow says them. */
static void list_methods(const char *path, Request *request, char allow[64])
{
    static const char *const names[METHODS] = {"GET, HEAD", "POST", "DELETE", NULL};
    bool has[METHODS] = {false};
    bool any = false;
    for (size_t i = 0; i < ROUTES; i++)
        if (matches(routes[i].path, path, request->param))
            any = has[routes[i].method] = true;
    for (size_t i = 0; any && i < METHODS; i++)
        if (has[i])
            snprintf(allow + strlen(allow), 64 - strlen(allow), "%s, ", names[i]);
    if (any)
        snprintf(allow + strlen(allow), 64 - strlen(allow), "OPTIONS");
}

const Route *route_find(Method method, const char *path, Request *request, char allow[64])
{
    allow[0] = '\0';
    for (size_t i = 0; i < ROUTES; i++)
        if (routes[i].method == method && matches(routes[i].path, path, request->param))
            return &routes[i];
    list_methods(path, request, allow);
    return NULL;
}
