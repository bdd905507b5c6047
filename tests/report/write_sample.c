/* write_sample shop|hostile|period FORMAT [GROUPS]
 *
 * Writes a made-up report to stdout, always the same bytes, for the browser
 * test and for looking at. `shop` is a month of a web shop's Lambda functions;
 * `hostile` has an attack of tests/report/payloads.txt (in the current folder's
 * place given by PAYLOADS) in every field of every group; `period` has events
 * in GROUPS hours from 5 in the morning, and no group. */
#include "fake_report.h"
#include "report/report.h"
#include "util/hash.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { HOUR_MS = 3600000, FIRST_HOUR = 464592 /* 2023-01-01 */, HOURS = 35 * 24 };

/* xorshift64*: the same numbers everywhere. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(0x2545f4914f6cdd1d);
}

static uint64_t below(uint64_t *state, uint64_t bound)
{
    return next_random(state) % bound;
}

struct problem {
    const char *level, *title, *masked, *function, *error, *details, *stack;
    enum alert_rule rule;
    enum kind kind;
    unsigned accounts;
    int first_day, last_day; /* of the period */
    unsigned per_day;
    int spike_day; /* 0: none */
};

static const struct problem problems[] = {
    {"ERROR", "Payment provider declined the charge", "Payment provider declined the charge",
     "payments-capture", "CardDeclined: insufficient_funds",
     "{\"orderId\":\"ord_81723\",\"provider\":\"adyen\",\"code\":\"insufficient_funds\","
     "\"amount\":{\"value\":12999,\"currency\":\"EUR\"},\"attempt\":2}",
     "CardDeclined: insufficient_funds\n    at capture (/var/task/src/charge.js:88:13)\n"
     "    at async handler (/var/task/index.js:21:5)",
     RULE_TITLE, KIND_LOG, 3, 0, 34, 220, 0},
    {"ERROR",
     "Task timed out after 30.03 seconds (RequestId: 6f5d8c1e-7b2a-4e0c-9d55-0e6f3a1b2c4d)",
     "Task timed out after <duration> (RequestId: <uuid>)", "inventory-sync", NULL, NULL, NULL,
     RULE_PLATFORM, KIND_TIMEOUT, 1, 3, 34, 18, 26},
    {"ERROR", "Could not reserve stock: ConditionalCheckFailedException",
     "Could not reserve stock: ConditionalCheckFailedException", "orders-create",
     "ConditionalCheckFailedException: The conditional request failed",
     "{\"sku\":\"SKU-4410\",\"table\":\"stock\",\"warehouse\":\"ams-2\"}",
     "ConditionalCheckFailedException: The conditional request failed\n"
     "    at reserve (/var/task/src/stock.js:41:9)\n    at create (/var/task/src/order.js:120:20)",
     RULE_TITLE, KIND_LOG, 3, 0, 34, 60, 12},
    {"FATAL", "RequestId: 9a1e… Error: Runtime exited with error: signal: killed",
     "Error: Runtime exited with error: signal: killed", "image-resize", "Runtime.ExitError", NULL,
     NULL, RULE_PLATFORM, KIND_CRASH, 1, 20, 33, 9, 0},
    {"ERROR", "TypeError: Cannot read properties of undefined (reading 'email')",
     "TypeError: Cannot read properties of undefined (reading 'email')", "mail-receipt",
     "Cannot read properties of undefined (reading 'email')",
     "{\"customer\":null,\"template\":\"receipt-nl\"}",
     "TypeError: Cannot read properties of undefined (reading 'email')\n"
     "    at render (/var/task/src/receipt.js:17:31)\n    at handler (/var/task/index.js:9:12)",
     RULE_STACK, KIND_LOG, 2, 29, 34, 85, 0},
    {"WARN", "[Action Required] Certificate of api.shop.example expires in 9 days",
     "[Action Required] Certificate of <host> expires in <n> days", "cert-watch", NULL,
     "{\"host\":\"api.shop.example\",\"days\":9}", NULL, RULE_TITLE, KIND_LOG, 1, 26, 34, 1, 0},
    {"ERROR", "connect ETIMEDOUT 10.2.14.9:5432", "connect ETIMEDOUT <ip>:<n>", "reports-nightly",
     "connect ETIMEDOUT 10.2.14.9:5432", "{\"host\":\"10.2.14.9\",\"port\":5432,\"retry\":3}",
     "Error: connect ETIMEDOUT 10.2.14.9:5432\n    at TCPConnectWrap.afterConnect "
     "[as oncomplete] (node:net:1555:16)",
     RULE_STACK, KIND_LOG, 2, 5, 31, 14, 8},
    {"ERROR", "Webhook signature does not match", "Webhook signature does not match", "webhooks-in",
     "invalid signature",
     "{\"source\":\"shipping\",\"headers\":{\"authorization\":\"Bearer 8c1e5f0aa2b94d1f\"}}", NULL,
     RULE_TITLE, KIND_LOG, 1, 1, 24, 7, 0},
};
enum { PROBLEMS = sizeof(problems) / sizeof(problems[0]) };

