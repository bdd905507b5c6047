/* err.h - result codes, and the one line of text that goes with a failure.
 *
 * Three kinds: a verdict on input (quarantine it, count it, go on), the world
 * failed (stop; the journal stays true), wrong use (tell the caller). A bug is
 * an assert. rc_info() maps each code to its name, kind and exit status. */
#ifndef MILLRACE_ERR_H
#define MILLRACE_ERR_H

#include <stdarg.h>

#define NODISCARD __attribute__((warn_unused_result))

enum rc {
    RC_OK,
    /* Not failures: the end of a sequence; the caller's storage is full. */
    RC_END,
    RC_FULL,
    /* Verdicts on input. */
    RC_BAD_INPUT,   /* not what it should be */
    RC_TOO_BIG,     /* past a bound of limits.h or an option */
    RC_UNSUPPORTED, /* a known format this program does not read */
    /* The world. */
    RC_IO,        /* errno is in the text */
    RC_NO_MEMORY, /* an allocation failed */
    RC_NO_SPACE,  /* disk full or quota: run again when there is room */
    RC_FAILED,    /* anything else that ends the run with nothing published */
    /* Use. */
    RC_USAGE,    /* bad arguments, or work that does not fit this OUT */
    RC_CHANGED,  /* an object is not what the plan says of it */
    RC_LOCKED,   /* another live run holds OUT */
    RC_STOPPED,  /* SIGINT or SIGTERM */
    RC_MISMATCH, /* verify found a difference */
    RC_COUNT
};

enum rc_kind { RC_KIND_NONE, RC_KIND_VERDICT, RC_KIND_WORLD, RC_KIND_USE };

struct rc_info {
    const char *name;
    enum rc_kind kind;
    int exit_status;
};

const struct rc_info *rc_info(enum rc rc);

#define ERR_TEXT_BYTES 1024

struct err {
    char text[ERR_TEXT_BYTES]; /* one line, no newline, already safe to print */
};

/* Formats the text and returns `rc`, so that `return err_set(err, RC_X, …)`
 * is the whole failure path. `err` may be NULL. */
enum rc err_set(struct err *err, enum rc rc, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with ": <strerror(errno)>" behind; ENOSPC and EDQUOT give
 * RC_NO_SPACE and say to make room, ENOMEM RC_NO_MEMORY, everything else RC_IO. */
enum rc err_errno(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for `path` below an open folder (or AT_FDCWD): "<whole path>: <what>:
 * <strerror(errno)>", so that it shows which disk is meant. */
enum rc err_errno_at(struct err *err, int folder, const char *path, const char *what);

/* err_set() for `path` below an open folder: "<whole path>: <what>". */
enum rc err_set_at(struct err *err, enum rc rc, int folder, const char *path, const char *what);

/* err_errno() for a path the user named: RC_USAGE where errno says that the path
 * itself is wrong (not there, no permission, …) and no retry will help. */
enum rc err_errno_named(struct err *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Passes a failure on. Only while holding nothing. */
#define TRY(call)                                                                                  \
    do {                                                                                           \
        enum rc try_rc_ = (call);                                                                  \
        if (try_rc_ != RC_OK)                                                                      \
            return try_rc_;                                                                        \
    } while (0)

#endif
