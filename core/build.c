/* The name of this build, given by the Makefile; nothing is asked of the processor here. */
#include "core/build.h"

#ifndef CORE_BUILD
#define CORE_BUILD "plain"
#endif

const char *core_build(void)
{
    return CORE_BUILD;
}
