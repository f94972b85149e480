/* Jobs in. A JSON body has members; a CSV body is the dataset, and the query has all the rest: the
 * model's name and each hyperparameter. */
#include "api/codec/codec_job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/codec/codec_dataset.h"
#include "api/codec/codec_json.h"
#include "api/codec/codec_layers.h"
#include "state/preset.h"

#define LABELS_MAX 64
#define LABEL_BYTES 256 /* of a label's text */
#define LABEL_NAME_BYTES 64
#define OURS 6 /* names of a CSV's query that are no hyperparameters */

static const char *const members[] = {"model",          "dataset",    "hyperparameters",
                                      "initial_layers", "from_model", "labels"};
#define MEMBERS (sizeof members / sizeof *members)

static void take_model_name(const char *name, const char *at, Job *job, Problem *problem)
{
    if (!job_model_name_is_sound(name))
        problem_add(problem, at,
                    "must be a name of 1 to %d of A-Z, a-z, 0-9, '.', '_' and '-', not of dots "
                    "only, got '%s'",
                    MODEL_NAME - 1, name);
    else
        memcpy(job->model_name, name, strlen(name) + 1);
}

static void take_model(const json_t *model, Job *job, Problem *problem)
{
    char quoted[64];
    if (json_is_string(model)) {
        take_model_name(json_string_value(model), "#/model", job, problem);
    } else if (model && !json_is_null(model)) {
        spec_quote(model, quoted);
        problem_add(problem, "#/model", "must be the name of a model, got %s", quoted);
    }
}

static void take_dataset(const json_t *dataset, const Request *request, JobDraft *draft,
                         Problem *problem)
{
    char quoted[64];
    if (json_is_object(dataset)) {
        draft->dataset = codec_dataset_from_json(dataset, "/dataset", request->body, problem);
    } else if (json_string_length(dataset) > 0 && json_string_length(dataset) < ID_SIZE) {
        snprintf(draft->job->dataset, ID_SIZE, "%s", json_string_value(dataset));
    } else if (!dataset) {
        problem_add(
            problem, "#/dataset",
            "is missing; name the id of a dataset, or give one as {\"x\": ..., \"y\": ...}");
    } else {
        spec_quote(dataset, quoted);
        problem_add(problem, "#/dataset",
                    "must be the id of a dataset or an object with x and y, got %s", quoted);
    }
}

/* Labels are any strings by name; they are kept as the JSON they came as. */
static void take_labels(const json_t *labels, Job *job, Problem *problem)
{
    const char *name;
    json_t *value;
    Encoder encoder = {0};
    if (labels && !json_is_object(labels) && !json_is_null(labels)) {
        problem_add(problem, "#/labels", "must be an object of strings");
        return;
    }
    if (json_object_size(labels) > LABELS_MAX)
        problem_add(problem, "#/labels", "holds %zu labels, at most %d are kept",
                    json_object_size(labels), LABELS_MAX);
    enc_object(&encoder);
    json_object_foreach((json_t *)(uintptr_t)labels, name, value)
    {
        char at[PROBLEM_POINTER];
        problem_member("#/labels", name, at);
        if (strlen(name) > LABEL_NAME_BYTES)
            problem_add(problem, at, "must have a name of at most %d bytes", LABEL_NAME_BYTES);
        else if (!json_is_string(value) || json_string_length(value) > LABEL_BYTES)
            problem_add(problem, at, "must be text of at most %d bytes", LABEL_BYTES);
        else
            enc_put_string(&encoder, name, json_string_value(value));
    }
    enc_object_end(&encoder);
    job->labels = text_steal(&encoder.text);
    if (!job->labels)
        problem_set(problem, STATUS_NO_MEMORY, "there is not enough memory for this job now");
}

static bool is_hyperparameter(const char *name)
{
    SpecTable table = hyper_table();
    bool found = false;
    for (size_t i = 0; i < table.count && !found; i++)
        found = strcmp(table.field[i].name, name) == 0;
    return found;
}

/* Where JSON has what the query of a table has; false where nowhere. */
static bool find_place(const char *name, char place[PROBLEM_POINTER])
{
    bool found = false;
    snprintf(place, PROBLEM_POINTER, "#/%.64s", name);
    for (size_t i = 0; i < MEMBERS && !found; i++)
        found = strcmp(members[i], name) == 0;
    if (found)
        return true;
    snprintf(place, PROBLEM_POINTER, "#/hyperparameters/%.64s", name);
    return is_hyperparameter(name);
}

static void refuse_query(const Request *request, Problem *problem)
{
    static const char *const names[] = {"wait", "dry_run"};
    char at[PROBLEM_POINTER], place[PROBLEM_POINTER];
    for (size_t i = 0; i < request->query_count; i++) {
        const char *name = request->query[i].name;
        if (strcmp(name, names[0]) == 0 || strcmp(name, names[1]) == 0)
            continue;
        snprintf(at, sizeof at, "?%.64s", name);
        if (find_place(name, place))
            problem_add(problem, at, "belongs in the body where that is JSON, as %s", place);
        else
            problem_add_unknown(problem, at, name, names, 2);
    }
}

