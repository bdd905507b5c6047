/* read_file.h - what events, split and inspect share: objects read one after
 * the other, their account kept. */
#ifndef MILLRACE_READ_FILE_H
#define MILLRACE_READ_FILE_H

#include "object.h"
#include "options.h"

struct file_reader {
    const struct options *options;
    struct interpret_options interpret;
    struct object_options object_options;
    struct giant_slot *slot;
    struct object_reader *reader;
    struct object_sink sink;
    struct ledger ledger; /* of all files so far */
};

/* `sink` is copied. */
NODISCARD enum rc file_reader_init(struct file_reader *f, const struct options *o,
                                   const struct object_sink *sink, struct err *err);
void file_reader_done(struct file_reader *f);

/* Reads a file, every object below a folder, or standard input ("-"). Names are
 * those that `run` would give. */
NODISCARD enum rc file_reader_read(struct file_reader *f, const char *path, struct err *err);

/* Writes to stdout; a closed pipe ends the program quietly as RC_STOPPED. */
NODISCARD enum rc print(struct view bytes, struct err *err);

#endif
