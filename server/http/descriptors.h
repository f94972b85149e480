/* How many file descriptors the process may have: a connection is one.
 */
#ifndef HTTP_DESCRIPTORS_H
#define HTTP_DESCRIPTORS_H

#include <stddef.h>

/* Raises the soft limit for so many connections and all else that is open, as far as the hard one
 * allows; where that is too low the log says so. Returns for how many connections there are enough,
 * at least 1. */
size_t descriptors_make_room(size_t connections);

#endif
