/* Which of the known names was meant by one that is not known.
 */
#ifndef TOOLS_NEAREST_H
#define TOOLS_NEAREST_H

#include <stddef.h>

/* The one of names[0 .. count-1] that `given` was most likely meant to be: what other tools call
 * so, else the nearest by edit distance without regard to case; NULL where none is near. */
const char *nearest_name(const char *given, const char *const *names, size_t count);

#endif
