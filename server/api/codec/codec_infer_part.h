/* Parts of codec_infer's decoder: the inputs, and what inputs and outputs have in common. Pointers
 * are those of the problems: "#/inputs/0".
 */
#ifndef API_CODEC_INFER_PART_H
#define API_CODEC_INFER_PART_H

#include <jansson.h>

#include "api/codec/codec_infer.h"

/* Takes the tensor x from the member "inputs", which is NULL where it is missing, from the body's
 * numbers, or from its raw bytes. Adds every mistake to problem; then x may be empty. */
void infer_part_inputs(const Request *request, const ModelRecord *record, const json_t *inputs,
                       NumberArray *x, Problem *problem);

/* Whether value is an object; its "name" has to be text, the rest of its members among names. */
bool infer_part_begin(const json_t *value, const char *pointer, const char *const *names,
                      size_t count, Problem *problem);

/* The member "parameters", NULL where there is none. Those that nobody here knows are left alone,
 * as the protocol has it, but not those that ask for what this server cannot do. */
const json_t *infer_part_parameters(const json_t *owner, const char *pointer, Problem *problem);

#endif
