#include "alert/mask.h"

#include "alert/mask_match.h"

#include <assert.h>

const char *mask_label(enum mask mask)
{
    static const char *const labels[MASK_COUNT] = {
        [MASK_EMAIL] = "email",   [MASK_URL] = "url",
        [MASK_ARN] = "arn",       [MASK_HOST] = "host",
        [MASK_IP] = "ip",         [MASK_TRACE] = "trace",
        [MASK_UUID] = "uuid",     [MASK_ID] = "id",
        [MASK_S3_KEY] = "s3_key", [MASK_PATH] = "path",
        [MASK_HASH] = "hash",     [MASK_DATE] = "date",
        [MASK_HEX] = "hex",       [MASK_DURATION] = "duration",
        [MASK_FLOAT] = "float",   [MASK_INT] = "int",
    };
    assert(mask < MASK_COUNT);
    return labels[mask];
}

enum {
    ID_BYTES_MIN = 10,        /* a word that mixes letters and digits is an id from here on */
    REQUEST_ID_BYTES_MIN = 6, /* the same behind `request id` */
    HEX_BYTES_MIN = 8,
    GLUED_DIGITS_MIN = 4,
};

/* A run of letters and digits. */
struct word {
    size_t begin, end;
    unsigned digits, digit_runs;
    bool is_hex;
};

struct scan {
    struct view text;
    const struct mask_block *blocks; /* of the text, and one of zeros */
    struct mask_span *spans;
    size_t count;
    size_t at_sign;     /* the next `@`, text.size where there is none */
    size_t host_failed; /* no host begins before this place */
    size_t s3_key_failed;
};

/* The 64 bits of a class from text[at] on. */
#define BITS_AT(blocks, class, at)                                                                 \
    ((blocks)[(at) / MASK_BLOCK_BYTES].class >> (at) % MASK_BLOCK_BYTES |                          \
     (blocks)[(at) / MASK_BLOCK_BYTES + 1].class << 1 << (63 - (at) % MASK_BLOCK_BYTES))

static uint64_t lowest_bits(size_t count)
{
    return count < 64 ? (UINT64_C(1) << count) - 1 : UINT64_MAX;
}

static struct word word_at(const struct scan *s, size_t begin, size_t end)
{
    struct word w = {.begin = begin, .end = end, .is_hex = true};
    uint64_t was_digit = 0;
    for (size_t at = begin; at < end; at += 64) {
        uint64_t in = lowest_bits(end - at);
        uint64_t digits = BITS_AT(s->blocks, digits, at) & in;
        w.digits += (unsigned)__builtin_popcountll(digits);
        w.digit_runs += (unsigned)__builtin_popcountll(digits & ~(digits << 1 | was_digit));
        w.is_hex = w.is_hex && (in & ~BITS_AT(s->blocks, hex, at)) == 0;
        was_digit = digits >> 63;
    }
    return w;
}

/* Where the word that ends at `end` begins, not before `least`. */
static size_t word_begin(const struct scan *s, size_t least, size_t end)
{
    while (end > least) {
        size_t from = end - least < 64 ? least : end - 64;
        uint64_t others = ~BITS_AT(s->blocks, words, from) & lowest_bits(end - from);
        if (others != 0)
            return from + 64 - (size_t)__builtin_clzll(others);
        end = from;
    }
    return least;
}

static size_t take(struct scan *s, size_t begin, size_t end, enum mask mask)
{
    s->spans[s->count++] = (struct mask_span){(uint32_t)begin, (uint32_t)end, mask};
    return end;
}

/* E-mail, URL, ARN, host: what may begin with a letter and holds punctuation. */
static size_t take_address(struct scan *s, const struct word *w)
{
    struct view text = s->text;
    if (s->at_sign < w->begin)
        s->at_sign = view_find_byte(text, '@', w->begin);
    size_t end = s->at_sign < text.size ? mask_match_email(text, w->begin, s->at_sign) : 0;
    if (end != 0)
        return take(s, w->begin, end, MASK_EMAIL);
    char next = mask_byte(text, w->end);
    if (next == ':') {
        end = mask_match_url(text, w->begin, w->end);
        if (end != 0)
            return take(s, w->begin, end, MASK_URL);
        size_t begin;
        end = mask_match_arn(text, w->begin, &begin);
        if (end != 0)
            return take(s, begin, end, MASK_ARN);
    }
    if ((next == '.' || next == '-') && w->begin >= s->host_failed) {
        size_t looked;
        end = mask_match_host(text, w->begin, &looked);
        if (end != 0)
            return take(s, w->begin, end, MASK_HOST);
        s->host_failed = looked;
    }
    return 0;
}

