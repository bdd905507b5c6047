#include "commit/verify_sums.h"

#include "commit/atomic_file.h"
#include "commit/line_file.h"
#include "commit/quarantine.h"

#include <inttypes.h>
#include <stdio.h>

enum { LEDGER_BYTES_MAX = 16 * 1024 * 1024 };

struct sums {
    const struct verify *v;
    struct verify_summary *summary;
    int folder;
};

static void tell(const struct sums *s, const char *file, const char *what)
{
    verify_tell(s->v, s->summary, view_of_string(file), what);
}

static void tell_of(const struct sums *s, const char *file, enum rc rc, const struct err *why)
{
    if (rc == RC_IO)
        verify_tell_unread(s->v, s->summary, view_of_string(file), why);
    else
        tell(s, file, why->text);
}

/* One count that stands in two places. */
static void compare(const struct sums *s, const char *name, uint64_t value, const char *other,
                    uint64_t wanted)
{
    char text[192];
    if (value == wanted)
        return;
    snprintf(text, sizeof(text), "%s is %" PRIu64 ", %s %" PRIu64, name, value, other, wanted);
    tell(s, "ledger.json", text);
}

/* ---- The ledger ---- */

static enum rc parse_ledger(const struct sums *s, struct view text, struct err *err)
{
    struct err why;
    enum rc rc = ledger_read_text(text, &s->summary->ledger, &why);
    if (rc == RC_NO_MEMORY)
        return err_set(err, rc, "%s", why.text);
    s->summary->has_ledger = rc == RC_OK;
    if (rc != RC_OK)
        tell(s, "ledger.json", why.text);
    return RC_OK;
}

static enum rc read_ledger(const struct sums *s, struct err *err)
{
    struct buf text = {0};
    struct err why;
    enum rc rc = file_read(s->folder, "ledger.json", LEDGER_BYTES_MAX, &text, &why);
    if (rc == RC_OK)
        rc = parse_ledger(s, buf_view(&text), err);
    else if (rc == RC_NO_MEMORY)
        rc = err_set(err, rc, "%s", why.text);
    else if (rc != RC_END)
        tell_of(s, "ledger.json", rc, &why);
    buf_done(&text);
    return rc == RC_NO_MEMORY ? rc : RC_OK;
}

static void check_ledger(const struct sums *s, const struct verify_listed_sums *listed)
{
    char text[96];
    const char *what;
    const struct ledger *l = &s->summary->ledger;
    if (!ledger_holds(l, &what)) {
        snprintf(text, sizeof(text), "the account of %s does not add up", what);
        tell(s, "ledger.json", text);
    }
    if (listed->is_whole) {
        compare(s, "dataset.files", l->dataset.files, "the manifest lists", listed->files);
        compare(s, "dataset.rows", l->dataset.rows, "the files of the manifest hold", listed->rows);
        compare(s, "dataset.bytes", l->dataset.bytes, "the files of the manifest hold",
                listed->bytes);
    }
    /* A run may be told to write no dataset. */
    if (l->dataset.files > 0)
        compare(s, "events.rows", l->events.rows, "dataset.rows is", l->dataset.rows);
    compare(s, "objects.total", l->objects.total, "clean and damaged together are",
            l->objects.clean + l->objects.damaged);
}

/* ---- The lists ---- */

/* Whether a line has the form its file is made of; adds to `count` and `sum`. */
typedef bool line_fn(struct line_file *f, struct json_value line, uint64_t *count, uint64_t *sum);

static bool object_line(struct line_file *f, struct json_value line, uint64_t *count, uint64_t *sum)
{
    struct view text;
    uint64_t size;
    if (f->number == 1)
        return line_text(f, line, "plan", &text) && line_text(f, line, "program", &text);
    if (!line_text(f, line, "name", &text) || !line_number(f, line, "size", &size))
        return false;
    *count += 1;
    *sum += size;
    return true;
}

static bool quarantine_line(struct line_file *f, struct json_value line, uint64_t *count,
                            uint64_t *sum)
{
    struct quarantine_span span;
    if (!quarantine_read(f, line, &span))
        return false;
    *count += 1;
    *sum += span.length;
    return true;
}

struct list {
    const char *name;
    line_fn *on_line;
    bool is_sound; /* read to its end, every line of its form */
    uint64_t count, sum;
};

static enum rc read_lines(const struct sums *s, struct line_file *f, struct list *list,
                          struct err *err)
{
    struct json_value line;
    struct err why;
    enum rc rc;
    while ((rc = line_file_next(f, &line, &why)) != RC_END) {
        if (rc == RC_NO_MEMORY)
            return err_set(err, rc, "%s", why.text);
        if (rc == RC_OK && list->on_line(f, line, &list->count, &list->sum))
            continue;
        list->is_sound = false;
        if (rc == RC_OK)
            err_set(&why, rc, "line %" PRIu64 ": has another form", f->number);
        tell_of(s, list->name, rc, &why);
        if (rc != RC_OK && rc != RC_BAD_INPUT)
            return RC_OK;
    }
    return RC_OK;
}

static enum rc read_list(const struct sums *s, struct list *list, struct err *err)
{
    struct line_file f;
    struct err why;
    enum rc rc = line_file_open(&f, s->folder, list->name, &why);
    if (rc == RC_NO_MEMORY)
        return err_set(err, rc, "%s", why.text);
    if (rc == RC_IO)
        tell_of(s, list->name, rc, &why);
    if (rc != RC_OK)
        return RC_OK; /* the manifest tells of it */
    list->is_sound = true;
    rc = read_lines(s, &f, list, err);
    line_file_close(&f);
    return rc;
}

static uint64_t spans_of(const struct tally *reasons)
{
    uint64_t spans = reasons->other;
    for (size_t i = 0; i < reasons->count; i++)
        spans += reasons->entries[i].count;
    return spans;
}

enum rc verify_sums(const struct verify *v, int folder, const struct verify_listed_sums *listed,
                    struct verify_summary *summary, struct err *err)
{
    struct sums s = {v, summary, folder};
    struct list objects = {.name = "objects.ndjson", .on_line = object_line};
    struct list spans = {.name = "quarantine.ndjson", .on_line = quarantine_line};
    TRY(read_ledger(&s, err));
    TRY(read_list(&s, &objects, err));
    TRY(read_list(&s, &spans, err));
    if (!summary->has_ledger)
        return RC_OK;
    const struct ledger *l = &summary->ledger;
    check_ledger(&s, listed);
    if (objects.is_sound) {
        compare(&s, "objects.total", l->objects.total, "objects.ndjson lists", objects.count);
        compare(&s, "stored_bytes.total", l->stored_bytes.total,
                "the objects of objects.ndjson hold", objects.sum);
    }
    if (spans.is_sound)
        compare(&s, "the sum of quarantine", spans_of(&l->quarantine_reasons),
                "quarantine.ndjson lists", spans.count);
    return RC_OK;
}
