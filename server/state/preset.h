/* Presets: recipes of hyperparameters, by name. A preset's values stand in for the defaults; what
 * is given beside it overrides them.
 */
#ifndef STATE_PRESET_H
#define STATE_PRESET_H

#include "state/hyper.h"

/* The name of preset i; NULL past the last. */
const char *preset_name(size_t i);

/* Fills hyper with the defaults and, over them, the values of the preset of that name; with the
 * defaults alone where there is none (the name may be NULL). STATUS_NO_MEMORY. */
Status preset_begin(const char *name, Hyper *hyper) MUST_USE;

/* All of them as an object: {"accurate": {"hidden": [50], ...}}. */
void preset_encode_all(Encoder *encoder);

#endif
