/* frames.h - the top of a stack trace: which functions, in which files.
 *
 * Reads the traces of Node.js, Python, Java, .NET, Go (text, and the JSON array
 * of its Lambda runtime) and Ruby. Frames of the language, the runtime and
 * installed packages are not the application's; they count only where there
 * are no others. Line numbers are left out, and a frame equal to the one before
 * (recursion) too. */
#ifndef MILLRACE_FRAMES_H
#define MILLRACE_FRAMES_H

#include "util/view.h"

#define FRAMES_MAX 5

/* Lines past this are not looked at: the innermost call stands at the top,
 * except in Python, whose interpreter prints 1000 frames at most. */
#define STACK_BYTES_MAX (64 * 1024)

struct frame {
    struct view function; /* empty where the trace does not say */
    struct view file;
};

/* Up to FRAMES_MAX frames nearest to the failure, in the order they stand in
 * `stack`. Views borrow from it. */
size_t frames_find(struct view stack, struct frame ret_frames[FRAMES_MAX]);

bool frame_is_in_app(const struct frame *f);

#endif
