/* layer.h - the stack of layers inside an unwrapper.
 *
 * Layer 0 is the stored object; its window is the mapping. Layer k > 0 decodes
 * the window of layer k - 1 into its own. Text comes in runs: a border (damage,
 * or the end) finishes the window of the layer that met it, every layer above
 * works its input off and ends, and what follows the border is recognised
 * anew. Damage is told only after the run before it was used, so that reports
 * come in the order of the object.
 *
 * Internal to the decode module: unwrap.h is its face. */
#ifndef MILLRACE_LAYER_H
#define MILLRACE_LAYER_H

#include "decode/base64.h"
#include "decode/member.h"
#include "decode/unwrap.h"
#include "decode/window.h"

/* What trying members that turn out damaged may decode in all, so that false
 * headers in front of one bomb cannot multiply it: so much per layer, and so
 * much per byte of its input. Logs compress 5 to 30 times, a head that goes
 * wrong in its first block counts as 4 KiB (member.c), and a search that
 * succeeds gives back what it took. */
#define TRIAL_BYTES_MIN MIB(64)
#define TRIAL_BYTES_PER_INPUT 128

/* The stored object, LAYERS_MAX layers, and the one that refuses any more. */
#define LAYER_SLOTS (LAYERS_MAX + 2)

#define POSITION_NONE UINT64_MAX

/* Every path of LAYERS_MAX layers, "base64>base64>base64" the longest. */
#define PATHS_MAX 125
#define PATH_BYTES_MAX 24

enum layer_state {
    LAYER_BETWEEN,   /* before a member, padding or the end */
    LAYER_STREAMING, /* a member is large or breaks off: it is next to be streamed */
    LAYER_IN_MEMBER, /* in a streamed member */
    LAYER_LOST,      /* in damage that began at `begin` */
    LAYER_ENDED,     /* its input run is used up */
};

/* Records that began in the streamed member at hand, should it fail. Offsets
 * count the innermost text that the object gave. */
struct watch {
    bool is_open;   /* may still fail */
    bool is_failed; /* until the run ends */
    uint64_t begin;
    uint64_t records; /* not counted as unverified already */
};

struct layer {
    enum layer_kind kind;
    enum layer_state state;
    struct window out;
    struct member_decoder decoder;
    struct base64_decoder base64;
    const char *refusal; /* LAYER_REFUSED: why */
    const char *path;    /* "gzip>gzip": up to and with this layer */

    /* Of the layer below, as far as this layer needs it. */
    uint64_t input_begin; /* position where this layer began */
    size_t input_wanted;  /* bytes that must be at hand before it goes on */
    bool is_input_full;   /* the layer below has no room for more */
    uint64_t fill_begin;  /* position in `out` where this fill began */
    uint64_t trial_bytes; /* decoded in vain, over the whole object */

    /* The streamed member or the damage at hand; positions in the layer below. */
    uint64_t begin;
    const char *reason;
    struct segment unit;   /* the outermost member it begins in */
    uint64_t inner_offset; /* of `begin` in what the layer below decoded from that */
    char excerpt[EXCERPT_BYTES_MAX];
    size_t excerpt_size;
    uint64_t search_from;
    uint64_t resume_at; /* where the damage ends, if known */
    bool is_searched;   /* a search has found nothing */
    uint64_t member_bytes;
    struct watch watch;
};

struct unwrapper {
    size_t window_bytes_max;
    unwrap_damage_fn *on_damage;
    void *context;

    struct view object;
    struct unwrap_range range;
    unsigned depth;
    struct layer layers[LAYER_SLOTS];
    unsigned top;

    bool is_started; /* the first layers stand */
    bool is_done;
    bool is_unknown;     /* the run at hand was not recognised yet */
    bool has_given;      /* a window of the run was given */
    bool is_final_given; /* the last one */
    bool is_chain_begin; /* a slice that still looks for its first member */

    struct unwrap_bytes bytes;
    struct unwrap_range chain;
    uint64_t text_bytes; /* innermost text consumed */
    uint64_t unverified_records;
    /* The stored member that was streamed last. */
    uint64_t streamed_offset, streamed_length; /* length 0: not at its end */

    char paths[PATHS_MAX][PATH_BYTES_MAX];
};

/* What a layer reads. */
struct input {
    struct view bytes;
    uint64_t position;
    bool is_final;    /* no more will come */
    bool is_complete; /* final, or no more fits */
};

static inline struct input layer_input(struct unwrapper *u, unsigned k)
{
    const struct window *below = &u->layers[k - 1].out;
    return (struct input){
        .bytes = window_view(below),
        .position = below->position,
        .is_final = below->is_final,
        .is_complete = below->is_final || u->layers[k].is_input_full,
    };
}

static inline void layer_take(struct unwrapper *u, unsigned k, size_t bytes)
{
    window_consume(&u->layers[k - 1].out, bytes);
    u->layers[k].is_input_full &= bytes == 0;
}

/* Puts a layer of that kind on layer k - 1, whose window it then reads. False
 * when out of memory. */
bool layer_begin(struct unwrapper *u, unsigned k, enum layer_kind kind);
void layer_done(struct layer *layer);

/* Adds to the window of layer k. */
enum fill_rc {
    FILL_OK,   /* there is more, or the window is final */
    FILL_FULL, /* no room, and nothing was added */
    FILL_NO_MEMORY,
};
enum fill_rc layer_fill(struct unwrapper *u, unsigned k);

/* What one step of a layer came to. */
enum step {
    STEP_ON,    /* go on */
    STEP_INPUT, /* more input is needed */
    STEP_GIVE,  /* hand out what the window holds */
    STEP_FULL,  /* no room in the window */
    STEP_NO_MEMORY,
};

/* ---- layer_damage.c: losing the way and finding it again ---- */

/* "gzip: truncated member" and the like. */
const char *layer_truncated_reason(enum layer_kind kind);

/* Remembers where a member or damage begins: what a report will need. */
void layer_note_begin(struct unwrapper *u, unsigned k, uint64_t position);

/* Damage begins at `position`: the run ends before it. */
enum step layer_lose(struct unwrapper *u, unsigned k, uint64_t position, const char *reason);

/* The member at the start of the input cannot be decoded as it stands: is it
 * cut short, or damaged? */
enum step layer_judge(struct unwrapper *u, unsigned k);

/* The streamed member failed. */
enum step layer_fail(struct unwrapper *u, unsigned k, const char *reason);

/* Passes damage, up to the next sound member. */
enum step layer_step_lost(struct unwrapper *u, unsigned k);

/* Whether a member that verifies starts at input offset *at or later; *at is
 * then its offset, and otherwise how far there is none for certain. FOUND_CUT:
 * none does, but at *at starts one that decodes without an error to log text or
 * a layer, as far as the last of the input. */
enum found_rc { FOUND_YES, FOUND_NO, FOUND_CUT, FOUND_UNKNOWN, FOUND_NO_MEMORY };
enum found_rc layer_search(struct unwrapper *u, unsigned k, size_t *at);
/* The same at exactly that offset. */
enum found_rc layer_verify(struct unwrapper *u, unsigned k, size_t at);

/* Ends the layer: its input run is used up. */
enum step layer_end(struct layer *layer);

#endif
