/* Inference requests, but for their inputs. Optional members may be null, which some clients send
 * for those that they do not use. */
#include "api/codec/codec_infer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/codec/codec_infer_part.h"
#include "api/codec/codec_json.h"

#define NAMES(list) list, sizeof list / sizeof *list

static void refuse(const json_t *value, const char *pointer, const char *wanted, Problem *problem)
{
    char quoted[64];
    spec_quote(value, quoted);
    problem_add(problem, pointer, "must be %s, got %s", wanted, quoted);
}

static bool is_given(const json_t *value)
{
    return value && !json_is_null(value);
}

bool infer_part_begin(const json_t *value, const char *pointer, const char *const *names,
                      size_t count, Problem *problem)
{
    char at[PROBLEM_POINTER];
    if (!json_is_object(value)) {
        refuse(value, pointer, "an object", problem);
        return false;
    }
    spec_refuse_unknown(value, pointer, names, count, problem);
    const json_t *name = json_object_get(value, "name");
    snprintf(at, sizeof at, "%.90s/name", pointer);
    if (!name)
        problem_add(problem, at, "is missing");
    else if (!json_is_string(name))
        refuse(name, at, "a text", problem);
    return true;
}

const json_t *infer_part_parameters(const json_t *owner, const char *pointer, Problem *problem)
{
    static const char *const beyond[] = {"shared_memory_region", "classification"};
    const json_t *parameters = json_object_get(owner, "parameters");
    char at[PROBLEM_POINTER];
    if (!is_given(parameters))
        return NULL;
    snprintf(at, sizeof at, "%.90s/parameters", pointer);
    if (!json_is_object(parameters)) {
        refuse(parameters, at, "an object", problem);
        return NULL;
    }
    for (size_t i = 0; i < sizeof beyond / sizeof *beyond; i++) {
        if (!json_object_get(parameters, beyond[i]))
            continue;
        snprintf(at, sizeof at, "%.90s/parameters/%s", pointer, beyond[i]);
        problem_add(problem, at, "asks for an extension that this server has not; see /v2");
    }
    return parameters;
}

/* A parameter that is true or false, of an owner at pointer. */
static bool flag_of(const json_t *parameters, const char *at, bool otherwise, Problem *problem)
{
    const json_t *flag = json_object_get(parameters, strrchr(at, '/') + 1);
    if (!flag)
        return otherwise;
    if (!json_is_boolean(flag))
        refuse(flag, at, "true or false", problem);
    return json_is_true(flag);
}

static void take_id(const json_t *json, Infer *infer, Problem *problem)
{
    const json_t *id = json_object_get(json, "id");
    if (!is_given(id))
        return;
    if (!json_is_string(id)) {
        refuse(id, "#/id", "a text", problem);
        return;
    }
    infer->id = strdup(json_string_value(id));
    if (!infer->id)
        problem_set(problem, STATUS_NO_MEMORY, "there is not enough memory for this request");
}

/* Some clients repeat what the path says. */
static void check_name(const json_t *json, const ModelRecord *record, Problem *problem)
{
    const json_t *name = json_object_get(json, "model_name");
    char wanted[MODEL_NAME + 40];
    if (!is_given(name) || (json_is_string(name) && !strcmp(json_string_value(name), record->name)))
        return;
    snprintf(wanted, sizeof wanted, "the model of the path, \"%s\"", record->name);
    refuse(name, "#/model_name", wanted, problem);
}

typedef struct Outputs {
    const ModelRecord *record;
    Infer *infer; /* gets them */
    bool binary;  /* what the request says for all of them */
    Problem *problem;
} Outputs;

static bool is_asked(const Infer *infer, bool std)
{
    bool asked = false;
    for (size_t i = 0; i < infer->outputs; i++)
        asked = asked || infer->output[i].std == std;
    return asked;
}

/* Whether the model has an output of the name, not asked for before. */
static bool check_output(Outputs *outputs, const char *name, const char *at)
{
    bool std = strcmp(name, "std") == 0;
    bool ensemble = outputs->record->model->members > 1;
    if (std && !ensemble)
        problem_add(outputs->problem, at,
                    "is an output of ensembles only, and this model is one network");
    else if (!std && strcmp(name, "y") != 0)
        problem_add(outputs->problem, at, "must be an output of the model, 'y'%s, got '%s'",
                    ensemble ? " or 'std'" : "", name);
    else if (is_asked(outputs->infer, std))
        problem_add(outputs->problem, at, "is asked for twice");
    else
        return true;
    return false;
}

/* One entry of the list. */
static void take_output(Outputs *outputs, const json_t *value, const char *pointer)
{
    static const char *const names[] = {"name", "parameters"};
    Infer *infer = outputs->infer;
    char at[PROBLEM_POINTER];
    if (!infer_part_begin(value, pointer, NAMES(names), outputs->problem))
        return;
    const char *name = json_string_value(json_object_get(value, "name"));
    const json_t *parameters = infer_part_parameters(value, pointer, outputs->problem);
    snprintf(at, sizeof at, "%.90s/parameters/binary_data", pointer);
    bool binary = flag_of(parameters, at, outputs->binary, outputs->problem);
    snprintf(at, sizeof at, "%.90s/name", pointer);
    if (name && check_output(outputs, name, at))
        infer->output[infer->outputs++] = (InferOutput){strcmp(name, "std") == 0, binary};
}

/* The list, or all that the model has. */
static void take_outputs(Outputs *outputs, const json_t *list)
{
    Infer *infer = outputs->infer;
    char at[PROBLEM_POINTER];
    if (is_given(list) && !json_is_array(list)) {
        refuse(list, "#/outputs", "an array of outputs", outputs->problem);
        return;
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        snprintf(at, sizeof at, "#/outputs/%zu", i);
        take_output(outputs, json_array_get(list, i), at);
    }
    if (json_array_size(list) > 0)
        return;
    infer->outputs = outputs->record->model->members > 1 ? 2 : 1;
    infer->output[0] = (InferOutput){false, outputs->binary};
    infer->output[1] = (InferOutput){true, outputs->binary};
}

Status codec_infer_decode(const Request *request, const ModelRecord *record, Infer *infer,
                          Problem *problem)
{
    static const char *const names[] = {"id", "model_name", "parameters", "inputs", "outputs"};
    *infer = (Infer){0};
    json_t *json = codec_json_body(request, problem);
    if (json) {
        spec_refuse_unknown(json, "#", NAMES(names), problem);
        take_id(json, infer, problem);
        check_name(json, record, problem);
        const json_t *parameters = infer_part_parameters(json, "#", problem);
        bool binary = flag_of(parameters, "#/parameters/binary_data_output", false, problem);
        Outputs outputs = {record, infer, binary, problem};
        take_outputs(&outputs, json_object_get(json, "outputs"));
        infer_part_inputs(request, record, json_object_get(json, "inputs"), &infer->x, problem);
    }
    json_decref(json);
    return problem->status;
}

void codec_infer_free(Infer *infer)
{
    free(infer->id);
    number_array_free(&infer->x);
}
