/* intruder.c - a library to preload that tries what an attacker would, in a
 * worker thread, where the first page of the dataset is compressed, or with
 * INTRUDER_AT=fsync where a file is first made durable. Says on stderr what came
 * of it: "intruder: socket 1" is the error of a socket. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static void say(const char *what, long rc)
{
    dprintf(STDERR_FILENO, "intruder: %s %d\n", what, rc == -1 ? errno : 0);
}

static void intrude(void)
{
    char *const arguments[] = {(char *)"true", NULL};
    const char *outside = getenv("INTRUDER_FILE");
    say("socket", socket(AF_INET, SOCK_STREAM, 0));
    say("fork", syscall(SYS_clone, 17 /* SIGCHLD */, 0, 0, 0, 0));
    say("exec", execv("/bin/true", arguments));
    say("create", open(outside, O_WRONLY | O_CREAT, 0600));
    say("remove", unlink(getenv("INTRUDER_VICTIM")));
    say("write", open(getenv("INTRUDER_VICTIM"), O_WRONLY));
}

static void intrude_once(const char *at)
{
    static atomic_bool is_done;
    const char *wanted = getenv("INTRUDER_AT");
    if (strcmp(wanted != NULL ? wanted : "compress", at) == 0 && !atomic_exchange(&is_done, true))
        intrude();
}

int fsync(int fd)
{
    intrude_once("fsync");
    return (int)syscall(SYS_fsync, fd);
}

/* libzstd's; types as there, but for names. */
size_t ZSTD_compress2(void *context, void *to, size_t capacity, const void *from, size_t size);
size_t ZSTD_compress2(void *context, void *to, size_t capacity, const void *from, size_t size)
{
    intrude_once("compress");
    size_t (*real)(void *, void *, size_t, const void *, size_t);
    *(void **)&real = dlsym(RTLD_NEXT, "ZSTD_compress2");
    return real(context, to, capacity, from, size);
}
