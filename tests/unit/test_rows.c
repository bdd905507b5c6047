#include "dataset/rows.h"

#include "interpret/level.h"
#include "parquet/check.h"
#include "parquet/page_walker.h"

#include "parquet_harness.h"

enum { FILES_MAX = 64 };

struct bed {
    struct unit_folder folder;
    int fd;
    struct rows *rows;
    struct dataset_file files[FILES_MAX];
    char paths[FILES_MAX][PARTITION_PATH_BYTES];
    size_t count;
};

static void bed_init(struct bed *b, size_t bytes_max, enum parquet_profile profile)
{
    struct rows_options options = {bytes_max, profile, "millrace version 1 (build test)", "beef"};
    *b = (struct bed){.folder = unit_folder_make(), .rows = rows_new(&options)};
    b->fd = open_folder(&b->folder);
    cr_assert_not_null(b->rows);
}

static void bed_done(struct bed *b)
{
    rows_free(b->rows);
    close(b->fd);
    unit_folder_remove(&b->folder);
}

static enum rc keep(void *context, const struct dataset_file *file, struct err *err)
{
    (void)err;
    struct bed *b = context;
    cr_assert_lt(b->count, FILES_MAX);
    strcpy(b->paths[b->count], file->path);
    b->files[b->count] = *file;
    b->files[b->count].path = b->paths[b->count];
    b->count++;
    return RC_OK;
}

static void flush(struct bed *b, uint32_t batch, uint32_t seq)
{
    struct err err = {{0}};
    cr_assert_eq(rows_flush(b->rows, b->fd, batch, seq, keep, b, &err), RC_OK, "%s", err.text);
    cr_assert(rows_is_empty(b->rows));
}

static struct event event_at(int64_t time_ms, const char *group, const char *stream, const char *id,
                             int64_t offset)
{
    struct event e = {0};
    event_set_integer(&e, COL_TIMESTAMP, time_ms);
    event_set_text(&e, COL_LOG_GROUP, view_of_string(group));
    event_set_text(&e, COL_LOG_STREAM, view_of_string(stream));
    event_set_text(&e, COL_EVENT_ID, view_of_string(id));
    event_set_integer(&e, COL_SOURCE_OFFSET, offset);
    return e;
}

static void add(struct bed *b, const struct event *e, const char *folder)
{
    cr_assert_eq(rows_add(b->rows, e, view_of_string(folder)), RC_OK);
}

/* One column of a file as a line: values with commas, null as "-". */
static void column_line(const struct bed *b, const char *path, enum column column,
                        struct buf *ret_line)
{
    struct view file = read_file(&b->folder, path);
    struct arena arena;
    struct reader r;
    struct err err = {{0}};
    struct page_values page;
    struct page_walker *w = page_walker_new(1 << 28);
    arena_init(&arena, 64 << 20);
    buf_clear(ret_line);
    cr_assert_eq(reader_open(&r, file, &arena, &err), RC_OK, "%s", err.text);
    for (size_t g = 0; g < r.footer.groups_count; g++) {
        const struct chunk *c = &r.footer.groups[g].chunks[column];
        cr_assert_eq(page_walker_begin(w, &r, c, &err), RC_OK);
        while (page_walker_next(w, &page, &err) == RC_OK) {
            size_t value = 0;
            for (size_t i = 0; i < page.rows; i++) {
                if (page.levels[i] == 0)
                    buf_append_view(ret_line, VIEW("-,"));
                else if (c->type == PARQUET_BYTE_ARRAY)
                    buf_printf(ret_line, "%.*s,", (int)page.texts[value].size,
                               page.texts[value].data);
                else if (c->type == PARQUET_DOUBLE)
                    buf_printf(ret_line, "%g,", number_as_real(page.numbers[value]));
                else
                    buf_printf(ret_line, "%" PRId64 ",", page.numbers[value]);
                value += page.levels[i];
            }
        }
    }
    buf_append_byte(ret_line, '\0');
    page_walker_free(w);
    arena_done(&arena);
    free((void *)file.data);
}

