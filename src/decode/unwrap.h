/* unwrap.h - peels a stored object, or a payload inside one, to plain text.
 *
 * Layers are recognised by content, never by name, again after each layer, to
 * LAYERS_MAX: gzip (one or many members, zero padding between), zlib, zstd,
 * base64 over the whole text. The text comes in runs: neighbouring sound
 * members are one run, so that a record may span them; a member that fails is
 * a border. Stored bytes are accounted here (promise P1): every byte of the
 * object is parsed, padding or quarantined.
 *
 * Memory: one reused window per layer of about two members, grown only for a
 * record that fills it (RC_TOO_BIG past the bound). Small members go through
 * libdeflate, larger and truncated ones stream through ISA-L in bounded steps.
 * One unwrapper per worker and use (an envelope's payload needs a second one);
 * none is shared. */
#ifndef MILLRACE_UNWRAP_H
#define MILLRACE_UNWRAP_H

#include "limits.h"
#include "util/err.h"
#include "util/view.h"

struct unwrapper;

/* Damage that unwrapping itself finds. */
struct damage {
    uint64_t offset;       /* in the stored object (or the payload given to begin) */
    uint64_t length;       /* there */
    bool is_inner;         /* the damage lies inside a layer: */
    uint64_t inner_offset; /* … at this offset of what that layer decodes from the member below, */
    uint64_t inner_length; /* … this long. Offset and length then tell the outermost member it
                              begins in: a streamed one as far as it was read by then */
    const char *layer;     /* whose bytes are damaged: "stored", "gzip", "gzip>gzip",
                              "base64>gzip", …: valid as long as the unwrapper */
    const char *reason;    /* static text, e.g. "gzip: checksum mismatch" */
    struct view excerpt;   /* the first bytes of it, at most EXCERPT_BYTES_MAX; valid in the call */
};

/* Called for each damaged span, in order of offset, after the text before it
 * was consumed and before the text behind it is given. */
typedef void unwrap_damage_fn(void *context, const struct damage *damage);

struct unwrap_bytes {
    uint64_t parsed, padding, quarantined; /* stored bytes; their sum is what was covered */
};

/* What part of an object to read. */
struct unwrap_range {
    uint64_t begin; /* first stored byte */
    uint64_t end;   /* one past the last */
    /* A slice of a gzip object: begin is where to start looking for a member
     * that verifies (0: the object's start), and members that start before end
     * belong to it, wherever they end. False: exactly [begin, end). */
    bool is_member_search;
};

/* window_bytes_max: how far a window may grow for one record. A parent that
 * hands payloads on passes depth = layers already peeled. NULL when out of
 * memory. */
struct unwrapper *unwrap_new(size_t window_bytes_max, unwrap_damage_fn *on_damage, void *context);
void unwrap_free(struct unwrapper *u);

/* Begins an object. `object` is all of it, borrowed until the next begin and
 * followed by INPUT_SLACK_BYTES readable bytes. `depth` layers were peeled
 * already. */
void unwrap_begin(struct unwrapper *u, struct view object, struct unwrap_range range,
                  unsigned depth);

/* A window on the current run. */
struct text {
    struct view bytes; /* unconsumed text; 64 readable bytes follow. Borrowed until the next call */
    bool is_final;     /* nothing joins it: a border or the end follows */
    bool is_truncated; /* the run ends because a truncated or failed large member ended: whole
                          documents are kept, of lines only those with their line end */
    bool is_unverified; /* the window holds text of a member whose checksum never matched;
                           which bytes, unwrap_origin() tells */
};

/* Members of at most MEMBER_BYTES_MAX are verified before their text is given.
 * Text of a larger one is given while its checksum is still ahead, and so is
 * that of one which the end of the input cuts off, or which fails and holds
 * another layer: when a member fails so, what was given stays, the run ends
 * with is_truncated, and records counted with unwrap_count_record() become
 * unverified.
 *
 * The next window. The caller consumes what it has used, then calls again:
 * more text is appended to the rest. After a final window all of it must be
 * consumed. Gives RC_END when the object is done; RC_TOO_BIG when the window
 * is full and nothing was consumed: the caller consumes (as damage) and goes
 * on. RC_NO_MEMORY ends the object. Damage is not a failure: it goes to the
 * callback. */
NODISCARD enum rc unwrap_next(struct unwrapper *u, struct text *ret, struct err *err);
void unwrap_consume(struct unwrapper *u, size_t bytes);

/* Where text at `offset` of the current window comes from. */
struct origin {
    uint64_t stored_offset; /* of the outermost member, or the byte itself in a plain object */
    uint64_t unit_offset;   /* offset of that text inside the decoded text of the unit at
                               stored_offset; 0 in a plain object */
    bool is_unverified;     /* a member around that text has failed already */
};
struct origin unwrap_origin(const struct unwrapper *u, size_t offset);

/* Counts a record that begins at `offset` of the current window, before it is
 * consumed: so that those of a member that fails later can be told. */
void unwrap_count_record(struct unwrapper *u, size_t offset);
/* Valid after RC_END: records counted whose text came out of a member, in
 * whatever layer, that failed in the end. */
uint64_t unwrap_unverified_records(const struct unwrapper *u);

/* The layers around the current window, outermost first: "" for a plain
 * object, "gzip", "gzip>gzip", "base64>gzip", … */
const char *unwrap_layers(const struct unwrapper *u);

/* Valid after RC_END. */
struct unwrap_bytes unwrap_account(const struct unwrapper *u);
/* Valid after RC_END: for a member-search range, where the chain of members
 * began and where it ended (the start of the first member it did not take). */
struct unwrap_range unwrap_chain(const struct unwrapper *u);
/* Valid after RC_END: bytes that the innermost layers decoded to, whether or
 * not they were consumed as records. */
uint64_t unwrap_decoded_bytes(const struct unwrapper *u);

/* What planning needs to know of a large object, from its bytes alone. */
enum object_head {
    HEAD_PLAIN_JSON,    /* a plain stream of documents: can be cut at seams */
    HEAD_SMALL_MEMBERS, /* gzip whose first member is small and holds whole documents: can be
                           cut at members */
    HEAD_WHOLE,         /* anything else: one piece */
};
/* Ends what the unwrapper was doing. */
enum object_head unwrap_head(struct unwrapper *u, struct view object);

#endif
