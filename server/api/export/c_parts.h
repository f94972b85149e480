/* The parts of the exported C that come from the core's own source: the elementary functions and
 * the activation that a model needs, and the scaling of its inputs.
 */
#ifndef API_EXPORT_C_PARTS_H
#define API_EXPORT_C_PARTS_H

#include "core/act.h"
#include "tools/text.h"

/* Adds them; the function of the activation is then called NAME_value(size_t n, double *z).
 * STATUS_INTERNAL where the core has changed so that one is not found: the tests ask for all. */
Status c_parts_add(const Act *act, Text *text) MUST_USE;

#endif
