/* test_sandbox.c - what is given away is gone, and what is needed is not. Each
 * try is made in a process of its own; skipped where the kernel has no sandbox. */
#include "util/sandbox.h"

#include "unit_folder.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* Exit status of a child that found the sandbox wanting. */
enum { HOLDS = 0, MISSING = 77 };

typedef int attempt_fn(void *context);

static int in_a_child(attempt_fn *attempt, void *context)
{
    fflush(NULL);
    pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0)
        _exit(attempt(context));
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status), "ended by signal %d", WTERMSIG(status));
    return WEXITSTATUS(status);
}

static void expect_holds(int status)
{
    if (status == MISSING)
        cr_skip_test("this kernel or build has no sandbox");
    cr_expect_eq(status, HOLDS, "try number %d", status);
}

/* A try that must fail with that error; `number` names it where it does not. */
#define MUST_FAIL(number, call, error)                                                             \
    do {                                                                                           \
        errno = 0;                                                                                 \
        if ((call) != -1 || errno != (error))                                                      \
            return number;                                                                         \
    } while (0)
#define MUST_WORK(number, call)                                                                    \
    do {                                                                                           \
        if ((call) == -1)                                                                          \
            return number;                                                                         \
    } while (0)

static void *add_one(void *context)
{
    ++*(int *)context;
    return NULL;
}

static int try_calls(void *context)
{
    bool allows_rings = *(bool *)context;
    char *const arguments[] = {(char *)"true", NULL};
    pthread_t thread;
    int count = 0, fds[2];
    if (sandbox_forbid_calls(allows_rings) != NULL)
        return MISSING;
    MUST_FAIL(1, socket(AF_INET, SOCK_STREAM, 0), EPERM);
    MUST_FAIL(2, socket(AF_UNIX, SOCK_DGRAM, 0), EPERM);
    MUST_FAIL(3, socketpair(AF_UNIX, SOCK_STREAM, 0, fds), EPERM);
    MUST_FAIL(4, execv("/bin/true", arguments), EPERM);
    MUST_FAIL(5, fork(), EPERM);
    MUST_FAIL(6, syscall(SYS_ptrace, 0, 0, 0, 0), EPERM);
    MUST_FAIL(7, syscall(SYS_clone3, NULL, 0), ENOSYS);
    MUST_FAIL(8, syscall(SYS_bpf, 0, NULL, 0), EPERM);
    errno = 0;
    syscall(SYS_io_uring_setup, 1, NULL);
    if ((errno == EPERM) == allows_rings && errno != ENOSYS)
        return 9;
    /* What is needed still is there. */
    if (pthread_create(&thread, NULL, add_one, &count) != 0)
        return 10;
    pthread_join(thread, NULL);
    MUST_WORK(11, open("/etc/passwd", O_RDONLY));
    return count == 1 ? HOLDS : 12;
}

Test(sandbox, neither_network_nor_programs)
{
    bool allows_rings = false;
    expect_holds(in_a_child(try_calls, &allows_rings));
}

Test(sandbox, rings_where_they_are_allowed)
{
    bool allows_rings = true;
    expect_holds(in_a_child(try_calls, &allows_rings));
}

static int try_to_bind(void)
{
    struct sockaddr_in any = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int rc = bind(fd, (struct sockaddr *)&any, sizeof(any));
    return rc == 0 || errno != EACCES;
}

static int try_files(void *context)
{
    int folder = open(context, O_RDONLY | O_DIRECTORY);
    struct sandbox_folder folders[] = {
        {NULL, SANDBOX_ALL}, {"/there/is/no/such", SANDBOX_ALL}, {context, SANDBOX_RENAME}, {0}};
    char inside[4096];
    snprintf(inside, sizeof(inside), "%s/inside", (const char *)context);
    folders[3] = (struct sandbox_folder){inside, SANDBOX_ALL};
    if (sandbox_keep_writes(folders, 4) != NULL)
        return MISSING;
    MUST_WORK(1, openat(folder, "inside/new", O_WRONLY | O_CREAT, 0600));
    MUST_WORK(2, renameat(folder, "inside/new", folder, "inside/tree/new"));
    MUST_WORK(3, linkat(folder, "inside/tree/new", folder, "inside/linked", 0));
    MUST_WORK(4, unlinkat(folder, "inside/linked", 0));
    MUST_WORK(5, openat(folder, "inside", O_WRONLY | O_TMPFILE, 0600));
    /* Publication. */
    MUST_WORK(6, renameat(folder, "inside/tree", folder, "out"));
    MUST_WORK(7, openat(folder, "outside", O_RDONLY));
    MUST_FAIL(8, openat(folder, "outside", O_WRONLY), EACCES);
    MUST_FAIL(9, openat(folder, "new", O_WRONLY | O_CREAT, 0600), EACCES);
    MUST_FAIL(10, unlinkat(folder, "outside", 0), EACCES);
    MUST_FAIL(11, openat(folder, "out/new", O_WRONLY), EACCES);
    MUST_FAIL(12, symlinkat("/etc", folder, "inside/etc"), EACCES);
    MUST_FAIL(13, mkfifoat(folder, "inside/fifo", 0600), EACCES);
    MUST_FAIL(14, open("/tmp/millrace-outside", O_WRONLY | O_CREAT, 0600), EACCES);
    if (linkat(folder, "inside/kept", folder, "kept", 0) == 0)
        return 15;
    return HOLDS;
}

