#include "commit/known_keys.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void known_keys_path(char ret[KNOWN_KEYS_PATH_BYTES], uint64_t generation)
{
    snprintf(ret, KNOWN_KEYS_PATH_BYTES, KNOWN_KEYS_FOLDER "/%06" PRIu64, generation);
}

void known_key_write(struct hash128 hash, unsigned char to[KNOWN_KEY_BYTES])
{
    uint64_t words[] = {htobe64(hash.high), htobe64(hash.low)};
    memcpy(to, words, sizeof(words));
}

static enum rc damaged(int folder, const char *path, const char *what, struct err *err)
{
    char text[128];
    snprintf(text, sizeof(text), "%s; --force builds everything anew", what);
    return err_set_at(err, RC_FAILED, folder, path, text);
}

enum rc known_keys_open(int out, uint64_t generation, struct known_keys *ret, struct err *err)
{
    char path[KNOWN_KEYS_PATH_BYTES];
    struct stat st;
    known_keys_path(path, generation);
    int file = openat(out, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0 && errno == ENOENT)
        return damaged(out, path, "is gone", err);
    if (file < 0)
        return err_errno_at(err, out, path, "cannot open it");
    enum rc rc = RC_OK;
    if (fstat(file, &st) != 0)
        rc = err_errno_at(err, out, path, "cannot look at it");
    else if (!S_ISREG(st.st_mode) || st.st_size % KNOWN_KEY_BYTES != 0)
        rc = damaged(out, path, "is no list of keys", err);
    if (rc != RC_OK) {
        close(file);
        return rc;
    }
    ret->file = file;
    ret->count = (uint64_t)st.st_size / KNOWN_KEY_BYTES;
    ret->begin = 0;
    ret->held = 0;
    return RC_OK;
}

void known_keys_close(struct known_keys *k)
{
    close(k->file);
}

/* Fills the window with the keys from `begin` on. */
static enum rc load(struct known_keys *k, uint64_t begin, size_t keys_max, struct err *err)
{
    uint64_t keys = k->count - begin < keys_max ? k->count - begin : keys_max;
    size_t bytes = (size_t)keys * KNOWN_KEY_BYTES;
    for (size_t have = 0; have < bytes;) {
        off_t at = (off_t)(begin * KNOWN_KEY_BYTES + have);
        ssize_t got = pread(k->file, k->window + have, bytes - have, at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_errno_at(err, k->file, ".", "cannot read");
        if (got == 0)
            return damaged(k->file, ".", "was cut while it was read", err);
        have += (size_t)got;
    }
    k->begin = begin;
    k->held = (size_t)keys;
    return RC_OK;
}

static int compare(const struct known_keys *k, size_t index, const unsigned char *key)
{
    return memcmp(k->window + index * KNOWN_KEY_BYTES, key, KNOWN_KEY_BYTES);
}

/* Moves the window to the first key that is not below `key`, none of which lie
 * before the window's end. The next keys are tried first: mostly it is there. */
static enum rc move(struct known_keys *k, const unsigned char *key, struct err *err)
{
    TRY(load(k, k->begin + k->held, KNOWN_KEYS_WINDOW, err));
    if (k->held == 0 || compare(k, k->held - 1, key) >= 0)
        return RC_OK;
    uint64_t low = k->begin + k->held, high = k->count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        TRY(load(k, middle, 1, err));
        if (compare(k, 0, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return load(k, low, KNOWN_KEYS_WINDOW, err);
}

enum rc known_keys_ask(struct known_keys *k, struct hash128 hash, bool *ret, struct err *err)
{
    unsigned char key[KNOWN_KEY_BYTES];
    known_key_write(hash, key);
    if (k->held == 0 || compare(k, k->held - 1, key) < 0)
        TRY(move(k, key, err));
    size_t low = 0, high = k->held;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(k, middle, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *ret = low < k->held && compare(k, low, key) == 0;
    return RC_OK;
}