static void expect_line(const struct bed *b, const char *path, enum column column,
                        const char *expected)
{
    struct buf line = {0};
    column_line(b, path, column, &line);
    cr_expect_str_eq(line.data, expected, "%s: %s", column_info[column].name, line.data);
    buf_done(&line);
}

static void expect_sound(const struct bed *b, const struct dataset_file *f)
{
    struct view file = read_file(&b->folder, f->path);
    struct check_summary summary;
    struct err err = {{0}};
    struct hash128 hash = hash128(file);
    cr_expect_eq(check_file(file, 1 << 28, &summary, &err), RC_OK, "%s: %s", f->path, err.text);
    cr_expect_eq(f->rows, summary.rows);
    cr_expect_eq(f->bytes, file.size);
    cr_expect(hash.high == f->checksum.high && hash.low == f->checksum.low);
    free((void *)file.data);
}

#define FOLDER "dt=2023-01-05"
#define FILE_PATH "events/dt=2023-01-05/part-000007-0002.parquet"

Test(rows, a_flush_sorts_by_group_stream_time_id_and_source)
{
    struct bed b;
    bed_init(&b, 8 << 20, PROFILE_DEFAULT);
    struct event events[] = {
        event_at(5, "b", "s", "1", 1), event_at(3, "a", "t", "1", 2),
        event_at(9, "a", "s", "2", 3), event_at(9, "a", "s", "1", 4),
        event_at(2, "a", "s", "9", 5), event_at(-1, "a", "s", "9", 6),
        event_at(9, "a", "s", "1", 0), event_at(1, "", "s", "1", 7),
        event_at(1, "", "", "1", 8),
    };
    for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++)
        add(&b, &events[i], FOLDER);
    struct event none = {0};
    event_set_integer(&none, COL_SOURCE_OFFSET, 9);
    add(&b, &none, FOLDER);
    flush(&b, 7, 2);
    cr_assert_eq(b.count, 1);
    cr_expect_str_eq(b.files[0].path, FILE_PATH);
    expect_line(&b, FILE_PATH, COL_SOURCE_OFFSET, "9,8,7,6,5,0,4,3,2,1,");
    expect_line(&b, FILE_PATH, COL_TIMESTAMP, "-,1,1,-1,2,9,9,9,3,5,");
    cr_expect(b.files[0].has_time && b.files[0].first_ms == -1 && b.files[0].last_ms == 9);
    expect_sound(&b, &b.files[0]);
    bed_done(&b);
}

Test(rows, times_without_bound_are_sorted_too)
{
    static const int64_t times[] = {
        0, INT64_MAX, INT64_MIN, 1672905600000, INT64_MAX - 1, INT64_MIN + 1, -1};
    struct bed b;
    bed_init(&b, 8 << 20, PROFILE_DEFAULT);
    for (size_t i = 0; i < 7; i++) {
        struct event e = event_at(times[i], "g", "s", "1", (int64_t)i);
        add(&b, &e, FOLDER);
    }
    struct event none = event_at(0, "g", "s", "1", 7);
    none.present &= ~(UINT64_C(1) << COL_TIMESTAMP);
    add(&b, &none, FOLDER);
    flush(&b, 7, 2);
    expect_line(&b, FILE_PATH, COL_SOURCE_OFFSET, "7,2,5,6,0,3,4,1,");
    expect_sound(&b, &b.files[0]);
    bed_done(&b);
}

/* Stretches of rows that are in order already are added one behind the other. They overlap:
 * side by side, one within another, at one time, at times without bound. The messages are
 * the times as texts of the same order. */
