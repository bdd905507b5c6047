/* memory.c - a library to preload in which the n-th allocation fails.
 *
 *     MEMORY_AT=n       the call to malloc, calloc, realloc or their aligned kin that
 *                       fails, from 1; 0: none
 *     MEMORY_LASTING=1  and all that come after it
 *     MEMORY_TELL=1     says at the end how many there were: "memory: 123" on stderr
 *
 * Sees the program's own calls and those of its libraries, libc's for its
 * streams among them. */
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_ulong calls;

static unsigned long number_of(const char *name)
{
    const char *text = getenv(name);
    return text != NULL ? strtoul(text, NULL, 10) : 0;
}

static bool is_to_fail(void)
{
    static atomic_ulong at = -1UL;
    static atomic_bool is_lasting;
    if (atomic_load(&at) == -1UL) {
        atomic_store(&is_lasting, number_of("MEMORY_LASTING") == 1);
        atomic_store(&at, number_of("MEMORY_AT"));
    }
    unsigned long wanted = atomic_load(&at);
    unsigned long number = atomic_fetch_add(&calls, 1) + 1;
    if (wanted == 0 || number < wanted || (number > wanted && !atomic_load(&is_lasting)))
        return false;
    errno = ENOMEM;
    return true;
}

/* The real functions. dlsym() itself may allocate: from here, for ever. */
static struct {
    void *(*malloc)(size_t);
    void *(*calloc)(size_t, size_t);
    void *(*realloc)(void *, size_t);
    void *(*aligned_alloc)(size_t, size_t);
    int (*posix_memalign)(void **, size_t, size_t);
    void (*free)(void *);
} real;
static _Alignas(64) char early[65536];
static size_t early_used;
static _Thread_local bool is_looking_up;

static void *early_alloc(size_t size)
{
    void *at = early + early_used;
    early_used += (size + 63) / 64 * 64;
    return early_used <= sizeof(early) ? at : NULL;
}

static void look_up(void)
{
    is_looking_up = true;
    *(void **)&real.calloc = dlsym(RTLD_NEXT, "calloc");
    *(void **)&real.realloc = dlsym(RTLD_NEXT, "realloc");
    *(void **)&real.aligned_alloc = dlsym(RTLD_NEXT, "aligned_alloc");
    *(void **)&real.posix_memalign = dlsym(RTLD_NEXT, "posix_memalign");
    *(void **)&real.free = dlsym(RTLD_NEXT, "free");
    *(void **)&real.malloc = dlsym(RTLD_NEXT, "malloc");
    is_looking_up = false;
}

void *malloc(size_t size)
{
    if (is_looking_up)
        return early_alloc(size);
    if (real.malloc == NULL)
        look_up();
    return is_to_fail() ? NULL : real.malloc(size);
}

void *calloc(size_t count, size_t size)
{
    if (is_looking_up)
        return early_alloc(count * size);
    if (real.malloc == NULL)
        look_up();
    return is_to_fail() ? NULL : real.calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    if (real.malloc == NULL)
        look_up();
    return is_to_fail() ? NULL : real.realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    if (real.malloc == NULL)
        look_up();
    return is_to_fail() ? NULL : real.aligned_alloc(alignment, size);
}

int posix_memalign(void **ret, size_t alignment, size_t size)
{
    if (real.malloc == NULL)
        look_up();
    return is_to_fail() ? ENOMEM : real.posix_memalign(ret, alignment, size);
}

void free(void *old)
{
    if ((char *)old >= early && (char *)old < early + sizeof(early))
        return;
    if (real.malloc == NULL)
        look_up();
    real.free(old);
}

static void tell(void) __attribute__((destructor));
static void tell(void)
{
    char text[64];
    if (number_of("MEMORY_TELL") != 1)
        return;
    int size = snprintf(text, sizeof(text), "memory: %lu\n", atomic_load(&calls));
    if (write(STDERR_FILENO, text, (size_t)size) != size)
        _exit(1);
}
