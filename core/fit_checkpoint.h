/* The state of a whole fit as bytes, so that another process can go on with it: the run that is
 * trained now, the networks kept so far, the scores of the folds, and the training itself. What
 * rows, options and initial networks give (which are not in it) has to be given again.
 */
#ifndef CORE_FIT_CHECKPOINT_H
#define CORE_FIT_CHECKPOINT_H

#include "core/fit.h"

/* The state, in *bytes (*size), to be freed with free(). While a run is being trained: before
 * fit_train, from the hooks epoch and poll, and after one of them has ended it.
 * OUTCOME_NO_MEMORY, or OUTCOME_DIVERGED where a number in it is not finite: such a training cannot
 * go on. */
Outcome fit_save(const Fit *fit, unsigned char **bytes, size_t *size) MUST_USE;

/* How many bytes that is. */
size_t fit_state_size(const Fit *fit);

/* Whether these are the bytes of a state as fit_save made them: whole, of this version, with their
 * checksum. */
int fit_state_is_whole(const void *bytes, size_t size);

/* Puts a new fit, made of the same rows, options and initial networks, into that state: training it
 * then gives the bits that the one that was saved would have given, and tells no epoch twice.
 * OUTCOME_NO_MEMORY, or OUTCOME_BAD_BYTES where the bytes are cut off, damaged, of another version,
 * or of another fit. Where it fails, the fit may only be freed. */
Outcome fit_load(Fit *fit, const void *bytes, size_t size) MUST_USE;

#endif
