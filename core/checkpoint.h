/* The state of a training as bytes, so that another process can go on with it: parameters, the
 * optimiser's state, generator, order of the rows, rules, best weights, and where in the epoch it
 * is. What options and data give (which are not in it) has to be given again.
 */
#ifndef CORE_CHECKPOINT_H
#define CORE_CHECKPOINT_H

#include "core/train.h"

/* The state, in *bytes (*size), to be freed with free(). At any time but inside of
 * trainer_new_take: from a hook, too. OUTCOME_NO_MEMORY, or OUTCOME_DIVERGED where a number in it
 * is not finite: such a training cannot go on. */
Outcome trainer_save(const Trainer *trainer, unsigned char **bytes, size_t *size) MUST_USE;

/* The same into memory of the caller's: so many bytes, a multiple of 8. */
size_t trainer_state_size(const Trainer *trainer);
Outcome trainer_save_at(const Trainer *trainer, unsigned char *bytes) MUST_USE;

/* Puts a trainer, made of the same data and the same options (but for epochs, tolerances, patience
 * and hooks, which may differ), into that state; running it then gives the bits that the one that
 * was saved would have given, and tells no epoch twice. Until then its network is that of the best
 * epoch, where there is a validation split. OUTCOME_NO_MEMORY, or OUTCOME_BAD_BYTES
 * where the bytes are cut off, damaged, of another version, or of a training of another shape; the
 * trainer is then as it was. Not to be called from a hook. */
Outcome trainer_load(Trainer *trainer, const void *bytes, size_t size) MUST_USE;

#endif
