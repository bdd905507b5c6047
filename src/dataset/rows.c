#include "dataset/rows.h"

#include "dataset/order.h"
#include "dataset/partition.h"
#include "dataset/schema.h"
#include "dataset/table.h"
#include "parquet/writer.h"

#include <assert.h>
#include <stdlib.h>

struct rows {
    struct table table;
    struct order order;
    struct writer_schema schema;
    struct leaf leaves[COLUMN_COUNT];
    enum parquet_profile profile;
    struct writer *writer;
    struct file_sink *sink;
    /* The column being written, in the order of its file's rows. */
    struct buf runs;     /* struct row_run */
    struct buf presence; /* struct presence per 64 rows */
    struct buf validity; /* a bit per row */
    struct buf values;   /* uint32_t positions or int64_t numbers */
};

static void fill_schema(struct rows *r, const struct rows_options *options)
{
    struct writer_schema *s = &r->schema;
    schema_leaves(r->leaves);
    s->leaves = r->leaves;
    s->leaves_count = COLUMN_COUNT;
    s->sorting_count = SCHEMA_SORTING_COUNT;
    for (unsigned i = 0; i < SCHEMA_SORTING_COUNT; i++)
        s->sorting[i] = (int32_t)schema_sorting[i];
    s->key_values[0] = (struct key_value){VIEW("millrace.schema"), VIEW(SCHEMA_VERSION)};
    s->key_values[1] =
        (struct key_value){VIEW("millrace.plan"), view_of_string(options->plan_hash)};
    s->key_values_count = 2;
    s->created_by = view_of_string(options->created_by);
    s->cpu = options->cpu;
}

struct rows *rows_new(const struct rows_options *options)
{
    struct rows *r = calloc(1, sizeof(*r));
    if (r == NULL)
        return NULL;
    r->profile = options->profile;
    fill_schema(r, options);
    r->writer = writer_new(&r->schema);
    r->sink = file_sink_new();
    if (!table_init(&r->table, options->bytes_max) || r->writer == NULL || r->sink == NULL) {
        rows_free(r);
        return NULL;
    }
    file_sink_sync_by(r->sink, options->sync);
    return r;
}

void rows_watch(struct rows *r, struct steps *steps)
{
    file_sink_watch(r->sink, steps);
}

void rows_free(struct rows *r)
{
    if (r == NULL)
        return;
    table_done(&r->table);
    order_done(&r->order);
    writer_free(r->writer);
    file_sink_free(r->sink);
    buf_done(&r->runs);
    buf_done(&r->presence);
    buf_done(&r->validity);
    buf_done(&r->values);
    free(r);
}

enum rc rows_add(struct rows *r, const struct event *e, struct view folder)
{
    return table_add(&r->table, e, folder);
}

bool rows_is_empty(const struct rows *r)
{
    return r->table.rows == 0;
}

/* Rows that follow each other in the file and in one block of the table: the
 * events of a record mostly stay together. */
struct row_run {
    uint32_t row, count;
};

/* 64 rows, a word per column: the transposed masks of these rows. */
struct presence {
    uint64_t columns[64];
};

/* Room for the cells of any column of `count` rows. */
static bool reserve(struct rows *r, size_t count)
{
    buf_clear(&r->runs);
    buf_clear(&r->presence);
    buf_clear(&r->validity);
    buf_clear(&r->values);
    return buf_reserve(&r->runs, count * sizeof(struct row_run)) &&
           buf_reserve(&r->presence, (count / 64 + 1) * sizeof(struct presence)) &&
           buf_reserve(&r->validity, (count / 64 + 1) * sizeof(uint64_t)) &&
           buf_reserve(&r->values, count * sizeof(int64_t));
}

/* Fills r->runs for rows in the order of the file. */
static void find_runs(struct rows *r, const uint32_t *rows, size_t count)
{
    struct row_run *runs = (struct row_run *)(void *)r->runs.data;
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        bool continues = i > 0 && rows[i] == rows[i - 1] + 1 && rows[i] % TABLE_BLOCK_ROWS != 0;
        if (continues)
            runs[used - 1].count++;
        else
            runs[used++] = (struct row_run){rows[i], 1};
    }
    r->runs.size = used * sizeof(*runs);
}

