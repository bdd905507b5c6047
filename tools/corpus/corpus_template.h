/* corpus_template.h - log messages as text with places to patch.
 *
 * A template is written as the message a program would log, with places such
 * as `<<id>>` or `<<int 1 500>>`. It is compiled once into runs of bytes and
 * patches, twice: escaped for the inside of a JSON string, and raw. Writing it
 * is then a few copies. What patches write never needs escaping. */
#ifndef MILLRACE_CORPUS_TEMPLATE_H
#define MILLRACE_CORPUS_TEMPLATE_H

#include "corpus_random.h"
#include "util/view.h"

/* No written message is longer, escaped: callers reserve this much. */
#define MESSAGE_BYTES_MAX 16384

/* The text of numbers, computed once. */
struct digits {
    char four[10000][4];
    char hex[256][2];
};
void digits_init(struct digits *d);

/* What patches draw on: one per object being made. */
struct scene {
    struct random random;
    const struct digits *digits;
    char request_id[36];
    char iso[24]; /* the event's own time, 2023-01-05T12:00:00.123Z */
    int64_t ms;   /* the same */
    struct view account_id, region, service, function;
    unsigned limit_s; /* the function's timeout */
    unsigned memory_mb;
    char *event_start; /* where <<event>> stood in what was written last */
    size_t serial;     /* counts invocations of the object */
};

struct template;

/* Compiles `text`, which must outlive nothing. Exits on a mistake in the text,
 * which is this program's own. */
struct template *template_new(const char *text);
void template_free(struct template *t);

/* Appends the message at `to` and returns its end; escaped for a JSON string,
 * or raw. */
char *template_write(const struct template *t, bool is_escaped, struct scene *scene, char *to);

/* Whether it is one line but for line ends at its end. */
bool template_is_one_line(const struct template *t);

/* The same for one patch by itself: names of streams, keys, ids. */
char *write_uuid(char *to, struct random *r, const struct digits *d);
char *write_hex(char *to, struct random *r, const struct digits *d, unsigned count);
char *write_number(char *to, uint64_t number);
/* Exactly `count` digits, at most 4. */
char *write_padded(char *to, const struct digits *d, unsigned number, unsigned count);
static inline char *write_view(char *to, struct view v)
{
    memcpy(to, v.data, v.size);
    return to + v.size;
}
/* "2023-01-05T12:00:00.123Z", 24 bytes, for years 1970 to 9999. */
void format_iso(char to[24], int64_t ms, const struct digits *d);

#endif
