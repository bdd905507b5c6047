#include "corpus_maker.h"

#define CONTROL_ONCE_IN 100 /* records */

void record_choose_function(struct maker *m)
{
    const struct world *w = m->world;
    unsigned index;
    if (m->shape == 'F')
        index = w->text_functions[random_below(&m->random, w->text_functions_count)];
    else
        index = random_below(&m->random, w->options.functions);
    const struct function *f = &w->functions[index];
    m->function = f;
    m->function_index = index;
    m->scene.account_id = view_of(f->account_id, sizeof f->account_id);
    m->scene.service = view_of_string(f->service);
    m->scene.function = view_of_string(f->name);
    m->scene.limit_s = f->limit_s;
    m->scene.memory_mb = f->memory_mb;
}

size_t stream_name_write(struct maker *m, char to[64], int64_t ms)
{
    int64_t day = ms / 86400000;
    uint64_t instance = random_below(&m->random, 4);
    struct random r =
        random_of(m->world->options.seed, m->function_index * 4 + instance, (uint64_t)day);
    char iso[24];
    format_iso(iso, ms, m->scene.digits);
    char *end = write_view(to, view_of(iso, 10));
    to[4] = to[7] = '/';
    end = write_view(end, VIEW("/[$LATEST]"));
    end = write_hex(end, &r, m->scene.digits, 32);
    return (size_t)(end - to);
}

/* Mostly within minutes of the key's time, some earlier in the hour or the
 * hour before, a few from the day before. */
static void start_time(struct maker *m)
{
    int64_t ms = m->key_ms - 60000 + random_below(&m->random, 240000);
    if (random_once_in(&m->random, 25))
        ms -= random_below(&m->random, 3000000);
    if (random_once_in(&m->random, 250))
        ms -= 86400000;
    m->scene.ms = ms;
    event_id_start(m, ms);
}

static bool append_text(struct buf *out, const char *text)
{
    return buf_append(out, text, strlen(text));
}

static bool write_control(struct maker *m)
{
    m->counts->control_records++;
    char at[20];
    *write_number(at, (uint64_t)m->key_ms) = '\0';
    append_text(m->to, "{\"messageType\":\"CONTROL_MESSAGE\",\"owner\":\"CloudwatchLogs\","
                       "\"logGroup\":\"\",\"logStream\":\"\",\"subscriptionFilters\":[],"
                       "\"logEvents\":[{\"id\":\"\",\"timestamp\":");
    append_text(m->to, at);
    append_text(m->to, ",\"message\":\"CWL CONTROL MESSAGE: Checking health of destination ");
    append_text(m->to, random_once_in(&m->random, 2) ? "Firehose." : "Kinesis stream.");
    return append_text(m->to, "\"}]}");
}

static bool write_events(struct maker *m)
{
    unsigned wanted = 1 + random_below(&m->random, 2 * m->world->options.events_per_record - 1);
    m->events = 0;
    m->is_first_event = true;
    while (m->events < wanted)
        if (!invocation_write(m))
            return false;
    return true;
}

/* One CloudWatch Logs document, to m->to. */
static bool write_document(struct maker *m)
{
    if (random_once_in(&m->random, CONTROL_ONCE_IN))
        return write_control(m);
    record_choose_function(m);
    start_time(m);
    m->counts->data_records++;
    char stream[64];
    size_t stream_size = stream_name_write(m, stream, m->scene.ms);
    append_text(m->to, "{\"messageType\":\"DATA_MESSAGE\",\"owner\":\"");
    buf_append(m->to, m->function->account_id, sizeof m->function->account_id);
    append_text(m->to, "\",\"logGroup\":\"");
    append_text(m->to, m->function->log_group);
    append_text(m->to, "\",\"logStream\":\"");
    buf_append(m->to, stream, stream_size);
    append_text(m->to, "\",\"subscriptionFilters\":[\"CrossAccountLogs\"],\"logEvents\":[");
    return write_events(m) && append_text(m->to, "]}");
}

static bool write_packed(struct maker *m)
{
    buf_clear(&m->record);
    m->to = &m->record;
    if (!write_document(m))
        return false;
    m->decoded_bytes += m->record.size;
    buf_clear(&m->packed);
    struct view record = buf_view(&m->record);
    uint32_t n = m->shape == 'H' ? random_below(&m->random, 16) : 2;
    if (n == 0)
        return frame_base64(record, &m->text);
    bool is_ok = n == 1 ? frame_zlib(m, record, &m->packed) : frame_gzip(m, record, &m->packed);
    return is_ok && frame_base64(buf_view(&m->packed), &m->text);
}

