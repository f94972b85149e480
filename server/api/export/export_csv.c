/* A model's parameters as a table: layer by layer, unit by unit, the weights and then the bias. */
#include "api/export/export.h"

#include <stdio.h>

/* The cells of one row before its value. */
typedef struct Place {
    const ModelRecord *record;
    size_t member, layer, unit;
} Place;

static void put_row(const Place *place, const char *input, double value, Text *text)
{
    char number[REAL_TEXT];
    if (place->record->model->members > 1)
        text_printf(text, "%zu,", place->member);
    text_printf(text, "%zu,%zu,%s,", place->layer, place->unit, input);
    text_add(text, number, real_text(value, number));
    text_puts(text, "\n");
}

static void put_layer(Place *place, Layer layer, Text *text)
{
    char input[24];
    for (place->unit = 0; place->unit < layer.out; place->unit++) {
        for (size_t i = 0; i < layer.in; i++) {
            snprintf(input, sizeof input, "%zu", i);
            put_row(place, input, layer.weights[i * layer.out + place->unit], text);
        }
        put_row(place, "", layer.biases[place->unit], text);
    }
}

void export_csv(const ModelRecord *record, Text *text)
{
    const Model *model = record->model;
    Place place = {.record = record};
    text_puts(text,
              model->members > 1 ? "member,layer,unit,input,value\n" : "layer,unit,input,value\n");
    for (place.member = 0; place.member < model->members; place.member++) {
        const Net *net = model->member[place.member];
        for (place.layer = 0; place.layer < net->depth; place.layer++)
            put_layer(&place, net_layer(net, net->parameters, place.layer), text);
    }
}