Test(rows, stretches_that_overlap_are_merged)
{
    enum { STRETCHES = 7, LENGTH = 40, ROWS = STRETCHES * LENGTH };
    static const int64_t bounds[][2] = {
        {0, 90}, {20, 40}, {60, 200}, {30, 30}, {210, 300}, {205, 310}, {INT64_MIN, INT64_MAX}};
    struct randomness random = randomness_new(16);
    struct buf line = {0};
    struct bed b;
    bed_init(&b, 1 << 20, PROFILE_DEFAULT);
    for (unsigned i = 0; i < ROWS; i++) {
        unsigned stretch = i / LENGTH, at = i % LENGTH;
        int64_t low = bounds[stretch][0], high = bounds[stretch][1];
        int64_t time = at < LENGTH / 2 ? low : high;
        if (at > 0 && at < LENGTH - 1 && stretch < STRETCHES - 1)
            time = low + (high - low) * (int64_t)at / LENGTH;
        char id[24];
        snprintf(id, sizeof(id), "%020" PRIu64, (uint64_t)time + (UINT64_C(1) << 63));
        struct event e = event_at(time, "g", "s", id, (int64_t)i);
        if (random_below(&random, 4) == 0)
            e.present &= ~(UINT64_C(1) << COL_EVENT_ID);
        event_set_text(&e, COL_MESSAGE, view_of_string(id));
        add(&b, &e, FOLDER);
    }
    flush(&b, 0, 0);
    expect_sound(&b, &b.files[0]);
    column_line(&b, b.files[0].path, COL_MESSAGE, &line);
    size_t ids = 0;
    for (const char *at = line.data, *before = NULL; *at != '\0'; before = at, at += 21, ids++)
        cr_assert(before == NULL || memcmp(before, at, 20) <= 0, "%.20s before %.20s", before, at);
    cr_expect_eq(ids, ROWS);
    buf_done(&line);
    bed_done(&b);
}

Test(rows, every_type_of_cell_is_kept)
{
    struct bed b;
    bed_init(&b, 8 << 20, PROFILE_DEFAULT);
    struct event e = event_at(1, "g", "s", "1", INT64_MAX);
    event_set_real(&e, COL_DURATION_MS, 12.5);
    event_set_real(&e, COL_INIT_MS, -0.0);
    event_set_integer(&e, COL_MEMORY_MB, INT32_MIN);
    event_set_integer(&e, COL_BILLED_MS, -5);
    event_set_integer(&e, COL_RECORD_INDEX, INT64_C(1) << 40);
    event_set_text(&e, COL_MESSAGE, VIEW(""));
    event_set_text(&e, COL_ATTRIBUTES, VIEW("{\"k\":1}"));
    event_set_integer(&e, COL_LOGGED_AT, 77);
    add(&b, &e, FOLDER);
    flush(&b, 7, 2);
    expect_line(&b, FILE_PATH, COL_DURATION_MS, "12.5,");
    expect_line(&b, FILE_PATH, COL_INIT_MS, "-0,");
    expect_line(&b, FILE_PATH, COL_MEMORY_MB, "-2147483648,");
    expect_line(&b, FILE_PATH, COL_BILLED_MS, "-5,");
    expect_line(&b, FILE_PATH, COL_RECORD_INDEX, "2147483647,");
    expect_line(&b, FILE_PATH, COL_MESSAGE, ",");
    expect_line(&b, FILE_PATH, COL_ATTRIBUTES, "{\"k\":1},");
    expect_line(&b, FILE_PATH, COL_LOGGED_AT, "77,");
    expect_line(&b, FILE_PATH, COL_SOURCE_OFFSET, "9223372036854775807,");
    expect_line(&b, FILE_PATH, COL_STACK, "-,");
    bed_done(&b);
}

