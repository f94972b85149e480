/* Datasets as replies: the description, and rows as JSON or CSV. */
#include <string.h>

#include "api/codec/codec_dataset.h"

static void encode_columns(const char *key, const Column *column, size_t count, Encoder *encoder)
{
    enc_key(encoder, key);
    enc_array(encoder);
    for (size_t i = 0; i < count; i++) {
        enc_object(encoder);
        enc_put_string(encoder, "name", column[i].name);
        enc_put_real(encoder, "min", column[i].min);
        enc_put_real(encoder, "max", column[i].max);
        enc_put_real(encoder, "mean", column[i].mean);
        enc_put_real(encoder, "std", column[i].std);
        enc_object_end(encoder);
    }
    enc_array_end(encoder);
}

void codec_dataset_encode(const Dataset *dataset, Encoder *encoder)
{
    enc_object(encoder);
    enc_put_string(encoder, "id", dataset->id);
    enc_put_string(encoder, "name", dataset->name[0] ? dataset->name : NULL);
    enc_put_int(encoder, "rows", (int64_t)dataset->rows);
    encode_columns("features", dataset->column, dataset->features, encoder);
    encode_columns("targets", dataset->column + dataset->features, dataset->targets, encoder);
    enc_put_string(encoder, "digest", dataset->digest);
    enc_put_int(encoder, "bytes", (int64_t)dataset_bytes(dataset));
    enc_put_time(encoder, "created_at", dataset->created_at);
    enc_object_end(encoder);
}

static void encode_names(const char *key, const Column *column, size_t count, Encoder *encoder)
{
    enc_key(encoder, key);
    enc_array(encoder);
    for (size_t i = 0; i < count; i++)
        enc_string(encoder, column[i].name);
    enc_array_end(encoder);
}

static void encode_matrix(const char *key, MatIn m, Encoder *encoder)
{
    enc_key(encoder, key);
    enc_array(encoder);
    for (size_t r = 0; r < m.rows; r++)
        enc_reals(encoder, m.v + r * m.stride, m.cols);
    enc_array_end(encoder);
}

void codec_rows_encode(const Dataset *dataset, size_t offset, Encoder *encoder)
{
    Data none = {.inputs = dataset->features, .outputs = dataset->targets};
    const Data *data = dataset->data ? dataset->data : &none;
    enc_object(encoder);
    encode_names("features", dataset->column, dataset->features, encoder);
    encode_names("targets", dataset->column + dataset->features, dataset->targets, encoder);
    enc_put_int(encoder, "offset", (int64_t)offset);
    encode_matrix("x", data_inputs(data), encoder);
    encode_matrix("y", data_targets(data), encoder);
    enc_key(encoder, "next");
    if (offset + data->rows < dataset->rows && data->rows > 0)
        enc_int(encoder, (int64_t)(offset + data->rows));
    else
        enc_null(encoder);
    enc_object_end(encoder);
}

/* A name as a cell: quoted where RFC 4180 wants it. */
static void put_cell(const char *name, Text *csv)
{
    if (!strpbrk(name, ",\"\r\n")) {
        text_puts(csv, name);
        return;
    }
    text_puts(csv, "\"");
    for (; *name; name++)
        text_add(csv, *name == '"' ? "\"\"" : name, *name == '"' ? 2 : 1);
    text_puts(csv, "\"");
}

void codec_rows_csv(const Dataset *dataset, Text *csv)
{
    size_t columns = dataset->features + dataset->targets;
    size_t rows = dataset->data ? dataset->data->rows : 0;
    char number[REAL_TEXT];
    for (size_t c = 0; c < columns; c++) {
        put_cell(dataset->column[c].name, csv);
        text_puts(csv, c + 1 < columns ? "," : "\n");
    }
    for (size_t i = 0; i < rows * columns; i++) {
        text_add(csv, number, real_text(dataset->data->v[i], number));
        text_puts(csv, (i + 1) % columns ? "," : "\n");
    }
}
