#include "corpus_template.h"

#include "util/buf.h"

#include <stdio.h>
#include <stdlib.h>

enum patch {
    PATCH_NONE,
    PATCH_ID,
    PATCH_TIME,
    PATCH_TIME_MICRO,
    PATCH_TIME_GO,
    PATCH_TIME_LOG4J,
    PATCH_EPOCH_MS,
    PATCH_UUID,
    PATCH_INT,
    PATCH_HEX,
    PATCH_DEC,
    PATCH_IP,
    PATCH_HOST,
    PATCH_EMAIL,
    PATCH_XRAY,
    PATCH_ACCOUNT,
    PATCH_REGION,
    PATCH_SERVICE,
    PATCH_FUNCTION,
    PATCH_LIMIT_S,
    PATCH_LIMIT_MS,
    PATCH_MEMORY,
    PATCH_WORD,
    PATCH_EVENT,
};

static const struct {
    const char *name;
    enum patch patch;
} patch_names[] = {
    {"id", PATCH_ID},
    {"time", PATCH_TIME},
    {"timemicro", PATCH_TIME_MICRO},
    {"timego", PATCH_TIME_GO},
    {"timelog", PATCH_TIME_LOG4J},
    {"epoch", PATCH_EPOCH_MS},
    {"uuid", PATCH_UUID},
    {"int", PATCH_INT},
    {"hex", PATCH_HEX},
    {"dec", PATCH_DEC},
    {"ip", PATCH_IP},
    {"host", PATCH_HOST},
    {"email", PATCH_EMAIL},
    {"xray", PATCH_XRAY},
    {"account", PATCH_ACCOUNT},
    {"region", PATCH_REGION},
    {"service", PATCH_SERVICE},
    {"function", PATCH_FUNCTION},
    {"limit", PATCH_LIMIT_S},
    {"limitms", PATCH_LIMIT_MS},
    {"memory", PATCH_MEMORY},
    {"word", PATCH_WORD},
    {"event", PATCH_EVENT},
};

static const char *const words[] = {
    "amber",  "basket", "cedar",  "delta", "ember",  "fjord",  "garnet", "harbor",
    "indigo", "jasper", "kernel", "lumen", "meadow", "nectar", "orchid", "pebble",
};

/* A run of bytes, then a patch. */
struct segment {
    uint32_t begin, size; /* in `bytes` of the form */
    enum patch patch;
    uint32_t low, span; /* PATCH_INT, PATCH_DEC: low to low + span - 1; PATCH_HEX: low digits */
};

struct form {
    struct segment *segments;
    size_t count;
    struct buf bytes;
};

struct template
{
    struct form escaped, raw;
    bool is_one_line;
};

void digits_init(struct digits *d)
{
    for (unsigned i = 0; i < 10000; i++) {
        d->four[i][0] = (char)('0' + i / 1000);
        d->four[i][1] = (char)('0' + i / 100 % 10);
        d->four[i][2] = (char)('0' + i / 10 % 10);
        d->four[i][3] = (char)('0' + i % 10);
    }
    for (unsigned i = 0; i < 256; i++) {
        d->hex[i][0] = "0123456789abcdef"[i >> 4];
        d->hex[i][1] = "0123456789abcdef"[i & 15];
    }
}

char *write_padded(char *to, const struct digits *d, unsigned number, unsigned count)
{
    memcpy(to, d->four[number] + 4 - count, count);
    return to + count;
}

char *write_number(char *to, uint64_t number)
{
    char text[20];
    size_t at = sizeof text;
    do {
        text[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    memcpy(to, text + at, sizeof text - at);
    return to + (sizeof text - at);
}

char *write_hex(char *to, struct random *r, const struct digits *d, unsigned count)
{
    while (count > 0) {
        uint64_t bits = random_next(r);
        for (unsigned i = 0; i < 8 && count > 0; i++, bits >>= 8) {
            unsigned take = count < 2 ? count : 2;
            memcpy(to, d->hex[bits & 255], take);
            to += take;
            count -= take;
        }
    }
    return to;
}

char *write_uuid(char *to, struct random *r, const struct digits *d)
{
    /* Where each byte's two digits stand; version 4, variant 1 (RFC 4122). */
    static const unsigned char at[16] = {0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34};
    uint64_t half[2] = {random_next(r), random_next(r)};
    unsigned char bytes[16];
    memcpy(bytes, half, sizeof bytes);
    bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40);
    bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80);
    for (unsigned i = 0; i < 16; i++)
        memcpy(to + at[i], d->hex[bytes[i]], 2);
    to[8] = to[13] = to[18] = to[23] = '-';
    return to + 36;
}

