/* The table of presets. A preset is what a client could have written: names and values as JSON,
 * which go the way of every other hyperparameter.
 * To add one: its values, and a row in presets.
 */
#include "state/preset.h"

#include <string.h>

typedef struct PresetValue {
    const char *name, *json;
} PresetValue;

typedef struct Preset {
    const char *name;
    const PresetValue *value; /* up to one without a name */
} Preset;

static const PresetValue accurate[] = {
    {"hidden", "[50]"},
    {"activation", "\"tanh\""},
    {"optimizer", "\"levenberg_marquardt\""},
    {"regularization", "\"bayesian\""},
    {"ensemble", "5"},
    {"epochs", "200"},
    {"tolerance", "1e-3"},
    {"patience", "10"},
    {NULL, NULL},
};

static const Preset presets[] = {
    {"accurate", accurate},
};
#define PRESETS (sizeof presets / sizeof *presets)

const char *preset_name(size_t i)
{
    return i < PRESETS ? presets[i].name : NULL;
}

static void encode(const Preset *preset, Encoder *encoder)
{
    enc_object(encoder);
    for (const PresetValue *value = preset->value; value->name; value++) {
        enc_key(encoder, value->name);
        enc_raw(encoder, value->json);
    }
    enc_object_end(encoder);
}

void preset_encode_all(Encoder *encoder)
{
    enc_object(encoder);
    for (size_t i = 0; i < PRESETS; i++) {
        enc_key(encoder, presets[i].name);
        encode(&presets[i], encoder);
    }
    enc_object_end(encoder);
}

Status preset_begin(const char *name, Hyper *hyper)
{
    Encoder encoder = {0};
    size_t i = 0;
    while (i < PRESETS && !(name && strcmp(presets[i].name, name) == 0))
        i++;
    if (i == PRESETS)
        return spec_defaults(hyper_table(), hyper);
    encode(&presets[i], &encoder);
    Status status = encoder.text.failed ? STATUS_NO_MEMORY : hyper_read(encoder.text.bytes, hyper);
    text_free(&encoder.text);
    return status;
}
