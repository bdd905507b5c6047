#include "commit/duplicates.h"

#include "commit/atomic_file.h"
#include "commit/event_keys.h"
#include "commit/known_keys.h"
#include "limits.h"
#include "unit_folder.h"

#include <criterion/criterion.h>
#include <fcntl.h>

/* Key files of a few batches, made and searched as a run does. */
struct bed {
    struct unit_folder folder;
    int work;
    struct batch_result batches[8];
    struct results results;
    struct key_writer *writer;
    struct new_keys new_keys;
    uint64_t generations;
};

static void bed_open(struct bed *b)
{
    *b = (struct bed){.folder = unit_folder_make()};
    mkdir(unit_path(&b->folder, "attempt"), 0700);
    b->work = open(b->folder.path, O_RDONLY | O_DIRECTORY);
    b->results.at = b->batches;
    b->writer = key_writer_new();
    cr_assert_not_null(b->writer);
}

static void bed_close(struct bed *b)
{
    key_writer_free(b->writer);
    close(b->work);
    unit_folder_remove(&b->folder);
}

/* A batch of these keys, row i having the i-th. Its number is 10 more than its
 * place, as after earlier generations. */
static void bed_batch(struct bed *b, struct event_key *keys, uint64_t count)
{
    struct batch_result *r = &b->batches[b->results.count];
    char path[64];
    batch_result_init(r);
    r->batch = (uint32_t)b->results.count++ + 10;
    snprintf(r->attempt, sizeof(r->attempt), "a%u", r->batch);
    snprintf(path, sizeof(path), "attempt/%.47s", r->attempt);
    mkdir(unit_path(&b->folder, path), 0700);
    int folder = open(unit_path(&b->folder, path), O_RDONLY | O_DIRECTORY);
    key_writer_begin(b->writer, folder, NULL);
    for (uint64_t i = 0; i < count; i++) {
        keys[i].batch = r->batch;
        keys[i].number = i;
        cr_assert_eq(key_writer_add(b->writer, &keys[i], NULL), RC_OK);
    }
    cr_assert_eq(key_writer_end(b->writer, &r->keys, &r->keys_checksum, NULL), RC_OK);
    cr_assert_eq(r->keys, count);
    r->ledger.events.rows = count;
    close(folder);
}

static enum rc bed_find(struct bed *b, size_t keys_max, unsigned threads, struct marked_rows *ret,
                        struct err *err)
{
    struct duplicates_options options = {.work = b->work,
                                         .results = &b->results,
                                         .held = b->work,
                                         .held_generations = b->generations,
                                         .threads = threads,
                                         .keys_max = keys_max};
    return duplicates_find(&options, ret, &b->new_keys, err);
}

/* What was found new becomes an earlier generation's. */
static void bed_publish(struct bed *b)
{
    char path[KNOWN_KEYS_PATH_BYTES];
    mkdir(unit_path(&b->folder, KNOWN_KEYS_FOLDER), 0700);
    known_keys_path(path, ++b->generations);
    cr_assert_eq(renameat(b->work, NEW_KEYS_FILE, b->work, path), 0);
}

static bool bed_is_marked(struct bed *b, const struct marked_rows *marked, uint64_t row)
{
    struct duplicates_reader r;
    bool is_marked;
    cr_assert_eq(duplicates_open(b->work, marked, &r, NULL), RC_OK);
    cr_assert_eq(duplicates_ask(&r, row, &is_marked, NULL), RC_OK);
    duplicates_close(&r);
    return is_marked;
}

static struct event_key key(uint64_t high, uint64_t low, uint32_t object)
{
    return (struct event_key){.hash = {high, low}, .object = object};
}

Test(duplicates, the_smallest_name_stays_wherever_its_batch_stands)
{
    struct bed b;
    bed_open(&b);
    bed_batch(&b, (struct event_key[]){key(1, 1, 5), key(2, 1, 5), key(1, 2, 5)}, 3);
    bed_batch(&b, (struct event_key[]){key(2, 1, 0), key(1, 1, 9), key(2, 1, 0)}, 3);
    struct marked_rows marked[2];
    cr_assert_eq(bed_find(&b, DUPLICATE_KEYS_MAX, 2, marked, NULL), RC_OK);

    cr_expect_eq(marked[0].count, 1);
    cr_expect_not(bed_is_marked(&b, &marked[0], 0), "object 5 before object 9");
    cr_expect(bed_is_marked(&b, &marked[0], 1), "object 0, of a later batch, has it too");
    cr_expect_not(bed_is_marked(&b, &marked[0], 2), "only half of the hash is equal");
    cr_expect_eq(marked[1].count, 2);
    cr_expect_not(bed_is_marked(&b, &marked[1], 0));
    cr_expect(bed_is_marked(&b, &marked[1], 1));
    cr_expect(bed_is_marked(&b, &marked[1], 2), "the second in one object");
    bed_close(&b);
}

