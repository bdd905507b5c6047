/* ledger.h - the account of a batch, an object or a run (promises P1 and P2).
 *
 * Sums: stored.total = parsed + padding + skipped + quarantined;
 * decoded.total = records + separators + quarantined;
 * events.total = rows + ignored + filtered + duplicates + quarantined. */
#ifndef MILLRACE_LEDGER_H
#define MILLRACE_LEDGER_H

#include "interpret/event.h"
#include "util/buf.h"
#include "util/err.h"
#include "util/tally.h"
#include "json/json.h"

struct ledger {
    struct {
        uint64_t total, clean, damaged;
    } objects;
    struct {
        uint64_t total, parsed, padding, skipped, quarantined;
    } stored_bytes;
    struct {
        uint64_t total, records, separators, quarantined;
    } decoded_bytes;
    struct {
        uint64_t total, data, control, unverified, quarantined;
    } records;
    struct {
        uint64_t total, rows, ignored, filtered, duplicates, quarantined;
    } events;
    bool has_dedupe;     /* duplicates is null without --dedupe */
    struct tally levels; /* rows per level as stored */
    uint64_t kinds[KIND_COUNT];
    struct {
        uint64_t files, rows, bytes;
    } dataset;
    uint64_t repaired_records;       /* invalid UTF-8 or control characters replaced */
    struct tally quarantine_reasons; /* spans per reason */
};

void ledger_init(struct ledger *l);
void ledger_done(struct ledger *l);
/* False when out of memory. */
bool ledger_add(struct ledger *to, const struct ledger *from);
/* Whether the three sums hold; *ret_what names the first that does not. */
bool ledger_holds(const struct ledger *l, const char **ret_what);
/* Whether anything was quarantined or unverified: exit status 3. */
bool ledger_is_damaged(const struct ledger *l);
/* Appends the JSON object of ledger.json, keys in the order of the design. */
void ledger_append_json(const struct ledger *l, struct buf *out);
/* Adds what ledger_append_json() wrote to an initialised ledger. RC_BAD_INPUT
 * where it is not of that form; RC_NO_MEMORY. */
NODISCARD enum rc ledger_read_json(const struct json_parser *p, struct json_value object,
                                   struct ledger *ret);
/* The same from the text of ledger.json. */
NODISCARD enum rc ledger_read_text(struct view text, struct ledger *ret, struct err *err);

#endif