static size_t take_s3_key(struct scan *s, const struct word *w)
{
    if (w->begin < s->s3_key_failed)
        return 0;
    size_t looked;
    size_t end = mask_match_s3_key(s->text, w->begin, &looked);
    if (end != 0)
        return take(s, w->begin, end, MASK_S3_KEY);
    s->s3_key_failed = looked;
    return 0;
}

/* IP, trace and UUID: what begins with a hex digit. */
static size_t take_hex_form(struct scan *s, const struct word *w)
{
    struct view text = s->text;
    size_t end = mask_match_ipv4(text, w->begin);
    if (end == 0)
        end = mask_match_ipv6(text, w->begin);
    if (end != 0)
        return take(s, w->begin, end, MASK_IP);
    end = mask_match_trace(text, w->begin);
    if (end != 0)
        return take(s, w->begin, end, MASK_TRACE);
    end = mask_match_uuid(text, w->begin);
    return end != 0 ? take(s, w->begin, end, MASK_UUID) : 0;
}

static bool is_hash(const struct word *w)
{
    size_t size = w->end - w->begin;
    return w->is_hex && (size == 32 || size == 40 || size == 64 || size == 128);
}

static bool is_hex_word(struct view text, const struct word *w)
{
    size_t size = w->end - w->begin;
    if (size > 2 && text.data[w->begin] == '0' && (text.data[w->begin + 1] | 0x20) == 'x')
        return mask_hex_digits(text, w->begin + 2, size) == size - 2;
    return w->is_hex && size >= HEX_BYTES_MIN && w->digits > 0 && w->digits < size;
}

static bool is_id(struct view text, const struct word *w)
{
    size_t size = w->end - w->begin;
    if (w->digits == 0 || w->digits == size)
        return false;
    if (size >= REQUEST_ID_BYTES_MIN && mask_is_after_request_id(text, w->begin))
        return true;
    return size >= ID_BYTES_MIN && w->digit_runs >= 2 && !is_hex_word(text, w) && !is_hash(w) &&
           mask_match_date(text, w->begin) == 0;
}

/* Where a number that begins at `at` takes its sign in. */
static size_t with_sign(const struct scan *s, size_t at)
{
    size_t taken = s->count > 0 ? s->spans[s->count - 1].end : 0;
    if (at <= taken || (s->text.data[at - 1] != '-' && s->text.data[at - 1] != '+'))
        return at;
    bool is_sign = at == 1 || byte_is_space(s->text.data[at - 2]) ||
                   memchr("=:([,\"'", s->text.data[at - 2], 7) != NULL;
    return is_sign ? at - 1 : at;
}

static size_t take_number(struct scan *s, const struct word *w)
{
    struct view text = s->text;
    bool is_digit = byte_is_digit(text.data[w->begin]);
    char next = mask_byte(text, w->end);
    /* A day's or month's name is a word by itself. */
    bool may_be_date = is_digit || next == ' ' || next == ',';
    size_t end = may_be_date ? mask_match_date(text, w->begin) : 0;
    if (end != 0)
        return take(s, w->begin, end, MASK_DATE);
    if (!is_digit)
        return 0;
    end = mask_match_duration(text, w->begin);
    if (end != 0)
        return take(s, with_sign(s, w->begin), end, MASK_DURATION);
    if (is_hex_word(text, w))
        return take(s, w->begin, w->end, MASK_HEX);
    enum mask mask;
    end = mask_match_number(text, w->begin, &mask);
    if (end == 0)
        return 0;
    if (mask == MASK_INT && mask_is_status_code(text, w->begin, end))
        return end;
    return take(s, with_sign(s, w->begin), end, mask);
}

/* Long numbers inside a word: `order20231`. */
static size_t take_glued(struct scan *s, const struct word *w)
{
    if (w->digits < GLUED_DIGITS_MIN)
        return w->end;
    for (size_t at = w->begin; at < w->end; at++) {
        size_t digits = mask_digits(s->text, at, w->end - at);
        if (digits >= GLUED_DIGITS_MIN)
            take(s, at, at + digits, MASK_INT);
        at += digits;
    }
    return w->end;
}

static size_t take_word(struct scan *s, const struct word *w)
{
    size_t end = take_address(s, w);
    if (end == 0 && mask_is_hex(s->text.data[w->begin]))
        end = take_hex_form(s, w);
    if (end == 0 && is_id(s->text, w))
        end = take(s, w->begin, w->end, MASK_ID);
    if (end == 0)
        end = take_s3_key(s, w);
    if (end == 0 && is_hash(w))
        end = take(s, w->begin, w->end, MASK_HASH);
    if (end == 0)
        end = take_number(s, w);
    if (end == 0 && is_hex_word(s->text, w))
        end = take(s, w->begin, w->end, MASK_HEX);
    return end != 0 ? end : take_glued(s, w);
}