/* Transposes a matrix of 64 x 64 bits, halves of halves (Warren, Hacker's
 * Delight, section 7-3, with the lowest bit first). */
static void transpose(uint64_t words[64])
{
    uint64_t mask = UINT64_C(0x00000000ffffffff);
    for (unsigned half = 32; half != 0; half /= 2, mask ^= mask << half) {
        for (unsigned i = 0; i < 64; i = (i + half + 1) & ~half) {
            uint64_t swap = (words[i] >> half ^ words[i + half]) & mask;
            words[i] ^= swap << half;
            words[i + half] ^= swap;
        }
    }
}

/* Fills r->presence for rows in the order of the file. */
static void find_presence(struct rows *r, const uint32_t *rows, size_t count)
{
    struct presence *presence = (struct presence *)(void *)r->presence.data;
    uint64_t *const *blocks = r->table.masks;
    for (size_t begin = 0; begin < count; begin += 64, presence++) {
        size_t here = count - begin < 64 ? count - begin : 64;
        memset(presence, 0, sizeof(*presence));
        for (size_t i = 0; i < here; i++) {
            uint32_t row = rows[begin + i];
            presence->columns[i] = blocks[row / TABLE_BLOCK_ROWS][row % TABLE_BLOCK_ROWS];
        }
        transpose(presence->columns);
    }
}

/* A column that every row has: its cells, run by run. */
static void copy_runs(struct rows *r, unsigned column, size_t cell_bytes)
{
    const struct row_run *runs = (const struct row_run *)(const void *)r->runs.data;
    char *to = r->values.data;
    for (size_t i = 0; i < r->runs.size / sizeof(*runs); i++) {
        const char *block = r->table.blocks[column][runs[i].row / TABLE_BLOCK_ROWS];
        memcpy(to, block + runs[i].row % TABLE_BLOCK_ROWS * cell_bytes, runs[i].count * cell_bytes);
        to += runs[i].count * cell_bytes;
    }
}

/* The present cells one behind the other, and the bitmap; gives their number. */
static size_t gather_texts(struct rows *r, unsigned column, const uint32_t *rows, size_t count)
{
    const struct presence *presence = (const struct presence *)(const void *)r->presence.data;
    uint64_t *validity = (uint64_t *)(void *)r->validity.data;
    uint32_t *positions = (uint32_t *)(void *)r->values.data;
    size_t present = 0;
    for (size_t i = 0; i * 64 < count; i++) {
        uint64_t word = presence[i].columns[column];
        validity[i] = word;
        for (; word != 0; word &= word - 1)
            positions[present++] =
                table_position(&r->table, rows[i * 64 + (unsigned)__builtin_ctzll(word)], column);
    }
    return present;
}

static size_t gather_numbers(struct rows *r, unsigned column, const uint32_t *rows, size_t count)
{
    const struct presence *presence = (const struct presence *)(const void *)r->presence.data;
    uint64_t *validity = (uint64_t *)(void *)r->validity.data;
    int64_t *numbers = (int64_t *)(void *)r->values.data;
    size_t present = 0;
    for (size_t i = 0; i * 64 < count; i++) {
        uint64_t word = presence[i].columns[column];
        validity[i] = word;
        for (; word != 0; word &= word - 1)
            numbers[present++] =
                table_number(&r->table, rows[i * 64 + (unsigned)__builtin_ctzll(word)], column);
    }
    return present;
}

static struct column_input gather(struct rows *r, enum column column, const uint32_t *rows,
                                  size_t count)
{
    struct column_input in = {
        .type = schema_type(column),
        .has_bloom = schema_has_bloom(column),
        .is_modern = r->profile == PROFILE_MODERN,
        .is_prefixed = schema_is_prefixed(column),
        .is_numbered = schema_is_numbered(column),
        .rows = count,
        .validity = (const uint64_t *)(const void *)r->validity.data,
    };
    bool is_text = in.type == PARQUET_BYTE_ARRAY;
    if ((r->table.any >> column & 1) == 0)
        return in;
    if (r->table.every >> column & 1) {
        in.present = count;
        copy_runs(r, column, is_text ? sizeof(uint32_t) : sizeof(int64_t));
    } else if (is_text) {
        in.present = gather_texts(r, column, rows, count);
    } else {
        in.present = gather_numbers(r, column, rows, count);
    }
    in.base = r->table.memory;
    in.positions = is_text ? (const uint32_t *)(const void *)r->values.data : NULL;
    in.numbers = is_text ? NULL : (const int64_t *)(const void *)r->values.data;
    return in;
}