Test(duplicates, no_keys_make_no_marks)
{
    struct bed b;
    bed_open(&b);
    bed_batch(&b, NULL, 0);
    struct marked_rows marked[1];
    cr_assert_eq(bed_find(&b, DUPLICATE_KEYS_MAX, 1, marked, NULL), RC_OK);
    cr_expect_eq(marked[0].count, 0);
    cr_expect_eq(access(unit_path(&b.folder, "duplicates"), F_OK), -1);
    cr_expect_eq(access(unit_path(&b.folder, "attempt/a10/keys"), F_OK), -1);
    bed_close(&b);
}

/* Several runs per file, ranges that must be halved, and many times the same key. */
static struct event_key random_key(uint64_t *state, uint64_t spread)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    uint64_t value = (*state >> 20) % spread;
    /* A third lies crowded at one end, a third is one key, the rest is spread. */
    switch (*state >> 60 & 3) {
    case 0:
        return key(value, 0, (uint32_t)(*state >> 33) % 7);
    case 1:
        return key(UINT64_C(1) << 40, 77, (uint32_t)(*state >> 33) % 7);
    default:
        return key(value * UINT64_C(0x9e3779b97f4a7c15), value, (uint32_t)(*state >> 33) % 7);
    }
}

static int by_hash_then_position(const void *a, const void *b)
{
    const struct event_key *x = a, *y = b;
    if (x->hash.high != y->hash.high)
        return x->hash.high < y->hash.high ? -1 : 1;
    if (x->hash.low != y->hash.low)
        return x->hash.low < y->hash.low ? -1 : 1;
    if (x->object != y->object)
        return x->object < y->object ? -1 : 1;
    if (x->batch != y->batch)
        return x->batch < y->batch ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

/* Compares with all keys sorted in memory; gives how many are not the first. */
static uint64_t expect_as_sorted(struct bed *b, struct event_key *all, size_t count,
                                 const struct marked_rows *marked)
{
    struct duplicates_reader r[8];
    uint64_t wrong = 0, later = 0;
    qsort(all, count, sizeof(*all), by_hash_then_position);
    for (size_t i = 0; i < b->results.count; i++)
        cr_assert_eq(duplicates_open(b->work, &marked[i], &r[i], NULL), RC_OK);
    for (size_t i = 0; i < count; i++) {
        bool is_marked, is_later = i > 0 && all[i].hash.high == all[i - 1].hash.high &&
                                   all[i].hash.low == all[i - 1].hash.low;
        cr_assert_eq(duplicates_ask(&r[all[i].batch - 10], all[i].number, &is_marked, NULL), RC_OK);
        wrong += is_marked != is_later;
        later += is_later;
    }
    for (size_t i = 0; i < b->results.count; i++)
        duplicates_close(&r[i]);
    cr_expect_eq(wrong, 0);
    return later;
}

Test(duplicates, finds_the_same_as_sorting_everything)
{
    enum { KEYS = EVENT_KEYS_RUN + 50000, BATCHES = 3 };
    struct bed b;
    bed_open(&b);
    struct event_key *all = calloc((size_t)KEYS * BATCHES, sizeof(*all));
    uint64_t state = 7;
    for (size_t i = 0; i < BATCHES; i++) {
        for (size_t j = 0; j < KEYS; j++)
            all[i * KEYS + j] = random_key(&state, UINT64_C(400000));
        bed_batch(&b, &all[i * KEYS], KEYS);
    }
    static const size_t keys_max[] = {20000, DUPLICATE_KEYS_MAX};
    uint64_t sum[2] = {0};
    for (size_t i = 0; i < 2; i++) {
        struct marked_rows marked[BATCHES];
        cr_assert_eq(bed_find(&b, keys_max[i], (unsigned)(i + 1) * 2, marked, NULL), RC_OK);
        uint64_t later = expect_as_sorted(&b, all, (size_t)KEYS * BATCHES, marked);
        for (size_t j = 0; j < BATCHES; j++)
            sum[i] += marked[j].count;
        cr_expect_eq(sum[i], later);
    }
    free(all);
    bed_close(&b);
}

/* The batches one after the other, each a generation: a key that an earlier one
 * has is marked always, and the keys of all are those of all, each once. */
static void expect_generations(size_t keys_max, unsigned threads)
{
    enum { KEYS = 40000, GENERATIONS = 4 };
    struct bed b;
    struct event_key *all = calloc((size_t)KEYS * GENERATIONS, sizeof(*all));
    uint64_t state = keys_max, new_keys = 0, distinct = 0;
    bed_open(&b);
    for (size_t i = 0; i < GENERATIONS; i++) {
        struct event_key *keys = &all[i * KEYS];
        /* The last generation is small: what lies between its keys is passed over. */
        size_t count = i + 1 < GENERATIONS ? KEYS : 50;
        for (size_t j = 0; j < count; j++)
            keys[j] = random_key(&state, 60000);
        b.results.count = 0;
        bed_batch(&b, keys, count);
        struct marked_rows marked;
        cr_assert_eq(bed_find(&b, keys_max, threads, &marked, NULL), RC_OK);
        cr_expect_eq(b.new_keys.bytes, (count - marked.count) * KNOWN_KEY_BYTES);
        new_keys += count - marked.count;
        bed_publish(&b);
        cr_assert_eq(tree_remove(b.work, "attempt/a10", NULL), RC_OK);
    }
    size_t count = (size_t)KEYS * (GENERATIONS - 1) + 50;
    qsort(all, count, sizeof(*all), by_hash_then_position);
    for (size_t i = 0; i < count; i++)
        distinct += i == 0 || all[i].hash.high != all[i - 1].hash.high ||
                    all[i].hash.low != all[i - 1].hash.low;
    cr_expect_eq(new_keys, distinct);
    free(all);
    bed_close(&b);
}

Test(duplicates, earlier_generations_win_and_each_key_is_listed_once)
{
    expect_generations(DUPLICATE_KEYS_MAX, 1);
    expect_generations(3000, 1);
    expect_generations(3000, 5);
}

Test(duplicates, an_earlier_generations_keys_must_be_there)
{
    struct bed b;
    struct err err;
    struct marked_rows marked[1];
    bed_open(&b);
    bed_batch(&b, (struct event_key[]){key(1, 1, 1), key(2, 1, 1)}, 2);
    cr_assert_eq(bed_find(&b, DUPLICATE_KEYS_MAX, 1, marked, &err), RC_OK);
    bed_publish(&b);
    cr_assert_eq(bed_find(&b, DUPLICATE_KEYS_MAX, 1, marked, &err), RC_OK);
    cr_expect_eq(marked[0].count, 2);
    cr_assert_eq(truncate(unit_path(&b.folder, "keys/000001"), 17), 0);
    cr_expect_eq(bed_find(&b, DUPLICATE_KEYS_MAX, 1, marked, &err), RC_FAILED);
    cr_expect_not_null(strstr(err.text, "is no list of keys"), "%s", err.text);
    unlink(unit_path(&b.folder, "keys/000001"));
    cr_expect_eq(bed_find(&b, DUPLICATE_KEYS_MAX, 1, marked, &err), RC_FAILED);
    cr_expect_not_null(strstr(err.text, "keys/000001: is gone"), "%s", err.text);
    bed_close(&b);
}

Test(known_keys, are_found_wherever_they_lie)
{
    enum { COUNT = 3 * KNOWN_KEYS_WINDOW + 7 };
    struct unit_folder folder = unit_folder_make();
    mkdir(unit_path(&folder, KNOWN_KEYS_FOLDER), 0700);
    FILE *file = fopen(unit_path(&folder, "keys/000007"), "wb");
    for (uint64_t i = 0; i < COUNT; i++) {
        unsigned char bytes[KNOWN_KEY_BYTES];
        known_key_write((struct hash128){i / 2, i % 2 * 1000}, bytes);
        cr_assert_eq(fwrite(bytes, sizeof(bytes), 1, file), 1);
    }
    fclose(file);
    int out = open(folder.path, O_RDONLY | O_DIRECTORY);
    /* By ones, by steps shorter and longer than a window, past the end. */
    static const uint64_t steps[] = {1, 7, KNOWN_KEYS_WINDOW, KNOWN_KEYS_WINDOW + 3, COUNT - 1};
    for (size_t s = 0; s < 5; s++) {
        struct known_keys k;
        cr_assert_eq(known_keys_open(out, 7, &k, NULL), RC_OK);
        for (uint64_t i = 0; i < COUNT + 10; i += steps[s]) {
            bool is_known, is_near;
            cr_assert_eq(known_keys_ask(&k, (struct hash128){i / 2, i % 2 * 1000}, &is_known, NULL),
                         RC_OK);
            cr_expect_eq(is_known, i < COUNT, "step %zu, key %zu", (size_t)steps[s], (size_t)i);
            cr_assert_eq(
                known_keys_ask(&k, (struct hash128){i / 2, i % 2 * 1000 + 1}, &is_near, NULL), RC_OK);
            cr_expect_not(is_near);
        }
        known_keys_close(&k);
    }
    close(out);
    unit_folder_remove(&folder);
}

Test(duplicates, a_key_file_that_is_cut_or_another_is_refused)
{
    struct bed b;
    bed_open(&b);
    bed_batch(&b, (struct event_key[]){key(1, 1, 1), key(2, 1, 1)}, 2);
    struct marked_rows marked[1];
    struct err err;
    cr_assert_eq(truncate(unit_path(&b.folder, "attempt/a10/keys"), 32), 0);
    cr_expect_eq(bed_find(&b, DUPLICATE_KEYS_MAX, 1, marked, &err), RC_FAILED);
    cr_expect_str_eq(err.text, "attempt/a10/keys in the work folder is damaged; remove the work "
                               "folder and run again");
    b.batches[0].keys = 1;
    b.batches[0].batch = 11;
    cr_expect_eq(bed_find(&b, DUPLICATE_KEYS_MAX, 1, marked, &err), RC_FAILED);
    b.batches[0].batch = 10;
    cr_expect_eq(bed_find(&b, DUPLICATE_KEYS_MAX, 1, marked, &err), RC_OK);
    unlink(unit_path(&b.folder, "attempt/a10/keys"));
    cr_expect_eq(bed_find(&b, DUPLICATE_KEYS_MAX, 1, marked, &err), RC_IO);
    bed_close(&b);
}

Test(duplicates, a_row_past_the_first_reading_is_refused)
{
    struct bed b;
    bed_open(&b);
    bed_batch(&b, (struct event_key[]){key(1, 1, 1)}, 1);
    struct marked_rows marked[1];
    struct duplicates_reader r;
    bool is_marked;
    cr_assert_eq(bed_find(&b, DUPLICATE_KEYS_MAX, 1, marked, NULL), RC_OK);
    cr_assert_eq(duplicates_open(b.work, &marked[0], &r, NULL), RC_OK);
    cr_expect_eq(duplicates_ask(&r, 1, &is_marked, NULL), RC_FAILED);
    duplicates_close(&r);
    bed_close(&b);
}

static struct event sample_event(const char *account, const char *group, const char *id)
{
    struct event e = {0};
    event_set_text(&e, COL_ACCOUNT_ID, view_of_string(account));
    event_set_text(&e, COL_LOG_GROUP, view_of_string(group));
    event_set_text(&e, COL_EVENT_ID, view_of_string(id));
    return e;
}

Test(event_keys, texts_that_read_alike_together_are_told_apart)
{
    struct buf scratch = {0};
    struct event events[] = {sample_event("1", "23", "4"), sample_event("12", "3", "4"),
                             sample_event("1", "2", "34"), sample_event("1", "23", "4")};
    struct event no_group = sample_event("1", NULL, "4"), empty_group = sample_event("1", "", "4");
    struct hash128 h[4], a, b;
    for (size_t i = 0; i < 4; i++)
        cr_assert(event_key_hash(&events[i], &scratch, &h[i]));
    cr_expect(h[0].low != h[1].low && h[0].low != h[2].low && h[1].low != h[2].low);
    cr_expect(h[0].low == h[3].low && h[0].high == h[3].high);
    cr_assert(event_key_hash(&no_group, &scratch, &a));
    cr_assert(event_key_hash(&empty_group, &scratch, &b));
    cr_expect(a.low != b.low);
    buf_done(&scratch);
}

Test(event_keys, an_event_without_an_id_has_no_key)
{
    struct buf scratch = {0};
    struct event none = sample_event("1", "2", NULL), empty = sample_event("1", "2", "");
    struct hash128 h;
    cr_expect_not(event_key_hash(&none, &scratch, &h));
    cr_expect_not(event_key_hash(&empty, &scratch, &h));
    cr_expect_not(buf_failed(&scratch));
    buf_done(&scratch);
}