/* What begins with punctuation. */
static size_t take_mark(struct scan *s, size_t at)
{
    char byte = s->text.data[at];
    size_t end = 0;
    if (byte == '/') {
        end = mask_match_path(s->text, at);
        if (end != 0)
            return take(s, at, end, MASK_PATH);
    }
    if (byte == ':' && mask_byte(s->text, at + 1) == ':') {
        end = mask_match_ipv6(s->text, at);
        if (end != 0)
            return take(s, at, end, MASK_IP);
    }
    return at + 1;
}

/* The places of a block where something may be to take, by the bytes' classes alone. */
struct stops {
    uint64_t words; /* behind a word that may be or begin a variable part */
    uint64_t names; /* behind another, which may be a month's or a day's name */
};

/* What a block says about the next one's first byte. */
struct stops_carry {
    uint64_t word;  /* it stands behind a byte of a word */
    uint64_t doubt; /* and that word is in doubt */
};

/* Of a word that holds no digit, that no joint follows and that is shorter than 32 bytes,
 * the shortest hash, nothing is variable but a name before a number: a month's a few bytes
 * before, a day's up to 13 bytes (`Wednesday, September  1`). Adding a bit of a run to the
 * run carries into the bit behind it; any 32 bytes hold 16 of one block. */
static struct stops stops_of(const struct mask_block *b, struct stops_carry *carry)
{
    uint64_t ends = (b->words << 1 | carry->word) & ~b->words;
    uint64_t longs = b->words & b->words >> 1;
    longs &= longs >> 2;
    longs &= longs >> 4;
    longs &= longs >> 8;
    /* What the block before hands on cannot carry through the whole block: a run that fills
     * one is long. */
    uint64_t sum;
    bool is_carried = __builtin_add_overflow(b->words, b->digits | longs, &sum);
    sum += carry->doubt;
    carry->doubt = is_carried;
    carry->word = b->words >> 63;

    unsigned __int128 near = (unsigned __int128)b[1].digits << 64 | b->digits;
    for (unsigned shift = 1; shift < 16; shift *= 2)
        near |= near >> shift;
    struct stops stops = {.words = (sum & ~b->words) | (ends & b->joints)};
    stops.names = ends & b->gaps & (uint64_t)near & ~stops.words;
    return stops;
}

/* Takes what the word before the stop holds. */
static size_t take_before(struct scan *s, size_t at, size_t stop, bool is_name)
{
    at = word_begin(s, at, stop);
    if (is_name && at < stop) {
        size_t end = mask_match_date(s->text, at);
        return end != 0 ? take(s, at, end, MASK_DATE) : stop;
    }
    while (at < stop) {
        struct word w = word_at(s, at, stop);
        at = take_word(s, &w);
    }
    return at;
}

size_t mask_find(mask_map_fn *map, struct view text, struct mask_span *ret_spans)
{
    assert(text.size <= MASK_TEXT_BYTES_MAX);
    struct mask_block blocks[MASK_BLOCKS(MASK_TEXT_BYTES_MAX) + 1];
    size_t count = MASK_BLOCKS(text.size);
    map(text, blocks);
    blocks[count] = (struct mask_block){0};
    struct scan s = {.text = text,
                     .blocks = blocks,
                     .spans = ret_spans,
                     .at_sign = view_find_byte(text, '@', 0)};
    struct stops_carry carry = {0};
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        struct stops stops = stops_of(&blocks[i], &carry);
        for (uint64_t all = stops.words | stops.names | blocks[i].marks; all != 0; all &= all - 1) {
            unsigned bit = (unsigned)__builtin_ctzll(all);
            size_t stop = i * MASK_BLOCK_BYTES + bit;
            if (at < stop)
                at = take_before(&s, at, stop, stops.names >> bit & 1);
            if (at == stop && (blocks[i].marks >> bit & 1) != 0)
                at = take_mark(&s, stop);
        }
    }
    return s.count;
}

void mask_append(struct buf *out, struct view text, const struct mask_span *spans, size_t count)
{
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        buf_append(out, text.data + at, spans[i].begin - at);
        buf_append_byte(out, '<');
        buf_append_view(out, view_of_string(mask_label(spans[i].mask)));
        buf_append_byte(out, '>');
        at = spans[i].end;
    }
    buf_append_view(out, view_from(text, at));
}

static struct view key_label(enum mask mask)
{
    bool is_number = mask == MASK_INT || mask == MASK_FLOAT || mask == MASK_HEX || mask == MASK_ID;
    return is_number ? VIEW("n") : view_of_string(mask_label(mask));
}

void mask_append_key(struct buf *out, struct view text, const struct mask_span *spans, size_t count)
{
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        buf_append(out, text.data + at, spans[i].begin - at);
        buf_append_byte(out, '<');
        buf_append_view(out, key_label(spans[i].mask));
        buf_append_byte(out, '>');
        at = spans[i].end;
    }
    buf_append_view(out, view_from(text, at));
}
