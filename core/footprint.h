/* How much memory a training will take, before there is one: the formulas of train.h, sweep.h and
 * fit.h as numbers, which no shape makes overflow.
 */
#ifndef CORE_FOOTPRINT_H
#define CORE_FOOTPRINT_H

#include "core/fit.h"

/* Bytes that a training of these options takes at its peak with that many rows, its data counted;
 * options->team is who shares the work. */
real footprint_of_training(const TrainOptions *options, size_t rows, size_t inputs, size_t outputs);

/* The same for all runs of a fit. */
real footprint_of_fit(const FitOptions *options, size_t rows, size_t inputs, size_t outputs);

#endif
