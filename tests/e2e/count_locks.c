/* count_locks.c - a library to preload that counts what threads wait on each other with.
 *
 *     COUNT_TO=file    one line at the end: how many locks were taken
 *
 * Sees calls through libc's dynamic symbols. */
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

/* The state of the library: a preloaded one has nobody to hand it in. */
static atomic_ulong count;

#define COUNTED(name, type)                                                                        \
    int name(type *object)                                                                         \
    {                                                                                              \
        union {                                                                                    \
            void *from;                                                                            \
            int (*to)(type *);                                                                     \
        } real = {dlsym(RTLD_NEXT, #name)};                                                        \
        atomic_fetch_add(&count, 1);                                                               \
        return real.to(object);                                                                    \
    }

COUNTED(pthread_mutex_lock, pthread_mutex_t)
COUNTED(pthread_mutex_trylock, pthread_mutex_t)
COUNTED(pthread_rwlock_rdlock, pthread_rwlock_t)
COUNTED(pthread_rwlock_wrlock, pthread_rwlock_t)
COUNTED(sem_wait, sem_t)
COUNTED(sem_post, sem_t)

/* Opened before the program gives up writing elsewhere than to its output. */
static FILE *to;

static void __attribute__((constructor)) begin(void)
{
    const char *path = getenv("COUNT_TO");
    to = path != NULL ? fopen(path, "we") : NULL;
}

static void __attribute__((destructor)) tell(void)
{
    if (to == NULL)
        return;
    fprintf(to, "%lu\n", atomic_load(&count));
    fclose(to);
}
