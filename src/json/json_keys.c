/* Shows the hash state, so that it can live on the stack. */
#define XXH_STATIC_LINKING_ONLY
#include "util/hash.h"
#include "json/json_parser.h"
#include "json/unescape_scalar.h"

/* Most objects have few keys without escapes: those are compared through a
 * table on the stack. All others are sorted as a linked list that lives in the
 * skip table, in entries that no container uses: a key's entry holds the next
 * key, its colon's entry the key's hash. */
#define SMALL_KEYS_MAX 32
#define SMALL_SLOTS 64
#define NO_KEY UINT32_MAX

static struct view key_inside(const struct json_parser *p, uint32_t key)
{
    struct view raw = json_token_text(p, key);
    return view_slice(raw, 1, raw.size - 1);
}

/* The key behind the member of `key`, or `close`. */
static uint32_t next_key(const struct json_parser *p, uint32_t key, uint32_t close)
{
    uint32_t end = token_last(p, key + 2) + 1;
    return end == close ? close : end + 1;
}

static inline bool has_backslash(struct view v)
{
    return view_has_byte(v, '\\');
}

static unsigned small_slot(struct view key)
{
    if (key.size == 0)
        return 0;
    unsigned first = (unsigned char)key.data[0];
    unsigned middle = (unsigned char)key.data[key.size / 2];
    unsigned last = (unsigned char)key.data[key.size - 1];
    return (unsigned)(key.size * 5 + first * 3 + middle * 7 + last * 13) % SMALL_SLOTS;
}

enum verdict { ALL_DIFFER, SAME_KEY, NOT_SMALL };

/* Keys that all have slots of their own are different, whatever they say: true
 * for most objects, and cheaper than a table. */
static bool slots_all_differ(const struct json_parser *p, uint32_t open)
{
    uint64_t seen = 0;
    uint32_t close = p->closes[open];
    static_assert(SMALL_SLOTS == 64, "a bit per slot");
    for (uint32_t key = open + 1; key != close; key = next_key(p, key, close)) {
        struct view inside = key_inside(p, key);
        uint64_t bit = UINT64_C(1) << small_slot(inside);
        if ((seen & bit) != 0 || has_backslash(inside))
            return false;
        seen |= bit;
    }
    return true;
}

static enum verdict small_object(const struct json_parser *p, uint32_t open)
{
    struct view keys[SMALL_KEYS_MAX];
    unsigned char slots[SMALL_SLOTS] = {0}; /* index into keys, plus 1 */
    unsigned count = 0;
    uint32_t close = p->closes[open];
    for (uint32_t key = open + 1; key != close; key = next_key(p, key, close)) {
        struct view inside = key_inside(p, key);
        if (count == SMALL_KEYS_MAX || has_backslash(inside))
            return NOT_SMALL;
        unsigned slot = small_slot(inside);
        while (slots[slot] != 0) {
            if (view_equals(keys[slots[slot] - 1], inside))
                return SAME_KEY;
            slot = (slot + 1) % SMALL_SLOTS;
        }
        keys[count++] = inside;
        slots[slot] = (unsigned char)count;
    }
    return ALL_DIFFER;
}

/* Reads a key's text byte by byte. */
struct key_reader {
    struct view inside;
    size_t at;
    char text[ESCAPE_TEXT_BYTES_MAX]; /* of the escape that is being read */
    unsigned text_at;
    unsigned text_size;
};

#define END_OF_KEY (-1)

static int next_byte(struct key_reader *r)
{
    if (r->text_at < r->text_size)
        return (unsigned char)r->text[r->text_at++];
    if (r->at == r->inside.size)
        return END_OF_KEY;
    if (r->inside.data[r->at] != '\\')
        return (unsigned char)r->inside.data[r->at++];
    r->text_size = unescape_one(r->text, r->inside, &r->at);
    assert(r->text_size > 0); /* json_parse() has checked all escapes */
    r->text_at = 1;
    return (unsigned char)r->text[0];
}

/* The hash of what a key says, whether it is written with escapes or not. */
static uint32_t key_hash(struct view inside)
{
    if (!has_backslash(inside))
        return (uint32_t)hash64(inside);
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    struct key_reader reader = {.inside = inside};
    char chunk[256];
    size_t used = 0;
    for (int byte = next_byte(&reader); byte != END_OF_KEY; byte = next_byte(&reader)) {
        chunk[used++] = (char)byte;
        if (used == sizeof(chunk)) {
            XXH3_64bits_update(&state, chunk, used);
            used = 0;
        }
    }
    XXH3_64bits_update(&state, chunk, used);
    return (uint32_t)XXH3_64bits_digest(&state);
}

static int text_compare(struct view a, struct view b)
{
    if (view_equals(a, b))
        return 0;
    struct key_reader reader_a = {.inside = a};
    struct key_reader reader_b = {.inside = b};
    int byte_a, byte_b;
    do {
        byte_a = next_byte(&reader_a);
        byte_b = next_byte(&reader_b);
    } while (byte_a == byte_b && byte_a != END_OF_KEY);
    return (byte_a > byte_b) - (byte_a < byte_b);
}

static int key_compare(const struct json_parser *p, uint32_t a, uint32_t b)
{
    uint32_t hash_a = p->closes[a + 1];
    uint32_t hash_b = p->closes[b + 1];
    if (hash_a != hash_b)
        return hash_a < hash_b ? -1 : 1;
    return text_compare(key_inside(p, a), key_inside(p, b));
}

/* Joins two sorted lists; *ret_same turns true where both hold the same key. */
static uint32_t merge_keys(const struct json_parser *p, uint32_t a, uint32_t b, bool *ret_same)
{
    uint32_t head = NO_KEY;
    uint32_t *link = &head;
    while (a != NO_KEY && b != NO_KEY) {
        int order = key_compare(p, a, b);
        if (order == 0)
            *ret_same = true;
        uint32_t *least = order <= 0 ? &a : &b;
        *link = *least;
        link = &p->closes[*least];
        *least = *link;
    }
    *link = a != NO_KEY ? a : b;
    return head;
}

/* Sorts an object's keys. Any two that are the same end up side by side, and a
 * sort compares all that do. */
static bool sorted_object_repeats(const struct json_parser *p, uint32_t open)
{
    uint32_t bins[32]; /* bins[i]: a sorted list of 2^i keys, or none */
    for (unsigned i = 0; i < 32; i++)
        bins[i] = NO_KEY;
    bool is_same = false;
    uint32_t close = p->closes[open];
    for (uint32_t key = open + 1; key != close && !is_same; key = next_key(p, key, close)) {
        p->closes[key] = NO_KEY;
        p->closes[key + 1] = key_hash(key_inside(p, key));
        uint32_t list = key;
        unsigned i = 0;
        for (; bins[i] != NO_KEY; i++) {
            list = merge_keys(p, bins[i], list, &is_same);
            bins[i] = NO_KEY;
        }
        bins[i] = list;
    }
    uint32_t all = NO_KEY;
    for (unsigned i = 0; i < 32 && !is_same; i++)
        all = merge_keys(p, bins[i], all, &is_same);
    return is_same;
}

bool json_has_duplicate_keys(const struct json_parser *p, struct json_value value)
{
    uint32_t last = token_last(p, value.token);
    for (uint32_t token = value.token; token < last; token++) {
        if (json_token_byte(p, token) != '{' || slots_all_differ(p, token))
            continue;
        enum verdict verdict = small_object(p, token);
        if (verdict == SAME_KEY)
            return true;
        if (verdict == NOT_SMALL && sorted_object_repeats(p, token))
            return true;
    }
    return false;
}