static const char *const accounts[] = {"111122223333", "444455556666", "777788889999"};
static const char *const regions[] = {"eu-west-1", "us-east-1", "eu-central-1"};

static void add_problem_hours(struct group *g, const struct problem *x, uint64_t *random)
{
    g->count = 0;
    for (int day = x->first_day; day <= x->last_day; day++) {
        unsigned today = x->per_day / 2 + (unsigned)below(random, x->per_day + 1);
        today *= day == x->spike_day && day > 0 ? 14 : 1;
        for (unsigned i = 0; i < today; i++) {
            uint64_t hour = (below(random, 24) + below(random, 24)) / 2;
            fake_hour(&g->hours, FIRST_HOUR + day * 24 + (int64_t)hour, 1);
        }
        g->count += today;
    }
    if (g->count == 0) {
        fake_hour(&g->hours, FIRST_HOUR + x->first_day * 24, 1);
        g->count = 1;
    }
    g->has_time = true;
    g->first_ms = g->hours.at[0].hour * HOUR_MS + 4 * 60000;
    g->last_ms = g->hours.at[g->hours.count - 1].hour * HOUR_MS + 51 * 60000;
}

static void add_problem_samples(struct report *r, struct group *g, const struct problem *x,
                                uint64_t *random)
{
    for (unsigned i = 0; i < 3 && i < g->count; i++) {
        struct sample *s = fake_sample(g);
        s->has_timestamp = true;
        s->timestamp_ms = g->hours.at[below(random, g->hours.count)].hour * HOUR_MS +
                          (int64_t)below(random, HOUR_MS);
        unsigned account = (unsigned)below(random, x->accounts);
        s->account_id = view_of_string(accounts[account]);
        s->region = view_of_string(regions[account]);
        s->log_group = fake_format(r, "/aws/lambda/%s", x->function);
        s->log_stream =
            fake_format(r, "2023/01/%02u/[$LATEST]%016" PRIx64, 1 + i, next_random(random));
        s->event_id = fake_format(r, "37%018" PRIu64 "%018" PRIu64 "%018" PRIu64,
                                  below(random, UINT64_C(1000000000000000000)),
                                  below(random, UINT64_C(1000000000000000000)),
                                  below(random, UINT64_C(1000000000000000000)));
        s->request_id = fake_format(r, "%08x-7b2a-4e0c-9d55-%012" PRIx64,
                                    (unsigned)below(random, UINT32_MAX), next_random(random) >> 16);
        s->level = view_of_string(x->level);
        s->title = view_of_string(x->title);
        s->message = x->error ? view_of_string(x->error) : VIEW_NULL;
        s->details = x->details ? view_of_string(x->details) : VIEW_NULL;
        s->stack = x->stack ? view_of_string(x->stack) : VIEW_NULL;
        s->object =
            fake_format(r,
                        "archive/2023/01/%02u/12/shop-eu-west-1-Log-Sink-1-2023-01-%02u-12-%02u-41-"
                        "%08x-5c1b-4c36-8d0e-6d1f2a3b4c5d",
                        1 + i, 1 + i, i, (unsigned)below(random, UINT32_MAX));
        s->offset = (int64_t)below(random, 130000000);
    }
}

