#include "parquet/footer.h"

/* Everything that fails sets the reader's flag; these two say why where it was
 * not the bytes. */
struct parser {
    struct thrift_reader r;
    struct arena *arena;
    bool is_out_of_memory;
    bool is_foreign; /* sound, but not of a kind this program reads */
};

static void *take(struct parser *p, size_t count, size_t bytes)
{
    void *list = arena_alloc(p->arena, count * bytes);
    if (list == NULL) {
        p->is_out_of_memory = true;
        thrift_fail(&p->r);
        return NULL;
    }
    memset(list, 0, count * bytes);
    return list;
}

static void refuse(struct parser *p)
{
    p->is_foreign = true;
    thrift_fail(&p->r);
}

static enum parquet_type get_type(struct parser *p, struct thrift_field field)
{
    int32_t type = thrift_get_i32(&p->r, field);
    if (type != PARQUET_INT32 && type != PARQUET_INT64 && type != PARQUET_DOUBLE &&
        type != PARQUET_BYTE_ARRAY) {
        refuse(p);
        return PARQUET_INT64;
    }
    return (enum parquet_type)type;
}

static int64_t get_count(struct parser *p, struct thrift_field field)
{
    int64_t value = thrift_get_i64(&p->r, field);
    if (value < 0)
        thrift_fail(&p->r);
    return value < 0 ? 0 : value;
}

static int32_t get_length(struct parser *p, struct thrift_field field)
{
    int32_t value = thrift_get_i32(&p->r, field);
    if (value < 0)
        thrift_fail(&p->r);
    return value < 0 ? 0 : value;
}

/* The choice of a LogicalType and, of a timestamp, its unit. */
static void parse_logical_type(struct parser *p, struct thrift_field field, struct leaf *leaf)
{
    struct thrift_reader *r = &p->r;
    if (!thrift_get_struct(r, field))
        return;
    while (thrift_next(r, &field)) {
        if (field.id == LOGICAL_STRING)
            leaf->is_text = true;
        else if (field.id == LOGICAL_TIMESTAMP)
            leaf->is_time = true;
        else
            refuse(p);
        thrift_skip(r, field.type);
    }
}

static void parse_leaf(struct parser *p, struct leaf *leaf)
{
    struct thrift_reader *r = &p->r;
    struct thrift_field field;
    int32_t repetition = -1;
    bool has_type = false;
    thrift_enter(r);
    while (thrift_next(r, &field)) {
        if (field.id == 1) {
            leaf->type = get_type(p, field);
            has_type = true;
        } else if (field.id == 3) {
            repetition = thrift_get_i32(r, field);
        } else if (field.id == 4) {
            leaf->name = thrift_get_binary(r, field);
        } else if (field.id == 5) {
            refuse(p); /* a group: the schema is not flat */
        } else if (field.id == 10) {
            parse_logical_type(p, field, leaf);
        } else {
            thrift_skip(r, field.type);
        }
    }
    leaf->is_optional = repetition == REPETITION_OPTIONAL;
    if (!has_type || (repetition != REPETITION_OPTIONAL && repetition != REPETITION_REQUIRED))
        refuse(p);
}

static void parse_root(struct parser *p, size_t *ret_children)
{
    struct thrift_reader *r = &p->r;
    struct thrift_field field;
    thrift_enter(r);
    while (thrift_next(r, &field)) {
        if (field.id == 5)
            *ret_children = (size_t)get_length(p, field);
        else
            thrift_skip(r, field.type);
    }
}

static void parse_schema(struct parser *p, struct thrift_field field, struct footer *f)
{
    size_t count = thrift_get_list(&p->r, field, THRIFT_STRUCT);
    if (count == 0 || f->leaves != NULL) {
        thrift_fail(&p->r);
        return;
    }
    size_t children = 0;
    parse_root(p, &children);
    f->leaves = take(p, count - 1, sizeof(*f->leaves));
    for (size_t i = 0; i + 1 < count && !thrift_failed(&p->r); i++)
        parse_leaf(p, &f->leaves[i]);
    f->leaves_count = count - 1;
    if (children != count - 1)
        thrift_fail(&p->r);
}

static void parse_statistics(struct parser *p, struct thrift_field field, struct statistics *s)
{
    struct thrift_reader *r = &p->r;
    if (!thrift_get_struct(r, field))
        return;
    while (thrift_next(r, &field)) {
        if (field.id == 3) {
            s->nulls = get_count(p, field);
            s->has_nulls = true;
        } else if (field.id == 5) {
            s->high = thrift_get_binary(r, field);
            s->has_high = true;
        } else if (field.id == 6) {
            s->low = thrift_get_binary(r, field);
            s->has_low = true;
        } else if (field.id == 7) {
            s->is_high_exact = thrift_get_bool(r, field);
        } else if (field.id == 8) {
            s->is_low_exact = thrift_get_bool(r, field);
        } else {
            thrift_skip(r, field.type);
        }
    }
}

