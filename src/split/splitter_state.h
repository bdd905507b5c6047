/* splitter_state.h - what the parts of the splitter share. Private to it.
 *
 * The splitter is a machine of modes. A mode's step either gives one piece,
 * or changes the mode, or waits for more text. Positions are offsets in the
 * fed text; splitter_feed() moves them when the caller drops what was given. */
#ifndef MILLRACE_SPLITTER_STATE_H
#define MILLRACE_SPLITTER_STATE_H

#include "limits.h"
#include "split/document_start.h"
#include "split/quotes.h"
#include "split/splitter.h"

#include <assert.h>

/* The scanner runs at most this far ahead of the pieces, so that a document
 * still lies in the second-level cache when the caller reads it. Behind documents
 * that the caller took it begins with little: the next ones may be taken too. */
#define SOUGHT_AHEAD_BYTES ((size_t)KIB(256))
#define SOUGHT_AHEAD_BYTES_MIN ((size_t)KIB(8))

/* Candidates fetched at a time. */
#define CANDIDATES_MAX 256

enum split_mode {
    /* splitter_documents.c */
    MODE_BETWEEN,       /* at the run's start or behind a document's end */
    MODE_STRAY,         /* in text that belongs to no document */
    MODE_DOCUMENT,      /* in a document that begins at `given` */
    MODE_DOCUMENT_OVER, /* in a document that is too large: to the next fast seam */
    /* splitter_array.c */
    MODE_ARRAY_START, /* at the run's start */
    MODE_ARRAY,       /* between elements */
    MODE_ELEMENT,     /* in an element that begins at `given` */
    MODE_LOST,        /* in an element that cannot be valid: to the next that begins like it */
    /* splitter_lines.c */
    MODE_LINE,
    MODE_ENTRY_NONE, /* before the first entry of an export */
    MODE_ENTRY,
    MODE_BINARY,
};

enum step {
    STEP_PIECE, /* *ret holds one */
    STEP_AGAIN, /* the mode changed */
    STEP_WAIT,  /* for more text, or at the end */
};

/* Where a walk through an array's element stands. */
struct nesting {
    unsigned depth;
    bool is_in_string;
    bool is_escaped;
    bool is_behind_comma;
    uint64_t is_object[JSON_DEPTH_MAX / 64]; /* bit per level: `{` or `[` opened it */
};

struct splitter {
    seam_scan_fn *scan;
    size_t record_bytes_max;
    enum split_mode mode;

    struct view text;
    bool is_final;
    size_t given;    /* pieces cover text[0..given) */
    size_t scanned;  /* the mode has looked at the text up to here */
    bool is_resumed; /* the damage at `given` continues the piece before */
    bool is_over;    /* what begins at `given` is past record_bytes_max */
    bool is_run_start;
    char byte_before; /* the byte before text[given], NUL at the start of a run */

    /* Documents. Candidates up to `sought` were fetched from the scanner; their
     * positions count from `sought_from`. */
    size_t sought_from;
    size_t sought;
    size_t ahead_bytes; /* what is fetched next, at most */
    struct seam_state seam;
    struct quote_state quotes; /* of the document up to `scanned` */
    size_t candidates_count;
    size_t candidates_next;
    uint32_t candidates[CANDIDATES_MAX + 64];

    /* Arrays. */
    bool is_array; /* the form: one array may follow another */
    struct nesting nesting;
    const char *value_reason; /* why the value at `given` is damage; NULL for an element */
    char first_key[64];       /* of the element that MODE_LOST is in, with its quotes */
    size_t first_key_size;
};

/* Give text[given..end) as a piece; `end` is past `given`. */
enum step split_give(struct splitter *s, size_t end, enum piece_kind kind, struct piece *ret);
/* The same for damage. Until split_enter() further damage continues it. */
enum step split_give_damaged(struct splitter *s, size_t end, const char *reason, struct piece *ret);
/* Changes the mode; what comes at `given` begins something new. */
enum step split_enter(struct splitter *s, enum split_mode mode);

/* Skips white space from `at`. */
static inline size_t split_skip_space(struct view text, size_t at)
{
    while (at < text.size && byte_is_space(text.data[at]))
        at++;
    return at;
}

/* The end of text[begin..end) without the white space at its end. */
static inline size_t split_trim(struct view text, size_t begin, size_t end)
{
    while (end > begin && byte_is_space(text.data[end - 1]))
        end--;
    return end;
}

/* A byte order mark at `given`, where a run begins: its size, or 0. Sets
 * *ret_is_cut where more text is needed to tell. */
size_t split_mark_size(const struct splitter *s, bool *ret_is_cut);

/* One step of the modes of each file. */
enum step split_step_documents(struct splitter *s, struct piece *ret);
enum step split_step_array(struct splitter *s, struct piece *ret);
enum step split_step_lines(struct splitter *s, struct piece *ret);

/* Begins the document at `given`, a `{`. */
enum step split_enter_document(struct splitter *s);

/* Whether the byte at text[at] opens an array of objects. */
enum answer split_array_opens(struct view text, size_t at);
/* Gives the `[` at `given` and goes to the array's elements. */
enum step split_enter_array(struct splitter *s, struct piece *ret);

#define REASON_OVER "over --max-record"
#define REASON_STRAY "text between documents"
#define REASON_ELEMENT "array element is no object"
#define REASON_CONTROL "control bytes in text"
#define REASON_INVALID "not valid JSON"

#endif
