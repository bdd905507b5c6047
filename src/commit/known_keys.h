/* known_keys.h - the keys of the rows that finished generations hold.
 *
 * With --dedupe OUT has a file keys/<generation> for each: the hashes of
 * event_keys.h, 16 bytes each, the highest byte first, ascending and distinct.
 * What an earlier generation lists no later one lists again. Files are read
 * forwards in a small window, so memory does not grow with them. */
#ifndef MILLRACE_KNOWN_KEYS_H
#define MILLRACE_KNOWN_KEYS_H

#include "util/err.h"
#include "util/hash.h"

#include <stdbool.h>
#include <stddef.h>

#define KNOWN_KEYS_FOLDER "keys"

enum { KNOWN_KEYS_PATH_BYTES = 32, KNOWN_KEY_BYTES = 16, KNOWN_KEYS_WINDOW = 512 };

/* The file's path below OUT. */
void known_keys_path(char ret[KNOWN_KEYS_PATH_BYTES], uint64_t generation);

/* A hash as the file holds it. */
void known_key_write(struct hash128 hash, unsigned char to[KNOWN_KEY_BYTES]);

/* One open file; for one thread. */
struct known_keys {
    int file;
    uint64_t count;
    uint64_t begin; /* index of the window's first key */
    size_t held;    /* keys in the window */
    unsigned char window[KNOWN_KEYS_WINDOW * KNOWN_KEY_BYTES];
};

/* RC_FAILED where the file is gone or no list of keys. */
NODISCARD enum rc known_keys_open(int out, uint64_t generation, struct known_keys *ret,
                                  struct err *err);
/* Whether the file lists `hash`. Hashes are asked for in ascending order. */
NODISCARD enum rc known_keys_ask(struct known_keys *k, struct hash128 hash, bool *ret,
                                 struct err *err);
void known_keys_close(struct known_keys *k);

#endif