Test(rows, each_day_has_a_file_with_one_row_group)
{
    static const char *const folders[] = {"dt=2023-01-06", "dt=__HIVE_DEFAULT_PARTITION__",
                                          "dt=2022-12-31", "dt=2023-01-06",
                                          "dt=2022-12-31", "dt=2023-01-06"};
    struct bed b;
    bed_init(&b, 8 << 20, PROFILE_DEFAULT);
    for (size_t i = 0; i < 6; i++) {
        struct event e = event_at((int64_t)i, i % 2 ? "a" : "b", "s", "1", (int64_t)i);
        if (i == 1)
            e.present &= ~(UINT64_C(1) << COL_TIMESTAMP);
        add(&b, &e, folders[i]);
    }
    flush(&b, 1, 0);
    cr_assert_eq(b.count, 3);
    static const char *const paths[] = {
        "events/dt=2022-12-31/part-000001-0000.parquet",
        "events/dt=2023-01-06/part-000001-0000.parquet",
        "events/dt=__HIVE_DEFAULT_PARTITION__/part-000001-0000.parquet",
    };
    static const char *const sorted[] = {"2,4,", "3,5,0,", "1,"};
    for (size_t i = 0; i < 3; i++) {
        cr_expect_str_eq(b.files[i].path, paths[i]);
        expect_sound(&b, &b.files[i]);
        expect_line(&b, paths[i], COL_SOURCE_OFFSET, sorted[i]);
    }
    cr_expect_not(b.files[2].has_time);
    bed_done(&b);
}

Test(rows, a_full_table_says_so_and_takes_the_row_after_a_flush)
{
    struct bed b;
    char text[1000];
    size_t counts[3] = {0};
    memset(text, 'x', sizeof(text));
    bed_init(&b, 2 << 20, PROFILE_DEFAULT);
    for (uint32_t seq = 0; seq < 3; seq++) {
        for (;; counts[seq]++) {
            struct event e = event_at((int64_t)counts[seq], "g", "s", "1", 0);
            snprintf(text, 20, "%zu", counts[seq]); /* texts that differ */
            event_set_text(&e, COL_MESSAGE, view_of(text, sizeof(text)));
            enum rc rc = rows_add(b.rows, &e, VIEW(FOLDER));
            if (rc == RC_FULL)
                break;
            cr_assert_eq(rc, RC_OK);
        }
        flush(&b, 0, seq);
        cr_expect_eq(b.files[seq].rows, counts[seq]);
    }
    cr_expect(counts[0] == counts[1] && counts[1] == counts[2]);
    cr_expect(counts[0] > 1500 && counts[0] < 2000, "%zu rows in 2 MiB", counts[0]);
    bed_done(&b);
}

Test(rows, an_empty_table_takes_a_row_of_any_size)
{
    struct bed b;
    size_t size = 5 << 20;
    char *text = malloc(size);
    cr_assert_not_null(text);
    memset(text, 'y', size);
    bed_init(&b, 1 << 20, PROFILE_DEFAULT);
    for (uint32_t seq = 0; seq < 2; seq++) {
        struct event e = event_at(1, "g", "s", "1", 0);
        add(&b, &e, FOLDER);
        event_set_text(&e, COL_MESSAGE, view_of(text, size));
        event_set_text(&e, COL_STACK, view_of(text + 1, size - 1));
        cr_assert_eq(rows_add(b.rows, &e, VIEW(FOLDER)), RC_FULL);
        flush(&b, 0, 2 * seq);
        add(&b, &e, FOLDER);
        text[0]++;
        cr_assert_eq(rows_add(b.rows, &e, VIEW(FOLDER)), RC_FULL, "nothing more beside it");
        flush(&b, 0, 2 * seq + 1);
        expect_sound(&b, &b.files[2 * seq + 1]);
    }
    free(text);
    bed_done(&b);
}

Test(rows, of_a_row_that_did_not_fit_nothing_is_left)
{
    struct bed b;
    size_t size = 300 << 10;
    char *text = calloc(1, size);
    cr_assert_not_null(text);
    memset(text, 'y', size);
    bed_init(&b, 1 << 20, PROFILE_DEFAULT);
    struct event plain = event_at(1, "g", "s", "1", 0);
    struct event large = event_at(2, "h", "t", "2", 0);
    struct event nameless = {0};
    event_set_integer(&nameless, COL_TIMESTAMP, 3);
    add(&b, &plain, FOLDER);
    for (text[0] = 'a';; text[0]++) {
        event_set_text(&large, COL_MESSAGE, view_of(text, size));
        enum rc rc = rows_add(b.rows, &large, VIEW(FOLDER));
        if (rc == RC_FULL)
            break;
        cr_assert_eq(rc, RC_OK);
    }
    /* It takes the place of the one that was refused, and has no group. */
    add(&b, &nameless, FOLDER);
    flush(&b, 7, 2);
    expect_sound(&b, &b.files[0]);
    struct buf line = {0};
    column_line(&b, FILE_PATH, COL_LOG_GROUP, &line);
    cr_expect(view_starts_with(buf_view(&line), VIEW("-,g,h,")), "%s", line.data);
    buf_done(&line);
    free(text);
    bed_done(&b);
}