Test(sandbox, writes_below_its_folders_alone)
{
    struct unit_folder folder = unit_folder_make();
    unit_file(&folder, "outside", "x");
    unit_file(&folder, "inside/kept", "x");
    unit_file(&folder, "inside/tree/old", "x");
    expect_holds(in_a_child(try_files, folder.path));
    unit_folder_remove(&folder);
}

/* The next generation: an old tree with a right of its own changes places. */
static int try_exchange(void *context)
{
    char out[4096], work[4096];
    snprintf(out, sizeof(out), "%s/out", (const char *)context);
    snprintf(work, sizeof(work), "%s/work", (const char *)context);
    const struct sandbox_folder folders[] = {
        {out, SANDBOX_ALL}, {work, SANDBOX_ALL}, {context, SANDBOX_RENAME}};
    int folder = open(context, O_RDONLY | O_DIRECTORY);
    if (sandbox_keep_writes(folders, 3) != NULL)
        return MISSING;
    MUST_WORK(1, linkat(folder, "out/events/a", folder, "work/next/events/a", 0));
    MUST_WORK(2, renameat2(folder, "work/next", folder, "out", RENAME_EXCHANGE));
    MUST_WORK(3, unlinkat(folder, "work/next/events/a", 0));
    MUST_WORK(4, unlinkat(folder, "work/next/events", AT_REMOVEDIR));
    MUST_WORK(5, unlinkat(folder, "work/next", AT_REMOVEDIR));
    MUST_FAIL(6, unlinkat(folder, "outside", 0), EACCES);
    return HOLDS;
}

Test(sandbox, lets_a_tree_change_places_with_the_one_before)
{
    struct unit_folder folder = unit_folder_make();
    unit_file(&folder, "outside", "x");
    unit_file(&folder, "out/events/a", "x");
    unit_file(&folder, "work/next/events/b", "x");
    expect_holds(in_a_child(try_exchange, folder.path));
    unit_folder_remove(&folder);
}

static int try_nothing_to_write(void *context)
{
    if (sandbox_keep_writes(NULL, 0) != NULL)
        return MISSING;
    MUST_WORK(1, write(STDOUT_FILENO, "", 0));
    MUST_FAIL(2, open(context, O_WRONLY | O_CREAT, 0600), EACCES);
    MUST_FAIL(3, mkdir(context, 0700), EACCES);
    /* Kernels whose Landlock knows TCP. */
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
    return abi >= 4 && try_to_bind() ? 4 : HOLDS;
}

Test(sandbox, can_keep_all_files_as_they_are)
{
    expect_holds(in_a_child(try_nothing_to_write, (void *)"/tmp/millrace-outside"));
}

static int try_replace(void *context)
{
    struct sandbox_folder to = {context, SANDBOX_REPLACE};
    int folder = open(context, O_RDONLY | O_DIRECTORY);
    int aside = openat(folder, "aside", O_WRONLY | O_CREAT, 0600);
    if (sandbox_keep_writes(&to, 1) != NULL)
        return MISSING;
    MUST_WORK(1, write(aside, "y", 1));
    MUST_WORK(2, renameat(folder, "aside", folder, "shown"));
    MUST_FAIL(3, openat(folder, "shown", O_WRONLY), EACCES);
    MUST_FAIL(4, openat(folder, "new", O_WRONLY | O_CREAT, 0600), EACCES);
    MUST_FAIL(5, mkdirat(folder, "made", 0700), EACCES);
    MUST_FAIL(6, open("/tmp/millrace-outside", O_WRONLY | O_CREAT, 0600), EACCES);
    return HOLDS;
}

Test(sandbox, lets_an_open_file_take_its_place)
{
    struct unit_folder folder = unit_folder_make();
    unit_file(&folder, "shown", "x");
    expect_holds(in_a_child(try_replace, folder.path));
    unit_folder_remove(&folder);
}