static void note_times(struct dataset_file *file, const struct column_input *in)
{
    struct extent extent = extent_of_numbers(in->type, in->numbers, in->present);
    file->has_time = extent.is_set;
    file->first_ms = extent.is_set ? extent.number.low : 0;
    file->last_ms = extent.is_set ? extent.number.high : 0;
}

static enum rc write_columns(struct rows *r, const uint32_t *rows, size_t count,
                             struct dataset_file *file, struct err *err)
{
    if (!reserve(r, count))
        return err_set(err, RC_NO_MEMORY, "no memory to sort %zu rows", count);
    TRY(writer_begin(r->writer, r->sink, count, err));
    find_runs(r, rows, count);
    find_presence(r, rows, count);
    for (unsigned i = 0; i < COLUMN_COUNT; i++) {
        struct column_input in = gather(r, (enum column)i, rows, count);
        if (i == COL_TIMESTAMP)
            note_times(file, &in);
        TRY(writer_add(r->writer, &in, err));
    }
    TRY(writer_end(r->writer, err));
    file->rows = count;
    file->bytes = file_sink_offset(r->sink);
    return file_sink_end(r->sink, &file->checksum, err);
}

/* Where and under which name a flush writes. */
struct target {
    int tree;
    uint32_t batch, seq;
};

static enum rc write_folder(struct rows *r, const uint32_t *rows, size_t count,
                            const struct target *to, struct dataset_file *file, struct err *err)
{
    TRY(partition_make(to->tree, file->path, err));
    TRY(file_sink_begin(r->sink, to->tree, file->path, err));
    enum rc rc = write_columns(r, rows, count, file, err);
    if (rc != RC_OK)
        file_sink_abandon(r->sink);
    return rc;
}

/* How many rows from the first on have its folder. */
static size_t rows_of_folder(const struct table *t, const uint32_t *rows, size_t count)
{
    uint32_t folder = table_position(t, rows[0], TABLE_FOLDER);
    size_t i = 1;
    while (i < count) {
        uint32_t other = table_position(t, rows[i], TABLE_FOLDER);
        if (other != folder && !view_equals(table_text(t, other), table_text(t, folder)))
            break;
        i++;
    }
    return i;
}

static enum rc write_folders(struct rows *r, const struct target *to, dataset_file_fn *on_file,
                             void *context, struct err *err)
{
    const uint32_t *rows;
    steps_begin(file_sink_steps(r->sink));
    if (!order_rows(&r->order, &r->table, &rows))
        return err_set(err, RC_NO_MEMORY, "no memory to sort %zu rows", r->table.rows);
    steps_end(file_sink_steps(r->sink), STEP_ORDER);
    for (size_t begin = 0; begin < r->table.rows;) {
        char path[PARTITION_PATH_BYTES];
        struct dataset_file file = {.path = path};
        uint32_t folder = table_position(&r->table, rows[begin], TABLE_FOLDER);
        size_t count = rows_of_folder(&r->table, rows + begin, r->table.rows - begin);
        partition_path(path, table_text(&r->table, folder), to->batch, to->seq);
        TRY(write_folder(r, rows + begin, count, to, &file, err));
        TRY(on_file(context, &file, err));
        begin += count;
    }
    return RC_OK;
}

enum rc rows_flush(struct rows *r, int tree, uint32_t batch, uint32_t seq, dataset_file_fn *on_file,
                   void *context, struct err *err)
{
    if (rows_is_empty(r))
        return RC_OK;
    struct target to = {tree, batch, seq};
    enum rc rc = write_folders(r, &to, on_file, context, err);
    table_reset(&r->table);
    return rc;
}