static bool write_failed_delivery(struct maker *m)
{
    buf_printf(&m->text,
               "{\"attemptsMade\":%u,\"arrivalTimestamp\":%lld,\"errorCode\":"
               "\"Lambda.FunctionTimedOut\",\"errorMessage\":\"The Lambda function was invoked "
               "but it timed out before it could return.\",\"attemptEndingTimestamp\":%lld,"
               "\"rawData\":\"",
               1 + random_below(&m->random, 4), (long long)m->key_ms, (long long)m->key_ms + 61000);
    if (!write_packed(m))
        return false;
    return buf_printf(&m->text,
                      "\",\"lambdaArn\":\"arn:aws:lambda:%s:111122223333:function:transform:"
                      "$LATEST\"}\n",
                      m->region);
}

static bool write_kinesis(struct maker *m, unsigned count)
{
    append_text(&m->text, "{\"Records\":[");
    for (unsigned i = 0; i < count; i++) {
        buf_printf(&m->text,
                   "%s{\"kinesis\":{\"kinesisSchemaVersion\":\"1.0\",\"partitionKey\":\"%u\","
                   "\"data\":\"",
                   i > 0 ? "," : "", random_below(&m->random, 1000000));
        if (!write_packed(m))
            return false;
        buf_printf(&m->text,
                   "\",\"approximateArrivalTimestamp\":%lld.744},\"eventSource\":\"aws:kinesis\","
                   "\"awsRegion\":\"%s\",\"eventSourceARN\":\"arn:aws:kinesis:%s:111122223333:"
                   "stream/logs\"}",
                   (long long)m->key_ms / 1000, m->region, m->region);
    }
    return append_text(&m->text, "]}");
}

static bool write_firehose(struct maker *m, unsigned count)
{
    buf_printf(&m->text,
               "{\"invocationId\":\"i-%u\",\"deliveryStreamArn\":\"arn:aws:firehose:%s:"
               "111122223333:deliverystream/logs\",\"region\":\"%s\",\"records\":[",
               random_below(&m->random, 1000000), m->region, m->region);
    for (unsigned i = 0; i < count; i++) {
        buf_printf(&m->text,
                   "%s{\"recordId\":\"%u\",\"approximateArrivalTimestamp\":%lld,\"data\":\"",
                   i > 0 ? "," : "", i, (long long)m->key_ms);
        if (!write_packed(m) || !append_text(&m->text, "\"}"))
            return false;
    }
    return append_text(&m->text, "]}");
}

static bool write_saved_event(struct maker *m)
{
    uint32_t n = random_below(&m->random, 3);
    unsigned count = 1 + random_below(&m->random, 4);
    if (n == 1)
        return write_kinesis(m, count);
    if (n == 2)
        return write_firehose(m, count);
    append_text(&m->text, "{\"awslogs\":{\"data\":\"");
    return write_packed(m) && append_text(&m->text, "\"}}");
}

/* Blank lines separate lines and are none. The text begins at a line's start. */
static size_t blank_lines(struct view text)
{
    size_t count = 0;
    for (size_t at = 0; at < text.size; at = view_find_byte(text, '\n', at) + 1)
        count += text.data[at] == '\n';
    return count;
}

static bool write_lines(struct maker *m)
{
    size_t before = m->text.size;
    m->to = &m->text;
    if (m->shape == 'F') {
        record_choose_function(m);
        start_time(m);
    } else {
        /* An export is not sorted by time; its stream is that of the key's day. */
        m->scene.ms = m->key_ms + random_below(&m->random, 3600000);
    }
    if (!write_events(m))
        return false;
    m->decoded_bytes += m->text.size - before;
    if (m->shape == 'F')
        m->decoded_bytes -= blank_lines(view_from(buf_view(&m->text), before));
    return true;
}

bool record_write(struct maker *m)
{
    if (m->shape == 'F' || m->shape == 'I')
        return write_lines(m);
    if (m->shape == 'G')
        return write_failed_delivery(m);
    if (m->shape == 'H')
        return write_saved_event(m);
    size_t before = m->text.size;
    m->to = &m->text;
    if (!write_document(m))
        return false;
    m->decoded_bytes += m->text.size - before;
    return !m->has_newlines || buf_append_byte(&m->text, '\n');
}
