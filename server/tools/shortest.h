/* The fewest digits of a real that read back to its bits, for reals of an everyday size.
 */
#ifndef TOOLS_SHORTEST_H
#define TOOLS_SHORTEST_H

#include <stddef.h>

/* Writes what printf's %.*g does with the least precision of 15, 16 and 17 that reads back to
 * value, without an end; room for 32 characters. Returns the length; 0 where the value is not from
 * 1e-4 to 1e15, or negative so, and nothing was written. */
size_t shortest_text(double value, char *text);

#endif