static struct event event_of_record(uint64_t record, int64_t time_ms, const char *group)
{
    struct event e = event_at(time_ms, group, "s", "1", 0);
    e.record = record;
    return e;
}

Test(rows, events_of_one_record_share_what_it_says)
{
    struct bed b;
    size_t size = 300 << 10;
    char *text = calloc(1, size);
    cr_assert_not_null(text);
    memset(text, 'y', size);
    bed_init(&b, 1 << 20, PROFILE_DEFAULT);
    for (uint32_t seq = 0; seq < 2; seq++) {
        struct event one = event_of_record(1, 1, "g");
        struct event also = event_of_record(1, 2, "g");
        struct event two = event_of_record(2, 3, "h");
        /* A record that is not told is compared. */
        struct event other = event_of_record(0, 4, "i");
        event_set_text(&two, COL_ACCOUNT_ID, VIEW("42"));
        add(&b, &one, FOLDER);
        add(&b, &also, FOLDER);
        /* A row that does not fit, of a record that has no row then. */
        struct event large = event_of_record(2, 3, "z");
        for (text[0] = 'a';; text[0]++) {
            event_set_text(&large, COL_MESSAGE, view_of(text, size));
            enum rc rc = rows_add(b.rows, &large, VIEW(FOLDER));
            if (rc == RC_FULL)
                break;
            cr_assert_eq(rc, RC_OK);
            large.record = 3;
        }
        add(&b, &two, FOLDER);
        add(&b, &one, FOLDER);
        add(&b, &other, FOLDER);
        add(&b, &other, FOLDER);
        flush(&b, 0, seq);
        expect_sound(&b, &b.files[seq]);
        struct buf line = {0};
        column_line(&b, b.files[seq].path, COL_LOG_GROUP, &line);
        cr_expect(view_starts_with(buf_view(&line), VIEW("g,g,g,h,i,i,z,")), "%s", line.data);
        column_line(&b, b.files[seq].path, COL_ACCOUNT_ID, &line);
        cr_expect(view_starts_with(buf_view(&line), VIEW("-,-,-,42,-,-,-,")), "%s", line.data);
        buf_done(&line);
    }
    free(text);
    bed_done(&b);
}

Test(rows, texts_that_repeat_after_many_that_do_not_are_all_kept)
{
    enum { ROWS = 6000, DISTINCT = 5000 };
    struct bed b;
    struct buf wanted = {0}, line = {0};
    bed_init(&b, 4 << 20, PROFILE_DEFAULT);
    for (unsigned i = 0; i < ROWS; i++) {
        char text[32];
        snprintf(text, sizeof(text), "text %u", i < DISTINCT ? i : DISTINCT - i % 3);
        struct event e = event_at((int64_t)i, "g", "s", "1", 0);
        event_set_text(&e, COL_MESSAGE, view_of_string(text));
        add(&b, &e, FOLDER);
        buf_printf(&wanted, "%s,", text);
    }
    buf_append_byte(&wanted, '\0');
    flush(&b, 0, 0);
    expect_sound(&b, &b.files[0]);
    column_line(&b, b.files[0].path, COL_MESSAGE, &line);
    cr_expect_str_eq(line.data, wanted.data);
    buf_done(&wanted);
    buf_done(&line);
    bed_done(&b);
}

