/* Models as replies. */
#include "api/codec/codec_model.h"

#include <stdlib.h>
#include <string.h>

#include "api/codec/codec_job.h"

int64_t codec_model_version(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    return digits == 0 || digits > 15 || text[digits] || text[0] == '0' ? -1 : atoll(text);
}

static void encode_metrics(const ModelRecord *record, Encoder *encoder)
{
    enc_key(encoder, "metrics");
    enc_object(encoder);
    enc_key(encoder, "train");
    if (record->has_training)
        codec_score_encode(&record->training, encoder);
    else
        enc_null(encoder);
    enc_key(encoder, "validation");
    if (record->has_validation)
        codec_score_encode(&record->validation, encoder);
    else
        enc_null(encoder);
    enc_object_end(encoder);
}

/* Columns [from, to): the scaling is (value - shift) / scale; min and max are those of training. */
static void encode_scaling(const ModelRecord *record, size_t from, size_t to, Encoder *encoder)
{
    const Scaling *scaling = record->model->scaling;
    enc_array(encoder);
    for (size_t i = from; i < to; i++) {
        enc_object(encoder);
        enc_put_string(encoder, "name", record->column[i].name);
        enc_put_real(encoder, "shift", scaling->shift[i]);
        enc_put_real(encoder, "scale", scaling->scale[i]);
        enc_put_real(encoder, "min", record->column[i].min);
        enc_put_real(encoder, "max", record->column[i].max);
        enc_object_end(encoder);
    }
    enc_array_end(encoder);
}

static void encode_layers(const Net *net, Encoder *encoder)
{
    enc_key(encoder, "layers");
    enc_array(encoder);
    for (size_t l = 0; l < net->depth; l++) {
        enc_object(encoder);
        enc_put_int(encoder, "inputs", (int64_t)net->width[l]);
        enc_put_int(encoder, "outputs", (int64_t)net->width[l + 1]);
        enc_put_string(encoder, "activation", l + 1 < net->depth ? net->act->name : "identity");
        enc_object_end(encoder);
    }
    enc_array_end(encoder);
}

/* NULL for what an imported model has none of. */
static const char *known(const char *text)
{
    return text[0] ? text : NULL;
}

static void encode_origin(const ModelRecord *record, Encoder *encoder)
{
    enc_put_string(encoder, "job", known(record->job));
    enc_put_string(encoder, "dataset", known(record->dataset));
    enc_put_string(encoder, "dataset_digest", known(record->dataset_digest));
    enc_put_string(encoder, "digest", record->digest);
    enc_put_int(encoder, "members", record->members);
    enc_put_int(encoder, "parameters", record->parameters);
}

void codec_model_encode(const ModelRecord *record, ModelRecord *const *versions, size_t count,
                        Encoder *encoder)
{
    enc_object(encoder);
    enc_put_string(encoder, "name", record->name);
    enc_put_int(encoder, "version", record->version);
    enc_key(encoder, "versions");
    enc_array(encoder);
    for (size_t i = 0; i < count; i++)
        enc_int(encoder, versions[i]->version);
    enc_array_end(encoder);
    encode_origin(record, encoder);
    encode_layers(record->model->member[0], encoder);
    enc_key(encoder, "scaling");
    enc_object(encoder);
    enc_key(encoder, "features");
    encode_scaling(record, 0, record->features, encoder);
    enc_key(encoder, "targets");
    encode_scaling(record, record->features, record->features + record->targets, encoder);
    enc_object_end(encoder);
    encode_metrics(record, encoder);
    enc_put_time(encoder, "created_at", record->created_at);
    enc_object_end(encoder);
}

void codec_model_brief(const ModelRecord *record, Encoder *encoder)
{
    enc_object(encoder);
    enc_put_string(encoder, "name", record->name);
    enc_put_int(encoder, "version", record->version);
    encode_origin(record, encoder);
    encode_metrics(record, encoder);
    enc_put_time(encoder, "created_at", record->created_at);
    enc_object_end(encoder);
}