static Status begin_hyper(const char *preset, Hyper *hyper, Problem *problem)
{
    if (preset_begin(preset, hyper) == STATUS_OK)
        return STATUS_OK;
    return problem_set(problem, STATUS_NO_MEMORY, "there is not enough memory for this job now");
}

/* Whether something is wrong with a hyperparameter, or the model to start from, wherever it stands.
 * What is not kept of the mistakes may be about it. */
static bool is_wrong(const Problem *problem, const char *name)
{
    static const char *const places[] = {"?", "#/", "#/hyperparameters/"};
    char at[PROBLEM_POINTER];
    bool wrong = problem->dropped > 0;
    for (size_t i = 0; i < 3 * problem->count && !wrong; i++) {
        snprintf(at, sizeof at, "%s%s", places[i % 3], name);
        wrong = strcmp(problem->item[i / 3].pointer, at) == 0;
    }
    return wrong;
}

/* The same, or that it is not given, where it may be what a strange name was meant to be, or what a
 * wrong preset was to bring. */
static bool is_unknown(const Problem *problem, const char *name, bool given, bool strange)
{
    return is_wrong(problem, name) || (!given && (strange || is_wrong(problem, "preset")));
}

/* Lets nothing be judged by what only stands in for a mistake. strange: there are names that are
 * not known. */
static void note_unknown(JobDraft *draft, bool optimizer, bool strange, const Problem *problem)
{
    FromModel *from = &draft->from;
    bool has_layers = draft->task.start == HYPER_LAYERS;
    draft->task.optimizer_unknown = is_unknown(problem, "optimizer", optimizer, strange);
    draft->hidden_unknown = has_layers ? !draft->start.net
                                       : is_unknown(problem, "hidden", from->hidden, strange);
    from->hidden = from->hidden && !is_wrong(problem, "hidden");
    from->activation = from->activation && !is_wrong(problem, "activation");
    from->ensemble = from->ensemble && !is_wrong(problem, "ensemble");
    from->standardize = from->standardize && !is_wrong(problem, "standardize");
}

static bool has_strange_names(const json_t *hyper)
{
    bool strange = hyper && !json_is_object(hyper);
    const char *name;
    json_t *value;
    /* jansson iterates over objects that it may change; this one it does not */
    json_object_foreach((json_t *)(uintptr_t)hyper, name, value)
        strange = strange || !is_hyperparameter(name);
    return strange;
}

static void take_hyper(const json_t *hyper, JobDraft *draft, Problem *problem)
{
    const char *preset = json_string_value(json_object_get(hyper, "preset"));
    if (begin_hyper(preset, &draft->hyper, problem) != STATUS_OK || !hyper)
        return;
    spec_decode(hyper_table(), hyper, "#/hyperparameters", &draft->hyper, problem);
    draft->from.hidden = json_object_get(hyper, "hidden");
    draft->from.activation = json_object_get(hyper, "activation");
    draft->from.ensemble = json_object_get(hyper, "ensemble");
    draft->from.standardize = json_object_get(hyper, "standardize");
}

static void take_layers(const json_t *layers, Body *body, JobDraft *draft, Problem *problem)
{
    if (!layers)
        return;
    draft->task.start = HYPER_LAYERS;
    if (!draft->from.hidden || is_wrong(problem, "hidden"))
        codec_layers_hidden(layers, body, &draft->hyper.hidden);
    draft->start.net = codec_layers_decode(layers, body, &draft->hyper, problem);
}

static void take_from_model(const json_t *model, const json_t *layers, JobDraft *draft,
                            Problem *problem)
{
    char quoted[64];
    if (!model || json_is_null(model))
        return;
    draft->task.start = HYPER_MODEL;
    if (layers)
        problem_add(problem, "#/from_model",
                    "goes not with initial_layers: a job starts from the one or the other");
    if (json_is_string(model)) {
        codec_from_model_decode(json_string_value(model), "#/from_model", &draft->from, problem);
    } else {
        spec_quote(model, quoted);
        problem_add(problem, "#/from_model", "must be the name of a model, got %s", quoted);
    }
}

/* A member that may be left out; null is as if it were. */
static const json_t *optional(const json_t *json, const char *name)
{
    const json_t *value = json_object_get(json, name);
    return json_is_null(value) ? NULL : value;
}