/* Kinds and levels are found by their numbers; the same words as texts, and other words, are
 * not, and a number without its word is nothing. */
Test(rows, kinds_and_levels_are_the_events_own)
{
    static const enum severity severities[] = {SEVERITY_NONE, SEVERITY_INFO, SEVERITY_FATAL};
    static const char *const words[] = {NULL, "Verbose", "INFO"};
    struct buf kinds = {0}, levels = {0};
    struct bed b;
    bed_init(&b, 1 << 20, PROFILE_DEFAULT);
    for (unsigned i = 0; i < 90; i++) {
        struct event e = event_at((int64_t)i, "g", "s", "1", 0);
        const char *word = words[i / 9 % 3];
        char copy[16] = "log";
        e.kind = (enum kind)(i % KIND_COUNT);
        e.severity = severities[i % 3];
        struct view kind = i % 7 == 0 ? view_of_string(copy) : kind_text(e.kind);
        struct view level = word != NULL ? view_of_string(word) : level_name(e.severity);
        if (i % 5 != 0)
            event_set_text(&e, COL_KIND, kind);
        event_set_text(&e, COL_LEVEL, level);
        add(&b, &e, FOLDER);
        buf_printf(&kinds, "%.*s,", i % 5 == 0 ? 1 : (int)kind.size, i % 5 == 0 ? "-" : kind.data);
        buf_printf(&levels, "%.*s,", view_is_null(level) ? 1 : (int)level.size,
                   view_is_null(level) ? "-" : level.data);
    }
    buf_append_byte(&kinds, '\0');
    buf_append_byte(&levels, '\0');
    flush(&b, 7, 2);
    expect_line(&b, FILE_PATH, COL_KIND, kinds.data);
    expect_line(&b, FILE_PATH, COL_LEVEL, levels.data);
    buf_done(&kinds);
    buf_done(&levels);
    bed_done(&b);
}

/* Events with every column now and then, texts that repeat near and far. */
static void random_event(struct randomness *random, struct event *e, struct buf texts[COLUMN_COUNT],
                         size_t number)
{
    *e = (struct event){0};
    for (unsigned i = 0; i < COLUMN_COUNT; i++) {
        enum column_type type = column_info[i].type;
        if (random_below(random, 3) == 0)
            continue;
        if (type == TYPE_TEXT || type == TYPE_JSON) {
            buf_clear(&texts[i]);
            buf_printf(&texts[i], "%s %" PRIu64, column_info[i].name,
                       random_below(random, 1 + (i * i * i) % 500));
            event_set_text(e, (enum column)i, buf_view(&texts[i]));
        } else if (type == TYPE_DOUBLE) {
            event_set_real(e, (enum column)i, (double)random_below(random, 100) / 4);
        } else {
            event_set_integer(e, (enum column)i, (int64_t)random_below(random, 50));
        }
    }
    event_set_integer(e, COL_SOURCE_OFFSET, (int64_t)number);
}

struct kept {
    struct event event;
    struct buf texts[COLUMN_COUNT];
};

static void write_in_order(struct bed *b, const struct kept *kept, const size_t *order,
                           size_t count)
{
    static const char *const folders[] = {"dt=2023-01-05", "dt=2023-01-06"};
    for (size_t i = 0; i < count; i++) {
        const struct event *e = &kept[order[i]].event;
        add(b, e, folders[e->cell[COL_SOURCE_OFFSET].integer % 3 == 0]);
    }
    flush(b, 0, 0);
}

