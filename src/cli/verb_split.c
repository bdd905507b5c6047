#include "cli/read_file.h"
#include "cli/verbs.h"

/* A document stays the same JSON when its line breaks, which can only stand
 * between tokens, become spaces. */
static enum rc on_record(void *context, struct view text, struct err *err)
{
    struct buf *line = context;
    buf_clear(line);
    buf_append_view(line, text);
    buf_append_byte(line, '\n');
    if (buf_failed(line))
        return err_set(err, RC_NO_MEMORY, "no memory to print a record");
    for (size_t i = 0; i + 1 < line->size; i++) {
        if (line->data[i] == '\n' || line->data[i] == '\r')
            line->data[i] = ' ';
    }
    return print(buf_view(line), err);
}

enum rc verb_split(const struct options *o, int *ret_status, struct err *err)
{
    struct buf line = {0};
    struct object_sink sink = {.context = &line, .on_record = on_record};
    struct file_reader reader;
    enum rc rc = file_reader_init(&reader, o, &sink, err);
    for (size_t i = 0; i < o->sources_count && rc == RC_OK; i++)
        rc = file_reader_read(&reader, o->sources[i], err);
    *ret_status = ledger_is_damaged(&reader.ledger) ? 3 : 0;
    file_reader_done(&reader);
    buf_done(&line);
    return rc;
}
