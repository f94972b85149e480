/* How much memory a training will take, before there is one.
 */
#ifndef STATE_FOOTPRINT_H
#define STATE_FOOTPRINT_H

#include "core/fit.h"

/* Bytes that a fit of these options takes at its peak with that many rows, its data counted, by the
 * formulas of core/train.h and core/fit.h; options->train.team is who shares the work. */
double footprint_bytes(const FitOptions *options, size_t rows, size_t inputs, size_t outputs);

#endif