static void add_problem(struct report *r, const struct problem *x, uint64_t fingerprint,
                        uint64_t *random)
{
    struct group *g = fake_report_add(r, fingerprint, 0);
    add_problem_hours(g, x, random);
    g->rule = x->rule;
    g->kind = x->kind;
    g->level = view_of_string(x->level);
    g->title = view_of_string(x->title);
    g->masked = view_of_string(x->masked);
    uint64_t left = g->count;
    for (unsigned i = 0; i < x->accounts; i++) {
        uint64_t part = i + 1 == x->accounts ? left : left * 2 / 3;
        fake_tally(&g->accounts, accounts[i], part);
        fake_tally(&g->regions, regions[i], part);
        left -= part;
    }
    fake_tally(&g->log_groups, fake_format(r, "/aws/lambda/%s", x->function).data, g->count);
    fake_distinct(&g->requests, g->count);
    fake_distinct(&g->streams, g->count / 3 + 1);
    if (x->details != NULL) {
        struct tally *codes = fake_top(r, g, "details.code");
        fake_tally(codes, "insufficient_funds", g->count / 2);
        fake_tally(codes, "do_not_honor", g->count / 4);
        fake_tally(codes, "expired_card", g->count / 8);
        struct tally *uuids = fake_top(r, g, "uuid 1");
        for (unsigned i = 0; i < 90; i++)
            fake_tally(uuids, fake_format(r, "%016" PRIx64, next_random(random)).data, 1);
    }
    add_problem_samples(r, g, x, random);
}

/* Many small problems after the named ones. */
static void add_small(struct report *r, size_t count, uint64_t *random)
{
    static const char *const verbs[] = {"load", "save", "parse", "verify", "send", "merge"};
    static const char *const things[] = {"cart",   "voucher", "address",    "parcel label",
                                         "refund", "session", "stock level"};
    for (size_t i = 0; i < count; i++) {
        const char *verb = verbs[below(random, 6)], *thing = things[below(random, 7)];
        unsigned number = (unsigned)i;
        struct problem x = {
            .level = below(random, 5) ? "ERROR" : "WARN",
            .title = fake_format(r, "Failed to %s the %s (step %u)", verb, thing, number).data,
            .masked = fake_format(r, "Failed to %s the %s (step <n>)", verb, thing).data,
            .function = fake_format(r, "%s-%s", thing, verb).data,
            .error = "Unexpected end of JSON input",
            .rule = RULE_TITLE,
            .kind = below(random, 4) ? KIND_LOG : KIND_TEXT,
            .accounts = 1 + (unsigned)below(random, 2),
            .first_day = (int)below(random, 30),
            .per_day = 1 + (unsigned)below(random, 3),
        };
        x.last_day = x.first_day + (int)below(random, (uint64_t)(35 - x.first_day));
        add_problem(r, &x, next_random(random), random);
    }
}

static void sum_up(struct report *r, uint64_t *random)
{
    struct summary *s = fake_report_summary(r);
    s->has_time = true;
    s->first_ms = (int64_t)FIRST_HOUR * HOUR_MS;
    s->last_ms = (int64_t)(FIRST_HOUR + HOURS) * HOUR_MS - 1;
    for (size_t rank = 0; rank < report_group_count(r); rank++) {
        const struct group *g;
        if (report_group(r, rank, &g, NULL) != RC_OK)
            abort();
        s->alerts += g->count;
        enum level_class level_class = view_equals(g->level, VIEW("FATAL"))  ? CLASS_FATAL
                                       : view_equals(g->level, VIEW("WARN")) ? CLASS_WARN
                                                                             : CLASS_ERROR;
        for (size_t i = 0; i < g->hours.count; i++)
            fake_hour(&s->by_class[level_class], g->hours.at[i].hour, g->hours.at[i].count);
    }
    s->events = s->alerts;
    for (int64_t hour = 0; hour < HOURS; hour++) {
        uint64_t load = 900 + (uint64_t)((hour % 24) * (24 - hour % 24)) * 9 + below(random, 300);
        fake_hour(&s->by_class[CLASS_INFO], FIRST_HOUR + hour, load);
        fake_hour(&s->by_class[CLASS_DEBUG], FIRST_HOUR + hour, load / 5);
        fake_hour(&s->by_class[CLASS_WARN], FIRST_HOUR + hour, load / 40);
        s->events += load + load / 5 + load / 40;
    }
    fake_distinct(&s->requests, 40000);
}

