/* Which build of the core runs: the same source is compiled for several levels of one architecture,
 * and the dynamic loader takes the best that the processor has. All give the same bits.
 */
#ifndef CORE_BUILD_H
#define CORE_BUILD_H

/* The level that this code was compiled for, as "x86-64-v4" or "aarch64". */
const char *core_build(void);

#endif
