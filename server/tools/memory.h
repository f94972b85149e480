/* How much memory there is, and giving some back.
 */
#ifndef TOOLS_MEMORY_H
#define TOOLS_MEMORY_H

/* Bytes that can be taken without swapping, as the kernel estimates them (MemAvailable of
 * /proc/meminfo); INFINITY where it does not say. */
double memory_available(void);

/* Bytes of the machine, or where that is less what the control group of the process may take, as in
 * a container; INFINITY where neither is known. */
double memory_total(void);

/* What was freed, and is kept for allocations to come, goes back to the system. */
void memory_give_back(void);

#endif