static void parse_encodings(struct parser *p, struct thrift_field field, struct chunk *c)
{
    size_t count = thrift_get_list(&p->r, field, THRIFT_I32);
    for (size_t i = 0; i < count && !thrift_failed(&p->r); i++) {
        int32_t encoding = thrift_read_i32(&p->r);
        if (encoding < 0 || encoding > 31)
            thrift_fail(&p->r);
        else
            c->encodings |= UINT32_C(1) << encoding;
    }
}

static void parse_path(struct parser *p, struct thrift_field field, struct chunk *c)
{
    if (thrift_get_list(&p->r, field, THRIFT_BINARY) == 1)
        c->name = thrift_read_binary(&p->r);
    else
        refuse(p);
}

static void parse_stats(struct parser *p, struct thrift_field field, struct chunk *c)
{
    struct thrift_reader *r = &p->r;
    size_t count = thrift_get_list(r, field, THRIFT_STRUCT);
    if (count > ENCODING_STATS_MAX) {
        refuse(p);
        return;
    }
    c->stats_count = (unsigned)count;
    for (size_t i = 0; i < count; i++) {
        struct encoding_stats *s = &c->stats[i];
        thrift_enter(r);
        while (thrift_next(r, &field)) {
            if (field.id == 1)
                s->page = thrift_get_i32(r, field);
            else if (field.id == 2)
                s->encoding = thrift_get_i32(r, field);
            else if (field.id == 3)
                s->count = get_length(p, field);
            else
                thrift_skip(r, field.type);
        }
    }
}

static void parse_metadata_field(struct parser *p, struct thrift_field field, struct chunk *c)
{
    switch (field.id) {
    case 1:
        c->type = get_type(p, field);
        return;
    case 2:
        parse_encodings(p, field, c);
        return;
    case 3:
        parse_path(p, field, c);
        return;
    case 4:
        c->codec = thrift_get_i32(&p->r, field);
        return;
    case 5:
        c->values = get_count(p, field);
        return;
    case 6:
        c->uncompressed_bytes = get_count(p, field);
        return;
    case 7:
        c->compressed_bytes = get_count(p, field);
        return;
    case 9:
        c->data_offset = get_count(p, field);
        return;
    case 11:
        c->dictionary_offset = get_count(p, field);
        return;
    case 12:
        parse_statistics(p, field, &c->statistics);
        return;
    case 13:
        parse_stats(p, field, c);
        return;
    case 14:
        c->bloom.offset = get_count(p, field);
        return;
    case 15:
        c->bloom.length = get_length(p, field);
        return;
    }
    thrift_skip(&p->r, field.type);
}

/* The fields of ColumnMetaData without which a chunk cannot be read. */
static const uint32_t metadata_required =
    1U << 1 | 1U << 2 | 1U << 3 | 1U << 4 | 1U << 5 | 1U << 6 | 1U << 7 | 1U << 9;

static void parse_metadata(struct parser *p, struct thrift_field field, struct chunk *c)
{
    uint32_t seen = 0;
    if (!thrift_get_struct(&p->r, field))
        return;
    while (thrift_next(&p->r, &field)) {
        if (field.id >= 0 && field.id < 32)
            seen |= UINT32_C(1) << field.id;
        parse_metadata_field(p, field, c);
    }
    if ((seen & metadata_required) != metadata_required)
        thrift_fail(&p->r);
}

static void parse_chunk(struct parser *p, struct chunk *c)
{
    struct thrift_field field;
    bool has_metadata = false;
    thrift_enter(&p->r);
    while (thrift_next(&p->r, &field)) {
        if (field.id == 1) {
            refuse(p); /* the chunk lies in another file */
        } else if (field.id == 3) {
            parse_metadata(p, field, c);
            has_metadata = true;
        } else if (field.id == 4) {
            c->offset_index.offset = get_count(p, field);
        } else if (field.id == 5) {
            c->offset_index.length = get_length(p, field);
        } else if (field.id == 6) {
            c->column_index.offset = get_count(p, field);
        } else if (field.id == 7) {
            c->column_index.length = get_length(p, field);
        } else {
            thrift_skip(&p->r, field.type);
        }
    }
    if (!has_metadata)
        thrift_fail(&p->r);
}

static int32_t parse_sorting_column(struct parser *p)
{
    struct thrift_reader *r = &p->r;
    struct thrift_field field;
    int32_t column = -1;
    bool is_descending = true;
    bool is_nulls_first = false;
    thrift_enter(r);
    while (thrift_next(r, &field)) {
        if (field.id == 1)
            column = thrift_get_i32(r, field);
        else if (field.id == 2)
            is_descending = thrift_get_bool(r, field);
        else if (field.id == 3)
            is_nulls_first = thrift_get_bool(r, field);
        else
            thrift_skip(r, field.type);
    }
    if (is_descending || !is_nulls_first)
        refuse(p);
    return column;
}

