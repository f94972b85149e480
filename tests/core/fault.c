/* The allocator of the tests: glibc's own, with a counter before it. The state is of one process,
 * and Criterion runs each test in one of its own. Any thread may allocate; the functions of fault.h
 * are for one thread, fault_spare for each.
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

void fault_arm_for_good(size_t fail_from)
{
    (void)fail_from;
}

void fault_strike(void)
{
}

size_t fault_calls(void)
{
    return 0;
}

void fault_spare(int spared)
{
    (void)spared;
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

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void *__libc_realloc(void *p, size_t size);
extern void __libc_free(void *p);

static atomic_int armed, failed;
static atomic_size_t calls, from, until; /* calls from <= number < until fail */
static atomic_llong blocks, bytes, peak; /* held since the process began; the most since armed */
static long long blocks_before, bytes_before; /* when it was armed */
static _Thread_local int is_spared;

/* Whether this call is one to fail. */
static int fails(void)
{
    if (!armed || is_spared) {
        return 0;
    }
    const size_t number = ++calls;
    if (number < from || number >= until) {
        return 0;
    }
    failed = 1;
    errno = ENOMEM;
    return 1;
}

static void count(const void *p, int sign)
{
    if (p == NULL) {
        return;
    }
    const long long size = sign * (long long)malloc_usable_size((void *)(uintptr_t)p);
    const long long now = atomic_fetch_add(&bytes, size) + size;
    atomic_fetch_add(&blocks, sign);
    long long most = peak;
    while (armed && now > most && !atomic_compare_exchange_weak(&peak, &most, now)) {
        continue;
    }
}

static void *counted(void *p)
{
    count(p, 1);
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

int posix_memalign(void **p, size_t alignment, size_t size)
{
    *p = aligned_alloc(alignment, size);
    return *p != NULL ? 0 : ENOMEM;
}

void *realloc(void *p, size_t size)
{
    if (fails()) {
        return NULL;
    }
    count(p, -1);
    void *moved = __libc_realloc(p, size);
    count(moved != NULL || size == 0 ? moved : p, 1);
    return moved;
}

void free(void *p)
{
    count(p, -1);
    __libc_free(p);
}

int fault_supported(void)
{
    return 1;
}

static void arm(size_t first, size_t end)
{
    from = first;
    until = end;
    failed = 0;
    calls = 0;
    blocks_before = blocks;
    peak = bytes_before = bytes;
    armed = 1;
}

void fault_arm(size_t fail_at)
{
    arm(fail_at, fail_at + 1); /* no call has number 0 */
}

void fault_arm_for_good(size_t fail_from)
{
    arm(fail_from, SIZE_MAX);
}

int fault_disarm(void)
{
    armed = 0;
    return failed;
}

void fault_strike(void)
{
    from = calls + 1;
    until = from + 1;
}

size_t fault_calls(void)
{
    return calls;
}

void fault_spare(int spared)
{
    is_spared = spared;
}

int fault_leaked(void)
{
    return blocks != blocks_before;
}

size_t fault_peak(void)
{
    return (size_t)(peak - bytes_before);
}

#endif
