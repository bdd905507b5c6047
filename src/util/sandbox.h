/* sandbox.h - gives away what this program never needs.
 *
 * The bytes it reads may be an attacker's. Should a mistake in reading them
 * ever let somebody run code in this process, that code shall find no network,
 * no other program to start, and no file to write but those of the output.
 * Seccomp and Landlock keep to that, where the kernel has them; nothing is
 * lost but that second line of defence where it has not.
 *
 * What was given away does not come back, and new threads inherit it: both
 * functions belong before the first thread. Descriptors that are open stay
 * usable. Each gives NULL when it holds, otherwise a static text that says why
 * it does not, for a notice; that is never a failure. Builds with sanitizers or
 * coverage have no sandbox, for these write and trace at exit. */
#ifndef MILLRACE_SANDBOX_H
#define MILLRACE_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

/* From now on no socket can be made or used by a call, no program executed, no
 * process begun, none traced, no filesystem mounted. A ring of io_uring can
 * still be made where `allows_rings`: its own operations are not calls, and
 * only kernels whose Landlock knows TCP (6.7) keep sandbox_keep_writes() over
 * them. */
const char *sandbox_forbid_calls(bool allows_rings);

/* What may be changed below a folder. */
enum sandbox_right {
    SANDBOX_ALL,     /* files and folders made, written, renamed, removed */
    SANDBOX_RENAME,  /* folders made, renamed and removed, no file: the folder in which a
                        finished tree takes its place */
    SANDBOX_REPLACE, /* files made, renamed and removed, none opened to be written: the folder
                        in which one that is open already takes its place */
};
struct sandbox_folder {
    const char *path; /* one that is not there, or NULL, is passed over */
    enum sandbox_right right;
};

/* From now on nothing on any filesystem is changed but below these folders, and
 * where the kernel can tell, no TCP port is bound or connected to. A right goes
 * with the folder that is there now, whatever it is called later. Reading is
 * left as it is. May be called again: what remains is what all calls allow. */
const char *sandbox_keep_writes(const struct sandbox_folder *folders, size_t count);

#endif