/* A member that stands a level too high or too low is told where it belongs, and left out. */
static void move(json_t *object, const char *name, const char *place, Problem *problem)
{
    char at[PROBLEM_POINTER];
    bool top = place[0] == '\0';
    snprintf(at, sizeof at, "#%s/%s", place, name);
    problem_add(problem, at,
                top ? "belongs under hyperparameters: {\"hyperparameters\": {\"%s\": ...}}"
                    : "belongs beside hyperparameters, not under it: {\"%s\": ..., "
                      "\"hyperparameters\": {...}}",
                name);
    json_object_del(object, name);
}

static void refuse_misplaced(json_t *json, Problem *problem)
{
    SpecTable table = hyper_table();
    json_t *hyper = json_object_get(json, "hyperparameters");
    for (size_t i = 0; i < table.count; i++)
        if (json_object_get(json, table.field[i].name))
            move(json, table.field[i].name, "", problem);
    for (size_t i = 0; i < MEMBERS; i++)
        if (json_object_get(hyper, members[i]))
            move(hyper, members[i], "/hyperparameters", problem);
}

static void decode_json(const Request *request, JobDraft *draft, Problem *problem)
{
    json_t *json = codec_json_body(request, problem);
    if (!json)
        return;
    const json_t *layers = optional(json, "initial_layers");
    const json_t *hyper = optional(json, "hyperparameters");
    refuse_misplaced(json, problem);
    spec_refuse_unknown(json, "#", members, MEMBERS, problem);
    take_model(json_object_get(json, "model"), draft->job, problem);
    take_dataset(json_object_get(json, "dataset"), request, draft, problem);
    take_labels(json_object_get(json, "labels"), draft->job, problem);
    take_hyper(hyper, draft, problem);
    take_layers(layers, request->body, draft, problem);
    take_from_model(json_object_get(json, "from_model"), layers, draft, problem);
    refuse_query(request, problem);
    note_unknown(draft, json_object_get(hyper, "optimizer"), has_strange_names(hyper), problem);
    json_decref(json);
}

/* A name of the query that is no hyperparameter; returns whether it is not one of ours either. */
static bool refuse_parameter(const char *name, Problem *problem)
{
    static const char *const ours[OURS] = {"target",     "name", "model",
                                           "from_model", "wait", "dry_run"};
    const char *names[SPEC_FIELDS_MAX + OURS];
    char at[PROBLEM_POINTER];
    size_t count = hyper_table().count;
    for (size_t i = 0; i < OURS; i++) {
        if (strcmp(ours[i], name) == 0)
            return false;
        names[i] = ours[i];
    }
    for (size_t i = 0; i < count; i++)
        names[OURS + i] = hyper_table().field[i].name;
    snprintf(at, sizeof at, "?%.64s", name);
    problem_add_unknown(problem, at, name, names, count + OURS);
    return true;
}

/* The preset comes first, wherever it stands; the last one counts, as of every name. */
static void take_query(const Request *request, JobDraft *draft, Problem *problem)
{
    const char *preset = NULL;
    bool strange = false;
    for (size_t i = 0; i < request->query_count; i++)
        if (strcmp(request->query[i].name, "preset") == 0)
            preset = request->query[i].value;
    if (begin_hyper(preset, &draft->hyper, problem) != STATUS_OK)
        return;
    for (size_t i = 0; i < request->query_count; i++) {
        const Pair *pair = &request->query[i];
        if (!spec_decode_text(hyper_table(), pair->name, pair->value, &draft->hyper, problem))
            strange = refuse_parameter(pair->name, problem) || strange;
    }
    draft->from.hidden = request_query(request, "hidden");
    draft->from.activation = request_query(request, "activation");
    draft->from.ensemble = request_query(request, "ensemble");
    draft->from.standardize = request_query(request, "standardize");
    note_unknown(draft, request_query(request, "optimizer"), strange, problem);
}

static void decode_table(const Request *request, JobDraft *draft, Problem *problem)
{
    const char *model = request_query(request, "model");
    const char *from = request_query(request, "from_model");
    take_query(request, draft, problem);
    if (from) {
        draft->task.start = HYPER_MODEL;
        codec_from_model_decode(from, "?from_model", &draft->from, problem);
    }
    if (model)
        take_model_name(model, "?model", draft->job, problem);
    take_labels(NULL, draft->job, problem);
    draft->dataset = codec_dataset_from_table(request, problem);
}

void codec_job_decode(const Request *request, JobDraft *draft, Problem *problem)
{
    *draft = (JobDraft){.job = calloc(1, sizeof *draft->job)};
    if (!draft->job) {
        problem_set(problem, STATUS_NO_MEMORY, "there is not enough memory for this job now");
        return;
    }
    if (body_is_table(request->body))
        decode_table(request, draft, problem);
    else
        decode_json(request, draft, problem);
}

void codec_job_draft_free(JobDraft *draft)
{
    job_free(draft->job);
    dataset_free(draft->dataset);
    job_start_free(&draft->start);
    model_record_free(draft->from.record);
}
