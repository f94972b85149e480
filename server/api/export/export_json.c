/* A model as the JSON document that codec_import.c reads. */
#include "api/export/export.h"

#include "api/codec/codec_job.h"
#include "api/codec/codec_layers.h"

/* Columns [from, to): scaled = (value - shift) / scale; the rest as it was in training. */
static void put_columns(const ModelRecord *record, size_t from, size_t to, Encoder *encoder)
{
    const Scaling *scaling = record->model->scaling;
    enc_array(encoder);
    for (size_t i = from; i < to; i++) {
        const Column *column = &record->column[i];
        enc_object(encoder);
        enc_put_string(encoder, "name", column->name);
        enc_put_real(encoder, "shift", scaling->shift[i]);
        enc_put_real(encoder, "scale", scaling->scale[i]);
        enc_put_real(encoder, "min", column->min);
        enc_put_real(encoder, "max", column->max);
        enc_put_real(encoder, "mean", column->mean);
        enc_put_real(encoder, "std", column->std);
        enc_object_end(encoder);
    }
    enc_array_end(encoder);
}

static void put_score(const char *key, bool known, const Score *score, Encoder *encoder)
{
    enc_key(encoder, key);
    if (known)
        codec_score_encode(score, encoder);
    else
        enc_null(encoder);
}

static const char *known(const char *text)
{
    return text[0] ? text : NULL;
}

void export_json_head(const ModelRecord *record, Encoder *encoder)
{
    size_t columns = record->features + record->targets;
    enc_put_string(encoder, "format", EXPORT_FORMAT);
    enc_put_int(encoder, "format_version", EXPORT_VERSION);
    enc_put_string(encoder, "name", record->name);
    enc_put_int(encoder, "version", record->version);
    enc_put_time(encoder, "created_at", record->created_at);
    enc_put_string(encoder, "dataset_digest", known(record->dataset_digest));
    enc_put_string(encoder, "digest", record->digest);
    enc_put_int(encoder, "parameters", record->parameters);
    enc_put_string(encoder, "activation", record->model->member[0]->act->name);
    enc_key(encoder, "features");
    put_columns(record, 0, record->features, encoder);
    enc_key(encoder, "targets");
    put_columns(record, record->features, columns, encoder);
    enc_key(encoder, "metrics");
    enc_object(encoder);
    put_score("train", record->has_training, &record->training, encoder);
    put_score("validation", record->has_validation, &record->validation, encoder);
    enc_object_end(encoder);
}

/* What intervals are made of; null where no rows were held out. */
static void put_residuals(const Residuals *residuals, Encoder *encoder)
{
    enc_key(encoder, "residuals");
    if (!residuals) {
        enc_null(encoder);
        return;
    }
    enc_object(encoder);
    enc_put_int(encoder, "rows", (int64_t)residuals->rows);
    enc_key(encoder, "values");
    enc_array(encoder);
    for (size_t j = 0; j < residuals->outputs; j++)
        enc_reals(encoder, residuals->v + j * residuals->points, residuals->points);
    enc_array_end(encoder);
    enc_object_end(encoder);
}

void export_json(const ModelRecord *record, Encoder *encoder)
{
    enc_object(encoder);
    export_json_head(record, encoder);
    put_residuals(record->model->residuals, encoder);
    enc_key(encoder, "members");
    enc_array(encoder);
    for (size_t m = 0; m < record->model->members; m++)
        codec_net_encode(record->model->member[m], encoder);
    enc_array_end(encoder);
    enc_object_end(encoder);
}
