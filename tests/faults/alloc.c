/* Loaded before the C library: allocations that fail when a test says so, counted over all threads,
 * and a count of what is not given back. The test holds the other end of a file that both map; its
 * path is in ALLOC_FAULTS, and its layout is that of `State`, in numbers of 64 bits.
 *
 * Order: the test sets `until` to 0, `calls` to 0 and `from`, and at last `until`: then the calls
 * of these numbers get no memory. Without the file all is as usual.
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void *__libc_realloc(void *p, size_t size);
extern void __libc_free(void *p);

typedef struct State {
    _Atomic int64_t calls;       /* since the test wrote 0 here */
    _Atomic int64_t from, until; /* calls from <= number < until fail */
    _Atomic int64_t failed;
    _Atomic int64_t blocks, bytes; /* held now; not what was there before the file was mapped */
} State;

static State unmapped;
static State *state = &unmapped;

static void __attribute__((constructor)) map_state(void)
{
    const char *path = getenv("ALLOC_FAULTS");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    void *mapped = mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped != MAP_FAILED)
        state = mapped;
    close(fd);
}

/* Whether this call is one to fail. */
static int fails(void)
{
    int64_t number = atomic_fetch_add(&state->calls, 1);
    if (number < atomic_load(&state->from) || number >= atomic_load(&state->until))
        return 0;
    atomic_fetch_add(&state->failed, 1);
    errno = ENOMEM;
    return 1;
}

static void count(const void *p, int64_t sign)
{
    if (p == NULL)
        return;
    atomic_fetch_add(&state->blocks, sign);
    atomic_fetch_add(&state->bytes, sign * (int64_t)malloc_usable_size((void *)(uintptr_t)p));
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

void *memalign(size_t alignment, size_t size)
{
    return fails() ? NULL : counted(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

int posix_memalign(void **p, size_t alignment, size_t size)
{
    void *got = memalign(alignment, size);
    if (got == NULL)
        return ENOMEM;
    *p = got;
    return 0;
}

void *realloc(void *p, size_t size)
{
    if (fails())
        return NULL;
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
