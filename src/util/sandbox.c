#include "util/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#if defined(__x86_64__)
#define THIS_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_ARCH AUDIT_ARCH_AARCH64
#else
#error "which AUDIT_ARCH_ is this?"
#endif

static const char no_seccomp[] = "the kernel, or the container, does not allow seccomp filters";
static const char no_landlock[] = "the kernel has no Landlock, or has it switched off";
static const char old_landlock[] =
    "this kernel's Landlock forbids all renames between folders; it is there from Linux 5.19";

/* ---- Calls ---- */

/* Never made by this program, its libraries or libc on their behalf. */
static const uint32_t forbidden[] = {
    /* network, and descriptors passed through it */
    SYS_socket,
    SYS_socketpair,
    SYS_connect,
    SYS_bind,
    SYS_listen,
    SYS_accept,
    SYS_accept4,
    SYS_sendto,
    SYS_sendmsg,
    SYS_sendmmsg,
    SYS_recvfrom,
    SYS_recvmsg,
    SYS_recvmmsg,
    /* programs */
    SYS_execve,
    SYS_execveat,
#ifdef SYS_fork
    SYS_fork,
    SYS_vfork,
#endif
    /* other processes */
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_pidfd_getfd,
    SYS_kcmp,
    /* the machine */
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_unshare,
    SYS_setns,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_add_key,
    SYS_request_key,
    SYS_keyctl,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_reboot,
    SYS_swapon,
};

enum { PROGRAM_MAX = COUNT_OF(forbidden) + 24 };

struct program {
    struct sock_filter code[PROGRAM_MAX];
    unsigned short size;
};

static void add(struct program *p, struct sock_filter instruction)
{
    p->code[p->size++] = instruction;
}

static void load(struct program *p, uint32_t offset)
{
    add(p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset));
}

static void give(struct program *p, uint32_t verdict)
{
    add(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, verdict));
}

/* The verdict for one call; the number is loaded. */
static void refuse(struct program *p, uint32_t call, uint32_t verdict)
{
    add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1));
    give(p, verdict);
}

static void make_program(struct program *p, bool allows_rings)
{
    const uint32_t no = SECCOMP_RET_ERRNO | EPERM;
    load(p, offsetof(struct seccomp_data, arch));
    add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, THIS_ARCH, 1, 0));
    give(p, no);
    load(p, offsetof(struct seccomp_data, nr));
#ifdef __x86_64__
    /* The x32 calls of the same architecture have this bit. */
    add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x40000000, 0, 1));
    give(p, no);
#endif
    /* Its flags lie in memory, where a filter cannot look: libc then takes clone. */
    refuse(p, SYS_clone3, SECCOMP_RET_ERRNO | ENOSYS);
    if (!allows_rings)
        refuse(p, SYS_io_uring_setup, no);
    /* A thread is a clone that shares all; a process is any other. */
    add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4));
    load(p, offsetof(struct seccomp_data, args[0]));
    add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x00010000 /* CLONE_THREAD */,
                                        0, 1));
    give(p, SECCOMP_RET_ALLOW);
    give(p, no);
    for (size_t i = 0; i < COUNT_OF(forbidden); i++) {
        add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, forbidden[i],
                                            (uint8_t)(COUNT_OF(forbidden) - i), 0));
    }
    give(p, SECCOMP_RET_ALLOW);
    give(p, no);
}

const char *sandbox_forbid_calls(bool allows_rings)
{
    struct program p = {.size = 0};
    make_program(&p, allows_rings);
    struct sock_fprog program = {.len = p.size, .filter = p.code};
    /* The flag: older kernels slow loads down for whoever has a filter, against
     * others in the same process, of whom there are none here. */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program) !=
            0)
        return no_seccomp;
    return NULL;
}

/* ---- Files ---- */

/* Debian 12's headers end at Landlock ABI 2. */
#define ACCESS_FS_TRUNCATE (UINT64_C(1) << 14)
#define ACCESS_NET_BIND_TCP (UINT64_C(1) << 0)
#define ACCESS_NET_CONNECT_TCP (UINT64_C(1) << 1)
struct ruleset_attr {
    uint64_t handled_access_fs;
    uint64_t handled_access_net; /* from ABI 4 */
};

#define RENAMES                                                                                    \
    (LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REFER)
#define WRITES                                                                                     \
    (RENAMES | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |                       \
     LANDLOCK_ACCESS_FS_REMOVE_FILE)
#define REPLACES (LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE)
/* Handled, so that nobody has them. */
#define NEVER                                                                                      \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_SOCK |    \
     LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)

static uint64_t rights_of(enum sandbox_right right, uint64_t handled)
{
    static const uint64_t rights[] = {
        [SANDBOX_ALL] = WRITES | ACCESS_FS_TRUNCATE,
        [SANDBOX_RENAME] = RENAMES,
        [SANDBOX_REPLACE] = REPLACES,
    };
    return rights[right] & handled;
}

static bool add_folder(int ruleset, const struct sandbox_folder *folder, uint64_t handled)
{
    int fd = folder->path != NULL ? open(folder->path, O_PATH | O_CLOEXEC) : -1;
    if (fd < 0)
        return folder->path == NULL || errno == ENOENT;
    struct landlock_path_beneath_attr rule = {.allowed_access = rights_of(folder->right, handled),
                                              .parent_fd = fd};
    long rc = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    close(fd);
    return rc == 0;
}

const char *sandbox_keep_writes(const struct sandbox_folder *folders, size_t count)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 1)
        return no_landlock;
    if (abi < 2)
        return old_landlock;
    struct ruleset_attr attr = {.handled_access_fs = WRITES | NEVER};
    if (abi >= 3)
        attr.handled_access_fs |= ACCESS_FS_TRUNCATE;
    if (abi >= 4)
        attr.handled_access_net = ACCESS_NET_BIND_TCP | ACCESS_NET_CONNECT_TCP;
    size_t size = abi >= 4 ? sizeof(attr) : sizeof(attr.handled_access_fs);
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
    if (ruleset < 0)
        return no_landlock;
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++)
        ok = add_folder(ruleset, &folders[i], attr.handled_access_fs);
    ok = ok && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    close(ruleset);
    return ok ? NULL : no_landlock;
}
