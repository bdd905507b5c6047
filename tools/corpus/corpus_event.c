#include "corpus_maker.h"

/* Room for the longest event: the message twice (extractedFields), its id,
 * time and keys. */
#define EVENT_BYTES_MAX (2 * MESSAGE_BYTES_MAX + 1024)

__extension__ typedef unsigned __int128 wide;

void event_id_start(struct maker *m, int64_t ms)
{
    /* The stream's own part, below 20 * 10^42 < 2^144. */
    uint64_t low[ID_LIMBS];
    for (unsigned i = 0; i < ID_LIMBS; i++)
        low[i] = random_next(&m->random) % ID_LIMB;
    low[ID_LIMBS - 1] %= 20;
    wide carry = 0;
    for (unsigned i = 0; i < ID_LIMBS; i++) {
        wide sum = (wide)m->id_factor[i] * (uint64_t)ms + low[i] + carry;
        m->record_id.limbs[i] = (uint64_t)(sum % ID_LIMB);
        carry = sum / ID_LIMB;
    }
    m->record_ms = ms;
    m->sequence = 0;
}

static char *write_event_id(struct maker *m, char *to)
{
    /* Within 90 s the factor times milliseconds fits 64 bits. */
    if (m->scene.ms - m->record_ms > 90000)
        event_id_start(m, m->scene.ms);
    uint64_t delta = (uint64_t)(m->scene.ms - m->record_ms), carry = m->sequence++;
    for (unsigned i = 0; i < ID_LIMBS; i++) {
        uint64_t sum = m->record_id.limbs[i] + m->id_factor[i] * delta + carry;
        uint64_t limb = sum % ID_LIMB;
        carry = sum / ID_LIMB;
        char *end = to + 14 * (ID_LIMBS - i);
        for (unsigned n = 0; n < 3; n++, limb /= 10000)
            memcpy(end - 4 * (n + 1), m->scene.digits->four[limb % 10000], 4);
        memcpy(end - 14, m->scene.digits->four[limb] + 2, 2);
    }
    return to + 14 * ID_LIMBS;
}

#define WRITE(to, literal) write_view(to, VIEW(literal))

/* The tail of the message again, as the filter's third field: without the line
 * ends that close the message. */
static char *write_extracted(struct maker *m, char *to, const char *event, const char *end)
{
    to = WRITE(to, ",\"extractedFields\":{\"timestamp\":\"");
    to = write_view(to, view_of(m->scene.iso, 24));
    to = WRITE(to, "\",\"request_id\":\"");
    to = write_view(to, view_of(m->scene.request_id, 36));
    to = WRITE(to, "\",\"event\":\"");
    while (end - event >= 2 && end[-2] == '\\' && end[-1] == 'n')
        end -= 2;
    to = write_view(to, view_of(event, (size_t)(end - event)));
    return WRITE(to, "\"}");
}

static char *write_json_event(struct maker *m, const struct line *line, char *to)
{
    if (!m->is_first_event)
        *to++ = ',';
    m->is_first_event = false;
    to = WRITE(to, "{\"id\":\"");
    to = write_event_id(m, to);
    to = WRITE(to, "\",\"timestamp\":");
    to = write_number(to, (uint64_t)m->scene.ms);
    to = WRITE(to, ",\"message\":\"");
    to = template_write(line->template, true, &m->scene, to);
    char *end = to;
    *to++ = '"';
    if (m->function->is_extracted && line->has_event) {
        to = write_extracted(m, to, m->scene.event_start, end);
        m->counts->extracted++;
    }
    *to++ = '}';
    return to;
}

static char *write_raw_event(struct maker *m, const struct line *line, char *to)
{
    if (m->shape == 'I') {
        to = write_view(to, view_of(m->scene.iso, 24));
        *to++ = ' ';
    }
    to = template_write(line->template, false, &m->scene, to);
    if (to[-1] != '\n')
        *to++ = '\n';
    return to;
}

static void count_row(struct maker *m, const struct line *line)
{
    struct counts *c = m->counts;
    const struct corpus_options *o = &m->world->options;
    c->rows++;
    c->levels[line->level]++;
    c->kinds[line->kind]++;
    c->accounts[m->is_raw ? o->accounts : m->function->account]++;
    c->log_groups[m->is_raw ? o->functions : m->function_index]++;
    bool has_time = m->shape != 'F';
    int64_t day = (m->scene.ms - o->start_ms) / 86400000 + DAYS_BEFORE;
    if (m->scene.ms < o->start_ms)
        day = DAYS_BEFORE - 1 - (o->start_ms - 1 - m->scene.ms) / 86400000;
    int64_t key_day = (m->key_ms - o->start_ms) / 86400000 + DAYS_BEFORE;
    c->days[has_time ? day : (int64_t)o->days + DAYS_BEFORE + DAYS_AFTER]++;
    c->partition_days[has_time ? day : key_day]++;
    if (line->problem != PROBLEM_NONE) {
        c->problems[line->problem]++;
        c->alerts++;
    }
}

bool event_write(struct maker *m, const struct line *line)
{
    if (!buf_reserve(m->to, EVENT_BYTES_MAX))
        return false;
    char *to = m->to->data + m->to->size;
    to = m->is_raw ? write_raw_event(m, line, to) : write_json_event(m, line, to);
    m->to->size = (size_t)(to - m->to->data);
    m->events++;
    m->counts->events++;
    if (m->is_raw)
        m->counts->data_records++;
    if (line->is_ignored)
        m->counts->ignored++;
    else
        count_row(m, line);
    return true;
}