Test(rows, the_order_of_adding_does_not_reach_the_bytes)
{
    enum { COUNT = 3000 };
    struct randomness random = randomness_new(15);
    struct kept *kept = calloc(COUNT, sizeof(*kept));
    size_t *order = calloc(COUNT, sizeof(*order));
    cr_assert(kept != NULL && order != NULL);
    for (size_t i = 0; i < COUNT; i++) {
        random_event(&random, &kept[i].event, kept[i].texts, i);
        order[i] = i;
    }
    for (unsigned profile = PROFILE_DEFAULT; profile <= PROFILE_MODERN; profile++) {
        struct hash128 first[2];
        for (unsigned round = 0; round < 4; round++) {
            struct bed b;
            bed_init(&b, 32 << 20, (enum parquet_profile)profile);
            write_in_order(&b, kept, order, COUNT);
            cr_assert_eq(b.count, 2);
            for (size_t i = 0; i < 2; i++) {
                if (round == 0) {
                    first[i] = b.files[i].checksum;
                    expect_sound(&b, &b.files[i]);
                }
                cr_assert(b.files[i].checksum.low == first[i].low &&
                              b.files[i].checksum.high == first[i].high,
                          "seed %" PRIu64, random.seed);
            }
            for (size_t i = COUNT - 1; i > 0; i--) {
                size_t other = random_below(&random, i + 1);
                size_t swapped = order[i];
                order[i] = order[other];
                order[other] = swapped;
            }
            bed_done(&b);
        }
    }
    for (size_t i = 0; i < COUNT; i++) {
        for (unsigned c = 0; c < COLUMN_COUNT; c++)
            buf_done(&kept[i].texts[c]);
    }
    free(kept);
    free(order);
}

/* What a cell reads like in column_line(). */
static void append_cell(struct buf *out, const struct event *e, enum column column)
{
    enum column_type type = column_info[column].type;
    if (!event_has(e, column))
        buf_append_view(out, VIEW("-,"));
    else if (type == TYPE_TEXT || type == TYPE_JSON)
        buf_printf(out, "%.*s,", (int)e->cell[column].text.size, e->cell[column].text.data);
    else if (type == TYPE_DOUBLE)
        buf_printf(out, "%g,", e->cell[column].real);
    else
        buf_printf(out, "%" PRId64 ",", e->cell[column].integer);
}

Test(rows, every_cell_of_random_rows_comes_back)
{
    /* One group, stream and time: rows are sorted by the offset alone, so the
     * expected columns can be written down without a sort. */
    enum { COUNT = 2500 };
    struct randomness random = randomness_new(16);
    struct bed b;
    struct buf texts[COLUMN_COUNT] = {{0}};
    struct buf expected[COLUMN_COUNT] = {{0}};
    bed_init(&b, 32 << 20, PROFILE_DEFAULT);
    for (size_t i = 0; i < COUNT; i++) {
        struct event e;
        random_event(&random, &e, texts, i);
        e.present &= ~(UINT64_C(1) << COL_LOG_GROUP | UINT64_C(1) << COL_LOG_STREAM |
                       UINT64_C(1) << COL_TIMESTAMP | UINT64_C(1) << COL_EVENT_ID |
                       UINT64_C(1) << COL_SOURCE_OBJECT);
        add(&b, &e, FOLDER);
        for (unsigned c = 0; c < COLUMN_COUNT; c++)
            append_cell(&expected[c], &e, (enum column)c);
    }
    flush(&b, 7, 2);
    for (unsigned c = 0; c < COLUMN_COUNT; c++) {
        struct buf line = {0};
        column_line(&b, FILE_PATH, (enum column)c, &line);
        buf_append_byte(&expected[c], '\0');
        cr_assert(view_equals(buf_view(&line), buf_view(&expected[c])), "%s, seed %" PRIu64,
                  column_info[c].name, random.seed);
        buf_done(&line);
        buf_done(&expected[c]);
        buf_done(&texts[c]);
    }
    bed_done(&b);
}

Test(rows, hostile_days_cost_a_file_each_and_no_more)
{
    struct bed b;
    bed_init(&b, 8 << 20, PROFILE_DEFAULT);
    for (int i = 0; i < 60; i++) {
        char folder[32];
        struct event e = event_at(i, "g", "s", "1", i);
        snprintf(folder, sizeof(folder), "dt=20%02d-01-01", i);
        add(&b, &e, folder);
        add(&b, &e, folder);
    }
    flush(&b, 0, 0);
    cr_expect_eq(b.count, 60);
    for (size_t i = 0; i < b.count; i++)
        cr_expect_eq(b.files[i].rows, 2);
    bed_done(&b);
}