void format_iso(char to[24], int64_t ms, const struct digits *d)
{
    /* Gregorian year, month and day from days (Howard Hinnant, civil_from_days). */
    int64_t days = ms / 86400000;
    unsigned rest = (unsigned)(ms % 86400000);
    int64_t z = days + 719468;
    int64_t era = z / 146097;
    unsigned doe = (unsigned)(z - era * 146097);
    unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    unsigned mp = (5 * doy + 2) / 153;
    unsigned day = doy - (153 * mp + 2) / 5 + 1;
    unsigned month = mp < 10 ? mp + 3 : mp - 9;
    unsigned year = (unsigned)(yoe + era * 400 + (month <= 2));
    write_padded(to, d, year, 4);
    to[4] = to[7] = '-';
    write_padded(to + 5, d, month, 2);
    write_padded(to + 8, d, day, 2);
    to[10] = 'T';
    write_padded(to + 11, d, rest / 3600000, 2);
    to[13] = to[16] = ':';
    write_padded(to + 14, d, rest / 60000 % 60, 2);
    write_padded(to + 17, d, rest / 1000 % 60, 2);
    to[19] = '.';
    write_padded(to + 20, d, rest % 1000, 3);
    to[23] = 'Z';
}

/* The event's time as that runtime writes it. */
static char *write_time(char *to, enum patch patch, struct scene *s)
{
    memcpy(to, s->iso, 24);
    if (patch == PATCH_TIME)
        return to + 24;
    if (patch == PATCH_TIME_MICRO) { /* 2019-10-26T10:04:01.689856 */
        write_padded(to + 23, s->digits, random_below(&s->random, 1000), 3);
        return to + 26;
    }
    if (patch == PATCH_TIME_GO) /* 2020/03/27 03:40:05 */
        to[4] = to[7] = '/';
    to[10] = ' '; /* log4j2: 2020-03-27 03:40:05 */
    return to + 19;
}

static char *write_ip(char *to, struct random *r, char between)
{
    *to++ = '1';
    *to++ = '0';
    for (unsigned i = 0; i < 3; i++) {
        *to++ = between;
        to = write_number(to, random_below(r, 256));
    }
    return to;
}

static char *write_host(char *to, struct scene *s)
{
    memcpy(to, "ip-", 3);
    to = write_ip(to + 3, &s->random, '-');
    *to++ = '.';
    to = write_view(to, s->region);
    memcpy(to, ".compute.internal", 17);
    return to + 17;
}

static char *write_xray(char *to, struct scene *s)
{
    *to++ = '1';
    *to++ = '-';
    uint64_t seconds = (uint64_t)s->ms / 1000;
    for (unsigned i = 0; i < 4; i++, to += 2)
        memcpy(to, s->digits->hex[seconds >> (24 - 8 * i) & 255], 2);
    *to++ = '-';
    return write_hex(to, &s->random, s->digits, 24);
}

static char *write_dec(char *to, const struct segment *g, struct scene *s)
{
    to = write_number(to, g->low + random_below(&s->random, g->span));
    /* 01 to 99 with no zero at the end: the shortest form of the number. */
    unsigned cents = 10 * random_below(&s->random, 10) + 1 + random_below(&s->random, 9);
    *to++ = '.';
    return write_padded(to, s->digits, cents, 2);
}

static char *write_email(char *to, struct scene *s)
{
    memcpy(to, "user", 4);
    to = write_number(to + 4, random_below(&s->random, 100000));
    memcpy(to, "@example.com", 12);
    return to + 12;
}

static char *write_patch(char *to, const struct segment *g, struct scene *s)
{
    switch (g->patch) {
    case PATCH_NONE:
        return to;
    case PATCH_ID:
        memcpy(to, s->request_id, 36);
        return to + 36;
    case PATCH_TIME:
    case PATCH_TIME_MICRO:
    case PATCH_TIME_GO:
    case PATCH_TIME_LOG4J:
        return write_time(to, g->patch, s);
    case PATCH_EPOCH_MS:
        return write_number(to, (uint64_t)s->ms);
    case PATCH_UUID:
        return write_uuid(to, &s->random, s->digits);
    case PATCH_INT:
        return write_number(to, g->low + random_below(&s->random, g->span));
    case PATCH_HEX:
        return write_hex(to, &s->random, s->digits, g->low);
    case PATCH_DEC:
        return write_dec(to, g, s);
    case PATCH_IP:
        return write_ip(to, &s->random, '.');
    case PATCH_HOST:
        return write_host(to, s);
    case PATCH_EMAIL:
        return write_email(to, s);
    case PATCH_XRAY:
        return write_xray(to, s);
    case PATCH_ACCOUNT:
        return write_view(to, s->account_id);
    case PATCH_REGION:
        return write_view(to, s->region);
    case PATCH_SERVICE:
        return write_view(to, s->service);
    case PATCH_FUNCTION:
        return write_view(to, s->function);
    case PATCH_LIMIT_S:
    case PATCH_LIMIT_MS:
        to = write_number(to, g->patch == PATCH_LIMIT_S ? s->limit_s : s->limit_s * 1000);
        memcpy(to, ".00", 3);
        return to + 3;
    case PATCH_MEMORY:
        return write_number(to, s->memory_mb);
    case PATCH_WORD:
        return write_view(
            to, view_of_string(words[random_below(&s->random, sizeof words / sizeof words[0])]));
    case PATCH_EVENT:
        s->event_start = to;
        return to;
    }
    return to;
}

