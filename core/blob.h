/* Models and networks as bytes, to be kept for years: magic, format version, little-endian numbers,
 * checksum. Weights are written in their plain form, (out, in) row-major, whatever the layout in
 * memory.
 */
#ifndef CORE_BLOB_H
#define CORE_BLOB_H

#include "core/model.h"

/* Fletcher's checksum of n bytes, 64 bits wide (little-endian words of 32, the tail zero-padded).
 */
uint64_t blob_checksum(const void *bytes, size_t n);

/* The bytes of a model, in *bytes (*size), to be freed with free(). OUTCOME_NO_MEMORY, or
 * OUTCOME_DIVERGED where a number in it is not finite: such a model could not be read back. */
Outcome blob_from_model(const Model *model, unsigned char **bytes, size_t *size) MUST_USE;

/* The model in those bytes. OUTCOME_NO_MEMORY, or OUTCOME_BAD_BYTES where they are cut off,
 * damaged, of a newer format, or hold what no model holds (a number that is not finite, a scale of
 * 0). */
Outcome blob_to_model(const void *bytes, size_t size, Model **model) MUST_USE;

/* The same for a network alone. */
Outcome blob_from_net(const Net *net, unsigned char **bytes, size_t *size) MUST_USE;
Outcome blob_to_net(const void *bytes, size_t size, Net **net) MUST_USE;

/* The plain form: each layer's weights (out, in) row-major, then its biases, each number as 8 bytes
 * little-endian; bytes has room for 8 * parameter_count. What a digest of the weights is taken of.
 */
void blob_plain_weights(const Net *net, unsigned char *bytes);

#endif
