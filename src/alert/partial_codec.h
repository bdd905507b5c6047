/* partial_codec.h - the parts of a partial: written, and read by adding up.
 *
 * A partial is
 *     magic, 1 byte: whether it is merged
 *     counts
 *     pending failures by (request, cause): 1, word, byte, text; 0 at the end
 *     if merged: the counts with the failures that count
 *     groups by fingerprint: 1, word, byte of CODEC_PLAIN and CODEC_RESOLVED,
 *         for each of them its size and the group; 0 at the end
 *     checksum (wire.h)
 * A plain group is what merges; a resolved one also holds the failures that
 * count, which only the whole of the input decides.
 *
 * Readers add what they read to what is there. They check every bound and trust
 * nothing; failures stay in the reader (wire.h). */
#ifndef MILLRACE_PARTIAL_CODEC_H
#define MILLRACE_PARTIAL_CODEC_H

#include "alert/alert.h"
#include "alert/counts.h"
#include "alert/pending.h"
#include "alert/wire.h"

enum { CODEC_PLAIN = 1, CODEC_RESOLVED = 2 };

/* A pending failure: one alert within its bounds. */
#define CODEC_ALERT_BYTES_MAX (32 * 1024)

/* What reading needs besides its destination. One per thread. */
struct codec_scratch {
    struct hours hours;
};
void codec_scratch_done(struct codec_scratch *s);

void codec_put_header(struct buf *out, bool is_merged);
/* Whether the partial is merged. */
bool codec_read_header(struct wire_reader *r);

void codec_put_counts(struct buf *out, const struct counts *c);
void codec_read_counts(struct wire_reader *r, struct codec_scratch *s, struct counts *into);

/* Ends the list of failures, and that of groups. */
void codec_put_end(struct buf *out);

void codec_put_pending(struct buf *out, const struct pending *p);
/* False at the end of the list. The blob is checked by decoding it, and valid
 * until the next read. */
bool codec_read_pending(struct wire_reader *r, struct pending *ret);

/* A record of the list of groups; either body may be NULL. */
void codec_put_group_record(struct buf *out, uint64_t fingerprint, const struct buf *plain,
                            const struct buf *resolved);
/* False at the end of the list. The bodies follow: for each of *ret_parts, in
 * the order of their values, codec_read_size() and the group. */
bool codec_read_group_record(struct wire_reader *r, uint64_t *ret_fingerprint, unsigned *ret_parts);
uint64_t codec_read_size(struct wire_reader *r);

/* Groups begin with their count. */
void codec_put_group(struct buf *out, const struct group *g);
void codec_read_group(struct wire_reader *r, struct codec_scratch *s, struct group *into);

/* The sample is cut first. The alert read borrows from the reader's memory. */
void codec_put_alert(struct buf *out, const struct alert *a);
void codec_read_alert(struct wire_reader *r, struct alert *ret);

#endif