char *template_write(const struct template *t, bool is_escaped, struct scene *scene, char *to)
{
    const struct form *form = is_escaped ? &t->escaped : &t->raw;
    for (size_t i = 0; i < form->count; i++) {
        const struct segment *g = &form->segments[i];
        memcpy(to, form->bytes.data + g->begin, g->size);
        to = write_patch(to + g->size, g, scene);
    }
    return to;
}

bool template_is_one_line(const struct template *t)
{
    return t->is_one_line;
}

static void give_up(const char *what, const char *text)
{
    fprintf(stderr, "millrace-corpus: %s: %.80s\n", what, text);
    exit(1);
}

/* Escapes as CloudWatch Logs does: non-ASCII stays, controls become escapes. */
static void append_escaped(struct buf *out, const char *text, size_t size)
{
    static const char plain[] = "\"\\\n\r\t\b\f";
    static const char letter[] = "\"\\nrtbf";
    for (size_t i = 0; i < size; i++) {
        const char *at = strchr(plain, text[i]);
        if (at != NULL && text[i] != '\0')
            buf_printf(out, "\\%c", letter[at - plain]);
        else if ((unsigned char)text[i] < 0x20)
            buf_printf(out, "\\u%04x", (unsigned char)text[i]);
        else
            buf_append_byte(out, text[i]);
    }
}

static struct segment patch_parse(const char *place, size_t size)
{
    char name[16] = "";
    struct segment g = {.span = 1};
    unsigned low = 0, high = 0;
    char text[64];
    if (size >= sizeof text)
        give_up("a place that is too long", place);
    memcpy(text, place, size);
    text[size] = '\0';
    int fields = sscanf(text, "%15s %u %u", name, &low, &high);
    for (size_t i = 0; i < sizeof patch_names / sizeof patch_names[0]; i++)
        if (strcmp(name, patch_names[i].name) == 0)
            g.patch = patch_names[i].patch;
    if (g.patch == PATCH_NONE || (fields == 3 && high < low))
        give_up("no such place", text);
    g.low = low;
    if (fields == 3)
        g.span = high - low + 1;
    return g;
}

static void form_compile(struct form *form, const char *text, bool is_escaped)
{
    size_t capacity = 0;
    while (*text != '\0') {
        const char *open = strstr(text, "<<");
        size_t plain = open ? (size_t)(open - text) : strlen(text);
        struct segment g = {.span = 1};
        size_t begin = form->bytes.size;
        if (is_escaped)
            append_escaped(&form->bytes, text, plain);
        else
            buf_append(&form->bytes, text, plain);
        text += plain;
        if (open != NULL) {
            const char *close = strstr(open, ">>");
            if (close == NULL)
                give_up("a place without an end", open);
            g = patch_parse(open + 2, (size_t)(close - open - 2));
            text = close + 2;
        }
        g.begin = (uint32_t)begin;
        g.size = (uint32_t)(form->bytes.size - begin);
        if (form->count == capacity) {
            capacity = capacity ? capacity * 2 : 8;
            form->segments = realloc(form->segments, capacity * sizeof *form->segments);
            if (form->segments == NULL)
                give_up("out of memory", text);
        }
        form->segments[form->count++] = g;
    }
    buf_reserve(&form->bytes, 1);
    if (buf_failed(&form->bytes) || form->bytes.size > MESSAGE_BYTES_MAX / 2)
        give_up("a template that is too long", text);
}

struct template *template_new(const char *text)
{
    struct template *t = calloc(1, sizeof *t);
    if (t == NULL)
        give_up("out of memory", text);
    form_compile(&t->escaped, text, true);
    form_compile(&t->raw, text, false);
    size_t size = strlen(text);
    while (size > 0 && text[size - 1] == '\n')
        size--;
    t->is_one_line = strcspn(text, "\r\n") >= size;
    return t;
}

void template_free(struct template *t)
{
    if (t == NULL)
        return;
    free(t->escaped.segments);
    free(t->raw.segments);
    buf_done(&t->escaped.bytes);
    buf_done(&t->raw.bytes);
    free(t);
}
