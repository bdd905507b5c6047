/* sample_events.h - invented events, the same for the same seed anywhere.
 *
 * SAMPLE_LAMBDA resembles what functions log: records of one stream, an
 * invocation's START, lines, END and REPORT. SAMPLE_MIXED is for readers: any
 * column null or not, empty and long texts, all of Unicode, extreme numbers. */
#ifndef MILLRACE_SAMPLE_EVENTS_H
#define MILLRACE_SAMPLE_EVENTS_H

#include "interpret/event.h"
#include "util/buf.h"

enum sample_kind { SAMPLE_LAMBDA, SAMPLE_MIXED };

struct sample {
    uint64_t state;
    enum sample_kind kind;
    uint64_t count;
    /* The record and the invocation the events are from. */
    unsigned in_record, record_left, step, function;
    int64_t time_ms, offset;
    uint64_t object, event_number;
    bool is_failing;
    char request_id[40], trace_id[40], stream[64];
    struct buf text[COLUMN_COUNT];
};

void sample_init(struct sample *s, uint64_t seed, enum sample_kind kind);
void sample_done(struct sample *s);
/* The event's texts live until the next call. `ret_folder` is its partition. */
void sample_next(struct sample *s, struct event *ret_event, char ret_folder[32]);

#endif
