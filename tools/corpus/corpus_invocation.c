#include "corpus_maker.h"

/* One lambda invocation, as its lines stand in the log: what Lambda says before
 * and after, what the program says between. */

static void advance(struct maker *m, unsigned most_ms)
{
    m->scene.ms += random_below(&m->random, most_ms + 1);
    format_iso(m->scene.iso, m->scene.ms, m->scene.digits);
}

static bool say(struct maker *m, enum system_line which)
{
    return event_write(m, &m->cast->system[which]);
}

static enum pick pick_of(const struct maker *m)
{
    if (m->shape == 'F')
        return PICK_ONE_LINE;
    return m->function->is_extracted ? PICK_EXTRACTED : PICK_ALL;
}

static bool say_from(struct maker *m, const struct repertoire *r)
{
    const struct line *line = repertoire_draw(r, pick_of(m), &m->random);
    return line == NULL || event_write(m, line);
}

static bool write_traffic(struct maker *m, unsigned lines)
{
    for (unsigned i = 0; i < lines; i++) {
        advance(m, 40);
        if (!say_from(m, &m->cast->traffic[m->function->style]))
            return false;
    }
    return true;
}

static size_t group_place(const struct maker *m)
{
    return m->is_raw ? m->world->options.functions : m->function_index;
}

static void count_timeout(struct maker *m)
{
    m->counts->timeouts[group_place(m)]++;
    m->counts->alerts++;
}

static void count_crash(struct maker *m)
{
    m->counts->crashes[group_place(m)]++;
    m->counts->alerts++;
}

enum outcome { OUTCOME_FINE, OUTCOME_ERROR, OUTCOME_TIMEOUT, OUTCOME_CRASH, OUTCOME_INCIDENT };

static bool is_incident(struct maker *m)
{
    return m->function->has_incident && m->scene.ms >= m->world->incident_ms &&
           m->shape != 'F' && m->cast->incident[m->function->style] != NULL &&
           !random_once_in(&m->random, 4);
}

/* The program tries three times and says so each time. */
static bool write_incident(struct maker *m)
{
    for (unsigned i = 0; i < 3; i++) {
        advance(m, 300);
        if (!event_write(m, m->cast->incident[m->function->style]))
            return false;
    }
    return true;
}

static enum outcome outcome_draw(struct maker *m)
{
    if (is_incident(m))
        return OUTCOME_INCIDENT;
    if ((random_next(&m->random) >> 32) >= m->world->errors_per_2_32)
        return OUTCOME_FINE;
    uint32_t n = random_below(&m->random, 100);
    if (n < 8)
        return OUTCOME_TIMEOUT;
    return n < 11 ? OUTCOME_CRASH : OUTCOME_ERROR;
}

static bool write_error(struct maker *m)
{
    advance(m, 40);
    const struct line *line =
        repertoire_draw(&m->cast->trouble[m->function->style], pick_of(m), &m->random);
    if (line == NULL)
        return true;
    if (line->kind == ROW_CRASH)
        count_crash(m);
    return event_write(m, line);
}

/* The end of an invocation in Lambda's JSON format. */
static bool end_json(struct maker *m, enum outcome outcome, bool is_cold)
{
    advance(m, 30);
    switch (outcome) {
    case OUTCOME_FINE:
    case OUTCOME_ERROR:
    case OUTCOME_INCIDENT:
        return say(m, SYSTEM_JSON_RUNTIME_DONE) &&
               say(m, is_cold ? SYSTEM_JSON_REPORT_COLD : SYSTEM_JSON_REPORT);
    case OUTCOME_TIMEOUT:
        count_timeout(m);
        return say(m, SYSTEM_JSON_DONE_TIMED_OUT) && say(m, SYSTEM_JSON_REPORT_TIMED_OUT);
    case OUTCOME_CRASH:
        count_crash(m);
        return say(m, SYSTEM_JSON_FAULT) && say(m, SYSTEM_JSON_DONE_FAILED) &&
               say(m, SYSTEM_JSON_REPORT_FAILED);
    }
    return true;
}

static bool end_timeout(struct maker *m)
{
    count_timeout(m);
    if (m->function->age == PLATFORM_NEW)
        return say(m, SYSTEM_END) && say(m, SYSTEM_REPORT_TIMED_OUT);
    /* Old functions show END and REPORT before the line that tells. */
    return say(m, SYSTEM_END) && say(m, SYSTEM_REPORT_TIMEOUT) && say(m, SYSTEM_TIMEOUT);
}

static bool end_crash(struct maker *m)
{
    bool is_one_line = m->shape == 'F';
    count_crash(m);
    if (m->function->age == PLATFORM_OLD)
        return say(m, SYSTEM_CRASH_OLD) && say(m, SYSTEM_END) && say(m, SYSTEM_REPORT);
    if (is_one_line)
        return say(m, SYSTEM_END) && say(m, SYSTEM_REPORT_FAILED);
    if (m->function->style == STYLE_NODE && random_once_in(&m->random, 2)) {
        /* The engine's own line has no request id: an alert by itself. */
        count_crash(m);
        if (!say(m, SYSTEM_OUT_OF_MEMORY))
            return false;
    }
    return say(m, SYSTEM_CRASH) && say(m, SYSTEM_END) && say(m, SYSTEM_REPORT_FAILED);
}

static bool end_text(struct maker *m, enum outcome outcome, bool is_cold)
{
    advance(m, 30);
    switch (outcome) {
    case OUTCOME_TIMEOUT:
        return end_timeout(m);
    case OUTCOME_CRASH:
        return end_crash(m);
    case OUTCOME_FINE:
    case OUTCOME_ERROR:
    case OUTCOME_INCIDENT:
        break;
    }
    enum system_line report = SYSTEM_REPORT;
    if (is_cold)
        report = SYSTEM_REPORT_COLD;
    else if (m->shape != 'F' && random_once_in(&m->random, 8))
        report = SYSTEM_REPORT_XRAY;
    return say(m, SYSTEM_END) && say(m, report);
}

static bool begin(struct maker *m, bool is_cold)
{
    bool is_json = m->function->style == STYLE_JSON;
    if (is_cold && !say(m, is_json ? SYSTEM_JSON_INIT : SYSTEM_INIT))
        return false;
    if (is_cold && !is_json && random_once_in(&m->random, 4) && !say(m, SYSTEM_EXTENSION))
        return false;
    return say(m, is_json ? SYSTEM_JSON_START : SYSTEM_START);
}

bool invocation_write(struct maker *m)
{
    write_uuid(m->scene.request_id, &m->random, m->scene.digits);
    advance(m, 300);
    bool is_cold = random_once_in(&m->random, 50);
    enum outcome outcome = outcome_draw(m);
    unsigned lines = 1 + random_below(&m->random, 6);
    bool is_extracted = m->function->is_extracted && !m->is_raw;
    if (!is_extracted && !begin(m, is_cold))
        return false;
    if (!write_traffic(m, lines))
        return false;
    if (outcome == OUTCOME_ERROR && !write_error(m))
        return false;
    if (outcome == OUTCOME_INCIDENT && !write_incident(m))
        return false;
    if (!is_extracted)
        return m->function->style == STYLE_JSON ? end_json(m, outcome, is_cold)
                                                : end_text(m, outcome, is_cold);
    /* The article's filter drops everything but lines with time and id. */
    if (outcome != OUTCOME_TIMEOUT)
        return true;
    advance(m, 30);
    count_timeout(m);
    return say(m, SYSTEM_TIMEOUT);
}
