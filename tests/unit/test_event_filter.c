#include "event_filter.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { NOON_MS = 1000 };

static struct event event_of(struct view account, struct view group, enum severity severity)
{
    struct event e = {.severity = severity};
    event_set_integer(&e, COL_TIMESTAMP, NOON_MS);
    event_set_text(&e, COL_ACCOUNT_ID, account);
    event_set_text(&e, COL_LOG_GROUP, group);
    return e;
}

static struct options *open_options(void)
{
    struct options *o = malloc(sizeof(*o));
    cr_assert_not_null(o);
    options_init(o);
    return o;
}

Test(event_filter, globs)
{
    static const struct {
        struct view value;
        const char *globs[3]; /* NULL: no more */
        bool is_kept;
    } rows[] = {
        {VIEW("/aws/lambda/shop"), {0}, true},
        {VIEW("/aws/lambda/shop"), {"/aws/lambda/shop"}, true},
        {VIEW("/aws/lambda/shop"), {"/aws/lambda"}, false},
        {VIEW("/aws/lambda/shop"), {"*"}, true},
        {VIEW("/aws/lambda/shop"), {"*shop"}, true},
        {VIEW("/aws/lambda/shop"), {"*/???p"}, true},
        {VIEW("/aws/lambda/shop"), {"/aws/[kl]*"}, true},
        {VIEW("/aws/lambda/shop"), {"/ecs/*", "/aws/*"}, true},
        {VIEW("/aws/lambda/shop"), {"/ecs/*", "/eks/*"}, false},
        {VIEW("/aws/lambda/SHOP"), {"*shop"}, false},
        {VIEW(""), {"*"}, true},
        {VIEW(""), {"?*"}, false},
        /* A NUL ends nothing, and only a wildcard matches it. */
        {VIEW("shop\0x"), {"shop"}, false},
        {VIEW("shop\0x"), {"shop*"}, true},
        {VIEW("shop\0x"), {"shop?x"}, true},
        {VIEW("\0"), {"?"}, true},
    };
    struct options *o = open_options();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        o->log_groups.count = 0;
        while (o->log_groups.count < 3 && rows[i].globs[o->log_groups.count] != NULL) {
            o->log_groups.items[o->log_groups.count] = rows[i].globs[o->log_groups.count];
            o->log_groups.count++;
        }
        struct event e = event_of(VIEW("123456789012"), rows[i].value, SEVERITY_NONE);
        cr_expect_eq(event_filter_keeps(o, &e), rows[i].is_kept, "row %zu", i);
        cr_expect_eq(event_filter_is_open(o), o->log_groups.count == 0, "row %zu", i);
    }
    free(o);
}

/* Names of every length match "*": up to the longest compared, and beyond it. */
Test(event_filter, a_long_name_is_a_name)
{
    char name[GLOB_VALUE_MAX + 2];
    memset(name, 'x', sizeof(name));
    memcpy(name, "shop", 4);
    struct options *o = open_options();
    o->log_groups.count = 1;
    for (size_t size = 4; size <= sizeof(name); size++) {
        struct event e = event_of(VIEW("1"), view_of(name, size), SEVERITY_NONE);
        o->log_groups.items[0] = "*";
        cr_expect(event_filter_keeps(o, &e), "%zu bytes", size);
        o->log_groups.items[0] = "shop*";
        cr_expect(event_filter_keeps(o, &e), "%zu bytes", size);
        o->log_groups.items[0] = "*shop";
        cr_expect_eq(event_filter_keeps(o, &e), size == 4, "%zu bytes", size);
    }
    free(o);
}

Test(event_filter, the_other_columns)
{
    struct options *o = open_options();
    struct event e = event_of(VIEW("123456789012"), VIEW("/g"), SEVERITY_WARN);
    struct event timeless = {.severity = SEVERITY_NONE};
    cr_expect(event_filter_is_open(o));

    o->accounts = (struct option_list){.items = {"1234*"}, .count = 1};
    cr_expect(event_filter_keeps(o, &e));
    cr_expect(!event_filter_keeps(o, &timeless));
    o->accounts.items[0] = "*";
    cr_expect(event_filter_keeps(o, &timeless), "what is absent matches as the empty string");
    o->accounts.count = 0;

    o->min_level = SEVERITY_WARN;
    cr_expect(!event_filter_is_open(o));
    cr_expect(event_filter_keeps(o, &e));
    cr_expect(event_filter_keeps(o, &timeless), "no number is not known to be low");
    o->min_level = SEVERITY_ERROR;
    cr_expect(!event_filter_keeps(o, &e));
    o->min_level = SEVERITY_NONE;

    o->has_since = o->has_until = true;
    o->since_ms = o->until_ms = NOON_MS; /* both ends belong to it */
    cr_expect(!event_filter_is_open(o));
    cr_expect(event_filter_keeps(o, &e));
    o->since_ms = NOON_MS + 1;
    cr_expect(!event_filter_keeps(o, &e));
    cr_expect(event_filter_keeps(o, &timeless));
    o->since_ms = 0;
    o->until_ms = NOON_MS - 1;
    cr_expect(!event_filter_keeps(o, &e));
    free(o);
}
