/* Metadata and results as the Open Inference Protocol has them. */
#include <stdio.h>

#include "api/codec/codec_infer.h"
#include "api/codec/codec_tensor.h"

bool codec_infer_is_binary(const Infer *infer)
{
    bool binary = false;
    for (size_t i = 0; i < infer->outputs; i++)
        binary = binary || infer->output[i].binary;
    return binary;
}

static void encode_output(InferOutput output, MatIn value, Encoder *encoder)
{
    size_t count = value.rows * value.cols;
    enc_object(encoder);
    enc_put_string(encoder, "name", output.std ? "std" : "y");
    enc_put_string(encoder, "datatype", "FP64");
    enc_key(encoder, "shape");
    enc_array(encoder);
    enc_int(encoder, (int64_t)value.rows);
    enc_int(encoder, (int64_t)value.cols);
    enc_array_end(encoder);
    if (output.binary) {
        enc_key(encoder, "parameters");
        enc_object(encoder);
        enc_put_int(encoder, "binary_data_size", (int64_t)(count * sizeof(double)));
        enc_object_end(encoder);
    } else {
        enc_key(encoder, "data");
        enc_reals(encoder, value.v, count);
    }
    enc_object_end(encoder);
}

static void put_version(const ModelRecord *record, Encoder *encoder)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)record->version);
    enc_string(encoder, text);
}

void codec_infer_encode(const Infer *infer, const ModelRecord *record, InferValue value,
                        Encoder *encoder)
{
    enc_object(encoder);
    enc_put_string(encoder, "model_name", record->name);
    enc_key(encoder, "model_version");
    put_version(record, encoder);
    if (infer->id)
        enc_put_string(encoder, "id", infer->id);
    enc_key(encoder, "outputs");
    enc_array(encoder);
    for (size_t i = 0; i < infer->outputs; i++)
        encode_output(infer->output[i], infer->output[i].std ? value.std : value.y, encoder);
    enc_array_end(encoder);
    enc_object_end(encoder);
}

void codec_infer_append(const Infer *infer, InferValue value, Text *text)
{
    for (size_t i = 0; i < infer->outputs; i++) {
        MatIn output = infer->output[i].std ? value.std : value.y;
        if (infer->output[i].binary)
            tensor_write(output.v, output.rows * output.cols, text);
    }
}

static void describe_tensor(const char *name, size_t cols, Encoder *encoder)
{
    enc_object(encoder);
    enc_put_string(encoder, "name", name);
    enc_put_string(encoder, "datatype", "FP64");
    enc_key(encoder, "shape");
    enc_array(encoder);
    enc_int(encoder, -1);
    enc_int(encoder, (int64_t)cols);
    enc_array_end(encoder);
    enc_object_end(encoder);
}

void codec_infer_versions(ModelRecord *const *versions, size_t count, Encoder *encoder)
{
    enc_key(encoder, "versions");
    enc_array(encoder);
    for (size_t i = 0; i < count; i++)
        put_version(versions[i], encoder);
    enc_array_end(encoder);
}

void codec_infer_describe(const ModelRecord *record, ModelRecord *const *versions, size_t count,
                          Encoder *encoder)
{
    enc_object(encoder);
    enc_put_string(encoder, "name", record->name);
    codec_infer_versions(versions, count, encoder);
    enc_put_string(encoder, "platform", "backpropd_net");
    enc_key(encoder, "inputs");
    enc_array(encoder);
    describe_tensor("x", record->features, encoder);
    enc_array_end(encoder);
    enc_key(encoder, "outputs");
    enc_array(encoder);
    describe_tensor("y", record->targets, encoder);
    if (record->model->members > 1)
        describe_tensor("std", record->targets, encoder);
    enc_array_end(encoder);
    enc_object_end(encoder);
}