static void add_tables(struct report *r, uint64_t *random)
{
    struct summary *s = fake_report_summary(r);
    for (size_t i = 0; i < 3; i++)
        fake_row(&s->accounts, &s->accounts_count, view_of_string(accounts[i]), s->events / (i + 2),
                 s->alerts / (i * i + 2));
    for (size_t i = 0; i < PROBLEMS; i++)
        fake_row(&s->log_groups, &s->log_groups_count,
                 fake_format(r, "/aws/lambda/%s", problems[i].function), s->events / (i + 3),
                 s->alerts / (i * i + 3));
    for (int day = 0; day < 35; day++)
        fake_row(&s->days, &s->days_count,
                 fake_format(r, "2023-%02d-%02d", day < 31 ? 1 : 2, day < 31 ? day + 1 : day - 30),
                 s->events / 35, s->alerts / 35 + below(random, 40));
    for (size_t i = 0; i < PROBLEMS; i++) {
        struct function_facts *f =
            fake_function(r, fake_format(r, "/aws/lambda/%s", problems[i].function));
        f->invocations = 20000 + below(random, 90000);
        f->cold_starts = f->invocations / (40 + below(random, 60));
        f->timeouts = problems[i].kind == KIND_TIMEOUT ? 1204 : 0;
        f->crashes = problems[i].kind == KIND_CRASH ? 133 : 0;
        f->duration_us_sum = f->invocations * (80000 + below(random, 900000));
        f->duration_us_max = 3000000 + below(random, 27000000);
        f->init_us_max = 400000 + below(random, 1900000);
        f->memory_mb = 512;
        f->max_memory_mb = 200 + (int64_t)below(random, 312);
        f->near_memory_limit = problems[i].kind == KIND_CRASH ? 412 : 0;
    }
    s->report_lines = 1;
}

static void fill_ledger(struct ledger *l, const struct summary *s)
{
    l->objects.total = 1204;
    l->objects.damaged = 2;
    l->objects.clean = 1202;
    l->stored_bytes.total = UINT64_C(48211334211);
    l->stored_bytes.quarantined = 18233;
    l->stored_bytes.parsed = l->stored_bytes.total - 18233;
    l->decoded_bytes.total = UINT64_C(391822334455);
    l->decoded_bytes.quarantined = 3321;
    l->decoded_bytes.records = l->decoded_bytes.total - 3321;
    l->records.total = 481223;
    l->records.control = 12;
    l->records.quarantined = 1;
    l->records.data = l->records.total - 13;
    l->events.total = s->events + 31;
    l->events.ignored = 31;
    l->events.rows = s->events;
    fake_tally(&l->quarantine_reasons, "gzip: crc mismatch", 2);
    fake_tally(&l->quarantine_reasons, "json: unexpected end", 1);
}

/* One payload per line; abort without them, as nothing would be tested. */
struct payloads {
    struct view at[2000];
    size_t count;
};

static void read_payloads(struct report *r, struct payloads *p)
{
    const char *path = getenv("PAYLOADS");
    FILE *from = fopen(path ? path : "tests/report/payloads.txt", "r");
    char line[4096];
    p->count = 0;
    if (from == NULL)
        abort();
    while (p->count < 2000 && fgets(line, sizeof(line), from) != NULL)
        p->at[p->count++] = fake_text(r, view_of(line, strcspn(line, "\n")));
    fclose(from);
    if (p->count == 0)
        abort();
}

static struct view attack(struct report *r, const struct payloads *p, size_t at)
{
    struct view v = p->at[at % p->count];
    return fake_format(r, "%.*s", (int)v.size, v.data);
}

static void add_attack(struct report *r, const struct payloads *p, size_t i)
{
    struct group *g = fake_report_add(r, hash64(view_of(&i, sizeof(i))), 10000 - i);
    struct view x = attack(r, p, i);
    g->title = g->masked = g->owner = x;
    /* As it was logged, and with labels for what looks as if it varied. */
    g->rule = (i ^ i / p->count) & 1 ? RULE_TITLE : RULE_USER;
    g->level = i % 3 ? VIEW("ERROR") : x;
    g->kind = (enum kind)(i % KIND_COUNT);
    g->has_time = true;
    g->first_ms = (int64_t)FIRST_HOUR * HOUR_MS + (int64_t)i * 1000000;
    g->last_ms = g->first_ms + 1;
    fake_hour(&g->hours, FIRST_HOUR + (int64_t)(i % HOURS), g->count);
    fake_tally(&g->accounts, x.data, g->count);
    fake_tally(&g->regions, x.data, g->count);
    fake_tally(&g->log_groups, x.data, g->count);
    fake_tally(fake_top(r, g, x.data), attack(r, p, i + 7).data, 3);
    fake_distinct(&g->requests, 3);
    for (unsigned k = 0; k < 2; k++) {
        struct sample *s = fake_sample(g);
        s->account_id = s->region = s->log_group = s->log_stream = s->event_id = x;
        s->request_id = s->level = s->title = s->message = s->details = s->stack = x;
        s->reason = s->error_type = s->error_message = s->object = x;
        s->offset = (int64_t)i;
    }
}

