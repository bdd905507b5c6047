#include "alert/groups.h"
#include "cli/read_file.h"
#include "cli/verbs.h"
#include "limits.h"

#include <stdio.h>
#include <unistd.h>

/* Prints events; alerts get their fingerprint as in the dataset. */
struct printer {
    struct buf line;
    struct groups *groups;
};

static enum rc on_event(void *context, struct event *event, struct err *err)
{
    struct printer *p = context;
    bool is_named = groups_name(p->groups, event);
    buf_clear(&p->line);
    event_append_json(event, &p->line);
    if (!is_named || buf_failed(&p->line))
        return err_set(err, RC_NO_MEMORY, "no memory to print an event");
    return print(buf_view(&p->line), err);
}

static enum rc on_damage(void *context, const struct quarantine_span *span, struct err *err)
{
    (void)context;
    (void)err;
    struct buf line = {0};
    quarantine_append(&line, span);
    fprintf(stderr, "millrace: damaged: %.*s", (int)line.size, line.data);
    buf_done(&line);
    return RC_OK;
}

static enum rc print_files(const struct options *o, struct printer *p, int *ret_status,
                           struct err *err)
{
    struct object_sink sink = {.context = p, .on_event = on_event};
    if (!o->is_quiet)
        sink.on_damage = on_damage;
    struct file_reader reader;
    enum rc rc = file_reader_init(&reader, o, &sink, err);
    for (size_t i = 0; i < o->sources_count && rc == RC_OK; i++)
        rc = file_reader_read(&reader, o->sources[i], err);
    *ret_status = ledger_is_damaged(&reader.ledger) ? 3 : 0;
    file_reader_done(&reader);
    return rc;
}

enum rc verb_events(const struct options *o, int *ret_status, struct err *err)
{
    enum cpu cpu;
    cpu_choose(&cpu); /* the reader tells of one that cannot run here */
    struct printer p = {.groups = groups_new(cpu, NULL, GROUPS_BYTES_MAX)};
    if (p.groups == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory to begin");
    enum rc rc = print_files(o, &p, ret_status, err);
    groups_free(p.groups);
    buf_done(&p.line);
    return rc;
}