static void parse_sorting(struct parser *p, struct thrift_field field, struct row_group *group)
{
    size_t count = thrift_get_list(&p->r, field, THRIFT_STRUCT);
    if (count > SORTING_COLUMNS_MAX) {
        refuse(p);
        return;
    }
    group->sorting_count = (unsigned)count;
    for (size_t i = 0; i < count && !thrift_failed(&p->r); i++)
        group->sorting[i] = parse_sorting_column(p);
}

static void parse_chunks(struct parser *p, struct thrift_field field, struct row_group *group)
{
    group->chunks_count = thrift_get_list(&p->r, field, THRIFT_STRUCT);
    group->chunks = take(p, group->chunks_count, sizeof(*group->chunks));
    for (size_t i = 0; i < group->chunks_count && !thrift_failed(&p->r); i++)
        parse_chunk(p, &group->chunks[i]);
}

static void parse_group(struct parser *p, struct row_group *group)
{
    struct thrift_field field;
    uint32_t seen = 0;
    thrift_enter(&p->r);
    while (thrift_next(&p->r, &field)) {
        if (field.id >= 0 && field.id < 32)
            seen |= UINT32_C(1) << field.id;
        if (field.id == 1)
            parse_chunks(p, field, group);
        else if (field.id == 2)
            group->uncompressed_bytes = get_count(p, field);
        else if (field.id == 3)
            group->rows = get_count(p, field);
        else if (field.id == 4)
            parse_sorting(p, field, group);
        else if (field.id == 5)
            group->file_offset = get_count(p, field);
        else if (field.id == 6)
            group->compressed_bytes = get_count(p, field);
        else if (field.id == 7)
            group->ordinal = thrift_get_i16(&p->r, field);
        else
            thrift_skip(&p->r, field.type);
    }
    if ((seen & 0xe) != 0xe)
        thrift_fail(&p->r);
}

static void parse_groups(struct parser *p, struct thrift_field field, struct footer *f)
{
    f->groups_count = thrift_get_list(&p->r, field, THRIFT_STRUCT);
    if (f->groups_count > ROW_GROUPS_MAX) {
        refuse(p);
        return;
    }
    f->groups = take(p, f->groups_count, sizeof(*f->groups));
    for (size_t i = 0; i < f->groups_count && !thrift_failed(&p->r); i++)
        parse_group(p, &f->groups[i]);
}

static void parse_key_values(struct parser *p, struct thrift_field field, struct footer *f)
{
    struct thrift_reader *r = &p->r;
    size_t count = thrift_get_list(r, field, THRIFT_STRUCT);
    if (count > KEY_VALUES_MAX) {
        refuse(p);
        return;
    }
    f->key_values_count = (unsigned)count;
    for (size_t i = 0; i < count; i++) {
        thrift_enter(r);
        while (thrift_next(r, &field)) {
            if (field.id == 1)
                f->key_values[i].key = thrift_get_binary(r, field);
            else if (field.id == 2)
                f->key_values[i].value = thrift_get_binary(r, field);
            else
                thrift_skip(r, field.type);
        }
    }
}

static void parse_orders(struct parser *p, struct thrift_field field, struct footer *f)
{
    f->orders_count = thrift_get_list(&p->r, field, THRIFT_STRUCT);
    for (size_t i = 0; i < f->orders_count && !thrift_failed(&p->r); i++)
        thrift_skip(&p->r, THRIFT_STRUCT);
}

static void parse_file_field(struct parser *p, struct thrift_field field, struct footer *f)
{
    switch (field.id) {
    case 1:
        f->version = thrift_get_i32(&p->r, field);
        return;
    case 2:
        parse_schema(p, field, f);
        return;
    case 3:
        f->rows = get_count(p, field);
        return;
    case 4:
        parse_groups(p, field, f);
        return;
    case 5:
        parse_key_values(p, field, f);
        return;
    case 6:
        f->created_by = thrift_get_binary(&p->r, field);
        return;
    case 7:
        parse_orders(p, field, f);
        return;
    }
    thrift_skip(&p->r, field.type);
}

enum rc footer_parse(struct view in, struct arena *arena, struct footer *ret_footer,
                     struct err *err)
{
    struct parser p = {.arena = arena};
    struct footer f = {0};
    struct thrift_field field;
    thrift_reader_init(&p.r, in);
    thrift_enter(&p.r);
    while (thrift_next(&p.r, &field))
        parse_file_field(&p, field, &f);
    if (p.is_out_of_memory)
        return err_set(err, RC_NO_MEMORY, "no memory for a footer of %zu bytes", in.size);
    if (p.is_foreign)
        return err_set(err, RC_UNSUPPORTED, "footer describes a file of another kind");
    if (thrift_failed(&p.r) || f.leaves == NULL || p.r.at != in.size)
        return err_set(err, RC_BAD_INPUT, "footer is damaged");
    *ret_footer = f;
    return RC_OK;
}
