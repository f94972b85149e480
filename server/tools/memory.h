/* How much memory the machine has left.
 */
#ifndef TOOLS_MEMORY_H
#define TOOLS_MEMORY_H

/* Bytes that can be taken without swapping, as the kernel estimates them (MemAvailable of
 * /proc/meminfo); INFINITY where it does not say. */
double memory_available(void);

#endif
