/* The allocator of the tests: glibc's own, with a counter before it. The state is of one process,
 * and Criterion runs each test in one of its own.
 */
#include "tests/core/fault.h"

#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || !defined(__GLIBC__)
#define SANITIZED 1
#endif

#ifdef SANITIZED

extern int __lsan_do_recoverable_leak_check(void);
extern const char *__asan_default_options(void);

/* More memory than there is must be refused, as everywhere else. */
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

int fault_supported(void)
{
    return 0;
}

void fault_arm(size_t fail_at)
{
    (void)fail_at;
}

int fault_disarm(void)
{
    return 0;
}

int fault_leaked(void)
{
    return __lsan_do_recoverable_leak_check();
}

size_t fault_peak(void)
{
    return 0;
}

#else

#include <malloc.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void *__libc_realloc(void *p, size_t size);
extern void __libc_free(void *p);

static int armed, failed;
static size_t calls, failing;
static ptrdiff_t live;
static ptrdiff_t bytes, peak;

/* Whether this call is the one to fail. */
static int fails(void)
{
    if (armed && ++calls == failing) {
        failed = 1;
        return 1;
    }
    return 0;
}

static void *counted(void *p)
{
    if (armed && p != NULL) {
        live++;
        bytes += (ptrdiff_t)malloc_usable_size(p);
        peak = bytes > peak ? bytes : peak;
    }
    return p;
}

void *malloc(size_t size)
{
    return fails() ? NULL : counted(__libc_malloc(size));
}

void *calloc(size_t n, size_t size)
{
    return fails() ? NULL : counted(__libc_calloc(n, size));
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : counted(__libc_memalign(alignment, size));
}

void *realloc(void *p, size_t size)
{
    void *moved = fails() ? NULL : __libc_realloc(p, size);
    live += armed && p == NULL && moved != NULL;
    return moved;
}

void free(void *p)
{
    if (armed && p != NULL) {
        live--;
        bytes -= (ptrdiff_t)malloc_usable_size(p);
    }
    __libc_free(p);
}

int fault_supported(void)
{
    return 1;
}

void fault_arm(size_t fail_at)
{
    armed = 1;
    failed = 0;
    calls = 0;
    failing = fail_at;
    live = 0;
    bytes = peak = 0;
}

int fault_disarm(void)
{
    armed = 0;
    return failed;
}

int fault_leaked(void)
{
    return live != 0;
}

size_t fault_peak(void)
{
    return (size_t)peak;
}

#endif