static enum rc refuse(void *context, const struct dataset_file *file, struct err *err)
{
    (void)context;
    (void)file;
    return err_set(err, RC_STOPPED, "stopped");
}

Test(rows, a_failed_flush_empties_the_table_and_the_next_one_works)
{
    struct bed b;
    struct err err;
    bed_init(&b, 8 << 20, PROFILE_DEFAULT);
    struct event e = event_at(1, "g", "s", "1", 1);
    add(&b, &e, FOLDER);
    cr_expect_eq(rows_flush(b.rows, b.fd, 0, 0, refuse, NULL, &err), RC_STOPPED);
    cr_expect(rows_is_empty(b.rows));
    unit_file(&b.folder, "in-the-way", "");
    int file = openat(b.fd, "in-the-way", O_RDONLY);
    add(&b, &e, FOLDER);
    cr_expect_eq(rows_flush(b.rows, file, 0, 0, keep, &b, &err), RC_IO);
    cr_expect_not_null(strstr(err.text, "events"));
    close(file);
    add(&b, &e, FOLDER);
    flush(&b, 7, 2);
    expect_sound(&b, &b.files[0]);
    bed_done(&b);
}

Test(rows, nothing_staged_writes_nothing)
{
    struct bed b;
    bed_init(&b, 8 << 20, PROFILE_DEFAULT);
    flush(&b, 0, 0);
    cr_expect_eq(b.count, 0);
    cr_expect_neq(faccessat(b.fd, "events", F_OK, 0), 0);
    bed_done(&b);
}

Test(rows, files_name_the_schema_the_plan_and_their_order)
{
    struct bed b;
    bed_init(&b, 8 << 20, PROFILE_DEFAULT);
    struct event e = event_at(1, "g", "s", "1", 1);
    event_set_text(&e, COL_REQUEST_ID, VIEW("r"));
    add(&b, &e, FOLDER);
    flush(&b, 7, 2);
    struct view file = read_file(&b.folder, FILE_PATH);
    struct arena arena;
    struct reader r;
    struct err err;
    arena_init(&arena, 16 << 20);
    cr_assert_eq(reader_open(&r, file, &arena, &err), RC_OK);
    cr_assert_eq(r.footer.key_values_count, 2);
    cr_expect(view_equals(r.footer.key_values[0].key, VIEW("millrace.schema")));
    cr_expect(view_equals(r.footer.key_values[0].value, VIEW("1")));
    cr_expect(view_equals(r.footer.key_values[1].key, VIEW("millrace.plan")));
    cr_expect(view_equals(r.footer.key_values[1].value, VIEW("beef")));
    cr_expect(view_equals(r.footer.created_by, VIEW("millrace version 1 (build test)")));
    const struct row_group *g = &r.footer.groups[0];
    cr_assert_eq(g->sorting_count, 4);
    cr_expect(g->sorting[0] == COL_LOG_GROUP && g->sorting[1] == COL_LOG_STREAM);
    cr_expect(g->sorting[2] == COL_TIMESTAMP && g->sorting[3] == COL_EVENT_ID);
    for (unsigned i = 0; i < COLUMN_COUNT; i++) {
        bool is_text = column_info[i].type == TYPE_TEXT || column_info[i].type == TYPE_JSON;
        cr_expect(view_equals(r.footer.leaves[i].name, view_of_string(column_info[i].name)));
        cr_expect_eq(r.footer.leaves[i].is_text, is_text);
        cr_expect_eq(r.footer.leaves[i].is_time, column_info[i].type == TYPE_TIME_MS);
        bool has_bloom = i == COL_EVENT_ID || i == COL_REQUEST_ID;
        cr_expect_eq(g->chunks[i].bloom.length != 0, has_bloom, "%s", column_info[i].name);
    }
    arena_done(&arena);
    free((void *)file.data);
    bed_done(&b);
}