static void add_attacks(struct report *r, struct ledger *l, size_t count)
{
    struct payloads *payloads = calloc(1, sizeof(*payloads));
    if (payloads == NULL)
        abort();
    read_payloads(r, payloads);
    struct summary *s = fake_report_summary(r);
    for (size_t i = 0; i < count; i++)
        add_attack(r, payloads, i);
    for (size_t i = 0; i < 200; i++) {
        struct view x = attack(r, payloads, i);
        fake_row(&s->accounts, &s->accounts_count, x, 10, 200 - i);
        fake_row(&s->log_groups, &s->log_groups_count, x, 10, 200 - i);
        fake_row(&s->days, &s->days_count, x, 10, 200 - i);
        struct function_facts *f = fake_function(r, x);
        f->invocations = i;
        f->timeouts = 200 - i;
        fake_tally(&l->quarantine_reasons, x.data, 1 + i);
        fake_tally(&l->levels, x.data, 1 + i);
    }
    l->stored_bytes.quarantined = 1;
    fake_report_set_other(r, 17, 23);
    free(payloads);
}

static void add_period(struct report *r, size_t hours)
{
    struct summary *s = fake_report_summary(r);
    s->has_time = true;
    s->first_ms = (int64_t)(FIRST_HOUR + 5) * HOUR_MS;
    s->last_ms = s->first_ms + (int64_t)hours * HOUR_MS - 1;
    for (size_t i = 0; i < hours; i++)
        fake_hour(&s->by_class[CLASS_ERROR], FIRST_HOUR + 5 + (int64_t)i, 1 + i * i % 1999);
    for (size_t i = 0; i < s->by_class[CLASS_ERROR].count; i++)
        s->events += s->by_class[CLASS_ERROR].at[i].count;
}

/* What an attacked report is compared with: most of its groups are gone. */
static struct report *attacked_before(void)
{
    struct payloads *payloads = calloc(1, sizeof(*payloads));
    if (payloads == NULL)
        abort();
    struct report *r = fake_report_new();
    read_payloads(r, payloads);
    for (size_t i = 0; i < 400; i++)
        add_attack(r, payloads, 9000 + i);
    fake_report_rank(r);
    free(payloads);
    return r;
}

static enum rc to_stdout(void *context, struct view bytes, struct err *err)
{
    (void)context;
    if (fwrite(bytes.data, 1, bytes.size, stdout) != bytes.size)
        return err_errno(err, "stdout");
    return RC_OK;
}

int main(int argc, char **argv)
{
    enum report_format format;
    if (argc < 3 || !report_format_parse(argv[2], &format)) {
        fprintf(stderr, "usage: write_sample shop|hostile|period json|html|md|csv|table [GROUPS]\n");
        return 2;
    }
    struct report *r = fake_report_new();
    struct ledger ledger;
    ledger_init(&ledger);
    uint64_t random = 88172645463325252;
    size_t count = argc > 3 ? (size_t)strtoul(argv[3], NULL, 10) : 40;
    if (strcmp(argv[1], "hostile") == 0) {
        add_attacks(r, &ledger, count);
    } else if (strcmp(argv[1], "period") == 0) {
        add_period(r, count);
    } else {
        for (size_t i = 0; i < PROBLEMS; i++)
            add_problem(r, &problems[i], next_random(&random), &random);
        add_small(r, count > PROBLEMS ? count - PROBLEMS : 0, &random);
    }
    fake_report_rank(r);
    if (strcmp(argv[1], "period") != 0)
        sum_up(r, &random);
    if (strcmp(argv[1], "shop") == 0) {
        add_tables(r, &random);
        fill_ledger(&ledger, fake_report_summary(r));
    }
    struct report *before = strcmp(argv[1], "hostile") == 0 ? attacked_before() : NULL;
    struct report_options options = {.redact = true, .terminal_columns = 100, .baseline = before};
    struct err err;
    enum rc rc = report_write(format, r, &ledger, &options, to_stdout, NULL, &err);
    if (rc != RC_OK)
        fprintf(stderr, "write_sample: %s\n", err.text);
    ledger_done(&ledger);
    fake_report_free(r);
    if (before != NULL)
        fake_report_free(before);
    return rc == RC_OK && fflush(stdout) == 0 ? 0 : 1;
}
