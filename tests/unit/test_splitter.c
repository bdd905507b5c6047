/* The splitter against a splitter that reads byte by byte, in every kernel and
 * however the text is fed. */

#include "split_harness.h"

#define RECORD_MAX ((size_t)MIB(1))

/* Where documents of valid text begin and end, by depth and strings alone. */
struct spans {
    size_t begin[64], end[64];
    size_t count;
};

static struct spans documents_naive(struct view text)
{
    struct spans spans = {0};
    bool in_string = false, escaped = false;
    size_t depth = 0;
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];
        if (in_string) {
            if (escaped)
                escaped = false;
            else if (byte == '\\')
                escaped = true;
            else if (byte == '"')
                in_string = false;
        } else if (byte == '"') {
            in_string = true;
        } else if (byte == '{' || byte == '[') {
            if (depth++ == 0)
                spans.begin[spans.count] = i;
        } else if (byte == '}' || byte == ']') {
            if (--depth == 0)
                spans.end[spans.count++] = i + 1;
        }
    }
    cr_assert(!in_string && depth == 0, "the generated text is not valid");
    return spans;
}

static void add_random_string(struct text *t, uint64_t *seed)
{
    static const char *const parts[] = {
        "}{",       "} {",      "}  {\\\"a\\\":1}",
        "\\\\",     "\\\"",     "x",
        "{",        "}",        ",",
        ":",        " ",        "abc",
        "[",        "]",        "\\n",
        "}{\\\"",   "{\\\\",    "\\u007b",
        "\xc3\xa4", "\\\\\\\"", "}{}",
        "}    {",   "{}{",      "/",
    };
    text_add_string(t, "\"");
    size_t count = random_below(seed, 12);
    for (size_t i = 0; i < count; i++) {
        size_t part = random_below(seed, sizeof(parts) / sizeof(parts[0]) + 1);
        if (part < sizeof(parts) / sizeof(parts[0]))
            text_add_string(t, parts[part]);
        else
            text_add_run(t, "a {"[random_below(seed, 3)], random_below(seed, 150));
    }
    text_add_string(t, "\"");
}

static void add_random_space(struct text *t, uint64_t *seed)
{
    static const char *const spaces[] = {"", "", "", "", " ", "\n", "\r\n", "\t", "  \n "};
    size_t choice = random_below(seed, 12);
    if (choice < 9)
        text_add_string(t, spaces[choice]);
    else if (random_below(seed, 40) == 0)
        text_add_run(t, " \n"[choice % 2], 250 + random_below(seed, 4000));
}

static void add_random_value(struct text *t, uint64_t *seed, unsigned depth);

static void add_random_object(struct text *t, uint64_t *seed, unsigned depth)
{
    static const char *const keys[] = {"\"messageType\"", "\"\"",  "\",\"",    "\":}\"",  "\" a\"",
                                       "\"}{\"",          "\"]\"", "\"\\\\\"", "\"\\\"\""};
    text_add_string(t, "{");
    size_t members = random_below(seed, 4);
    for (size_t i = 0; i < members; i++) {
        if (i > 0)
            text_add_string(t, ",");
        add_random_space(t, seed);
        size_t key = random_below(seed, 2 * sizeof(keys) / sizeof(keys[0]));
        if (key < sizeof(keys) / sizeof(keys[0]))
            text_add_string(t, keys[key]);
        else
            add_random_string(t, seed);
        add_random_space(t, seed);
        text_add_string(t, ":");
        add_random_value(t, seed, depth + 1);
    }
    add_random_space(t, seed);
    text_add_string(t, "}");
}

static void add_random_value(struct text *t, uint64_t *seed, unsigned depth)
{
    add_random_space(t, seed);
    switch (random_below(seed, depth < 4 ? 5 : 3)) {
    case 0:
        text_add_string(t, "-12.5e3");
        break;
    case 1:
    case 2:
        add_random_string(t, seed);
        break;
    case 3:
        text_add_string(t, "[");
        for (size_t count = random_below(seed, 3), i = 0; i < count; i++) {
            if (i > 0)
                text_add_string(t, ",");
            add_random_value(t, seed, depth + 1);
        }
        text_add_string(t, "]");
        break;
    case 4:
        add_random_object(t, seed, depth + 1);
        break;
    }
    add_random_space(t, seed);
}

static void fill_random_stream(struct text *t, uint64_t *seed)
{
    t->size = 0;
    add_random_space(t, seed);
    size_t documents = random_below(seed, 20);
    for (size_t i = 0; i < documents; i++) {
        add_random_object(t, seed, 0);
        add_random_space(t, seed);
    }
}

/* Documents exactly where the naive splitter has them, separators between. */
static void check_documents(const struct pieces *p, struct view text, const char *where)
{
    struct spans spans = documents_naive(text);
    size_t document = 0;
    for (size_t i = 0; i < p->count; i++) {
        struct piece piece = p->at[i];
        if (piece.kind == PIECE_SEPARATOR) {
            for (size_t j = 0; j < piece.size; j++)
                cr_assert(byte_is_space(text.data[piece.begin + j]), "%s", where);
            continue;
        }
        cr_assert_eq(piece.kind, PIECE_DOCUMENT, "%s: damage at %zu in %.*s", where, piece.begin,
                     (int)text.size, text.data);
        cr_assert_lt(document, spans.count, "%s", where);
        cr_assert_eq(piece.begin, spans.begin[document], "%s: %.*s", where, (int)text.size,
                     text.data);
        cr_assert_eq(piece.begin + piece.size, spans.end[document], "%s: %.*s", where,
                     (int)text.size, text.data);
        document++;
    }
    cr_assert_eq(document, spans.count, "%s: %zu of %zu documents", where, document, spans.count);
}

static void check_run(struct splitter *s, enum cpu cpu, struct view text, struct feeding f)
{
    char where[160];
    snprintf(where, sizeof(where), "%s, seed %lu, feeds %zu %zu %zu", cpu_name(cpu),
             (unsigned long)test_seed(), f.first, f.step, f.random_max);
    for (unsigned takes = 0; takes < 2; takes++) {
        f.takes_documents = takes != 0;
        struct pieces p = split_run(s, TEXT_DOCUMENTS, text, f, RECORD_MAX);
        check_documents(&p, text, where);
        free(p.at);
    }
}

static struct splitter *new_splitter(enum cpu cpu, size_t record_bytes_max)
{
    struct splitter *s = splitter_new(cpu, record_bytes_max);
    cr_assert(s != NULL);
    return s;
}

Test(splitter, every_kernel_gives_the_documents_of_random_streams)
{
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
        if (!cpu_can(cpu))
            continue;
        uint64_t seed = test_seed();
        struct splitter *s = new_splitter(cpu, RECORD_MAX);
        struct text t = {0};
        for (unsigned round = 0; round < 12000; round++) {
            fill_random_stream(&t, &seed);
            check_run(s, cpu, text_view(&t), FEED_WHOLE);
            if (round % 4 == 0)
                check_run(s, cpu, text_view(&t), (struct feeding){.random_max = 90, .seed = seed});
        }
        free(t.data);
        splitter_free(s);
    }
}

Test(splitter, a_stream_may_be_fed_in_two_parts_cut_at_every_byte)
{
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
        if (!cpu_can(cpu))
            continue;
        uint64_t seed = test_seed();
        struct splitter *s = new_splitter(cpu, RECORD_MAX);
        struct text t = {0};
        for (unsigned round = 0; round < 40; round++) {
            do {
                fill_random_stream(&t, &seed);
            } while (t.size > 600);
            for (size_t cut = 1; cut <= t.size; cut++)
                check_run(s, cpu, text_view(&t), (struct feeding){.first = cut, .step = SIZE_MAX});
            check_run(s, cpu, text_view(&t), (struct feeding){.step = 1});
        }
        free(t.data);
        splitter_free(s);
    }
}

Test(splitter, a_stream_may_lie_at_every_place_in_a_block)
{
    static const char *const streams[] = {
        "{\"a\":\"}{\\\\\"}{ \"b\":1}{}{\"\":1}\n{\n  \"c\": \"} {\\\"\"\n}",
        "{}{}{}",
        "{\",\":1}{\":\":2}{\"}\":3}{\"]\":4}{\" \":5}",
        "{\"m\":\"}{\\\"a\\\":1}{\"}{\"m\":\"\\\\\\\\\"}",
    };
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
        if (!cpu_can(cpu))
            continue;
        struct splitter *s = new_splitter(cpu, RECORD_MAX);
        for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
            for (size_t lead = 0; lead <= 64; lead++) {
                struct text t = {0};
                text_add_run(&t, ' ', lead);
                text_add_string(&t, streams[i]);
                check_run(s, cpu, text_view(&t), FEED_WHOLE);
                check_run(s, cpu, text_view(&t), (struct feeding){.step = 7});
                free(t.data);
            }
        }
        splitter_free(s);
    }
}

/* The form, the bound, the text and its pieces: D document, L line, S
 * separator, X damage, each with its size. */
struct table_row {
    enum text_form form;
    size_t record_bytes_max;
    const char *text;
    const char *pieces;
    const char *reason; /* of the first damage */
};

static void check_row(const struct table_row *row, enum cpu cpu, struct feeding f)
{
    struct splitter *s = new_splitter(cpu, row->record_bytes_max);
    struct view text = view_of_string(row->text);
    struct pieces p = split_run(s, row->form, text, f, row->record_bytes_max);
    char printed[400];
    pieces_print(&p, printed, sizeof(printed));
    cr_assert_str_eq(printed, row->pieces, "%s: '%s' gives %s, not %s; feeds %zu %zu",
                     cpu_name(cpu), row->text, printed, row->pieces, f.first, f.step);
    for (size_t i = 0; i < p.count; i++) {
        if (p.at[i].kind == PIECE_DAMAGED) {
            cr_assert_str_eq(p.at[i].reason, row->reason, "%s", row->text);
            break;
        }
    }
    free(p.at);
    splitter_free(s);
}

/* Whole, byte by byte, and cut in two at every byte: always the same. */
static void check_table(const struct table_row *rows, size_t count)
{
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
        for (size_t i = 0; cpu_can(cpu) && i < count; i++) {
            check_row(&rows[i], cpu, FEED_WHOLE);
            check_row(&rows[i], cpu, (struct feeding){.step = 1});
            for (size_t cut = 1; cut < strlen(rows[i].text); cut++)
                check_row(&rows[i], cpu, (struct feeding){.first = cut, .step = SIZE_MAX});
        }
    }
}

#define SPACES_40 "                                        "
#define BRACKETS_40 "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["

Test(splitter, documents_separators_and_stray_text_are_told_apart)
{
    static const struct table_row rows[] = {
        {TEXT_DOCUMENTS, 1000, "", "", NULL},
        {TEXT_DOCUMENTS, 1000, " \r\n\t", "S4", NULL},
        {TEXT_DOCUMENTS, 1000, "{}", "D2", NULL},
        {TEXT_DOCUMENTS, 1000, "{\"a\":1}{\"a\":2}", "D7 D7", NULL},
        {TEXT_DOCUMENTS, 1000, "\xEF\xBB\xBF {\"a\":1}\n{\"a\":2}\n", "S4 D7 S1 D7 S1", NULL},
        {TEXT_DOCUMENTS, 1000, "\xEF\xBB\xBF", "S3", NULL},
        {TEXT_DOCUMENTS, 1000, "\xEF\xBB{\"a\":1}", "X2 D7", "text between documents"},
        /* A document ends with its text where the text ends early. */
        {TEXT_DOCUMENTS, 1000, "{\"a\":1}{\"b\":\"cut ", "D7 D9 S1", NULL},
        {TEXT_DOCUMENTS, 1000, "{\"a\":1}{\"", "D7 D2", NULL},
        {TEXT_DOCUMENTS, 1000, "{\"a\":1}{", "D7 D1", NULL},
        /* Stray text goes up to what may begin a document. */
        {TEXT_DOCUMENTS, 1000, "garbage\n", "X8", "text between documents"},
        {TEXT_DOCUMENTS, 1000, "x {y} {\"a\":1}{\"b\":2}", "X6 D7 D7", "text between documents"},
        {TEXT_DOCUMENTS, 1000, "x\":1},{\"id\":2}]}{\"messageType\":1}", "X16 D17",
         "text between documents"},
        {TEXT_DOCUMENTS, 1000, "x,{\"messageType\":1}", "X2 D17", "text between documents"},
        {TEXT_DOCUMENTS, 1000, "x[{\"id\":2}]:{\"id\":2}}{\"b\":1}", "X21 D7",
         "text between documents"},
        {TEXT_DOCUMENTS, 1000, "x,{\"messageTyp\":1}", "X18", "text between documents"},
        /* Damage stays local: the fast rule ends an unclosed string. */
        {TEXT_DOCUMENTS, 1000, "{\"a\":\"unclosed}{\"messageType\":1}{\"b\":2}", "D15 D17 D7",
         NULL},
        {TEXT_DOCUMENTS, 1000, "{\"a\":\"unclosed}\n{ \"b\":1}", "D15 S1 D8", NULL},
        {TEXT_DOCUMENTS, 1000, "{\"a\":1}}{\"b\":1}", "D8 D7", NULL},
        {TEXT_DOCUMENTS, 1000, "{\"a\":1}x{\"b\":1}{\"c\":1}", "D15 D7", NULL},
    };
    check_table(rows, sizeof(rows) / sizeof(rows[0]));
}

Test(splitter, a_document_past_the_bound_is_damage_up_to_the_next_fast_seam)
{
    static const struct table_row rows[] = {
        {TEXT_DOCUMENTS, 20, "{\"a\":\"0123456789ab\"}{\"b\":1}", "D20 D7", NULL},
        {TEXT_DOCUMENTS, 20, "{\"a\":\"0123456789abc\"}{\"b\":1}", "X21 D7", "over --max-record"},
        {TEXT_DOCUMENTS, 20, "{\"a\":\"0123456789abc\"} {\"b\":1}", "X22 D7", "over --max-record"},
        {TEXT_DOCUMENTS, 20, "{\"a\":\"0123456789abcdefghijklmn\"}{}{\",\":1}{\"b\":1}", "X41 D7",
         "over --max-record"},
        {TEXT_DOCUMENTS, 20, "{\"a\":1}{\"a\":\"0123456789abcdefgh", "D7 X24", "over --max-record"},
        {TEXT_DOCUMENTS, 20, "{\"a\":\"}{0123456789abc\"}", "X23", "over --max-record"},
        /* White space behind a document costs nothing but its bytes. */
        {TEXT_DOCUMENTS, 20, "{\"a\":1}" SPACES_40 "{\"b\":2}", "D7 S40 D7", NULL},
        {TEXT_DOCUMENTS, 20, "{\"a\":1}" SPACES_40 "x {\"b\":2}", "D7 S40 X2 D7",
         "text between documents"},
        {TEXT_DOCUMENTS, 20, "{\"a\":1" SPACES_40 "}{\"b\":2}", "X47 D7", "over --max-record"},
        {TEXT_DOCUMENTS, 20, SPACES_40 "{\"a\":1}", "S40 D7", NULL},
        /* Nor does what is no text at all. */
        {TEXT_DOCUMENTS, 20, "{\"a\":1}" BRACKETS_40, "D7 X40", "text between documents"},
        {TEXT_DOCUMENTS, 20, "{\"a\":1}" BRACKETS_40 " {\"b\":2}", "D7 X41 D7",
         "text between documents"},
        {TEXT_DOCUMENTS, 20, "{\"a\":\"}\\\"}\"}" BRACKETS_40, "D12 X40", "text between documents"},
        {TEXT_DOCUMENTS, 20, "{\"a\":1" BRACKETS_40, "X46", "over --max-record"},
    };
    check_table(rows, sizeof(rows) / sizeof(rows[0]));
}

Test(splitter, an_array_is_the_stream_of_its_objects)
{
    static const struct table_row rows[] = {
        {TEXT_ARRAY, 1000, "[{\"a\":1},{\"b\":\"},{\"},\n {} ]", "S1 D7 S1 D11 S3 D2 S2", NULL},
        {TEXT_ARRAY, 1000, "\xEF\xBB\xBF [ {\"a\":[{}]}]\n", "S6 D10 S2", NULL},
        {TEXT_ARRAY, 1000, "[{\"a\":\"\\\"},{\\\\\"},{}]", "S1 D15 S1 D2 S1", NULL},
        {TEXT_ARRAY, 1000, "[{},1,\"],{\",[{}],null,{}]", "S1 D2 S1 X1 S1 X5 S1 X4 S1 X4 S1 D2 S1",
         "array element is no object"},
        {TEXT_ARRAY, 1000, "[{}] {\"a\":1}{\"b\":1}", "S1 D2 S2 D7 D7", NULL},
        {TEXT_ARRAY, 1000, "[{}][{\"a\":1}]", "S1 D2 S2 D7 S1", NULL},
        {TEXT_ARRAY, 1000, "[{}]x", "S1 D2 S1 X1", "text between documents"},
        {TEXT_ARRAY, 1000, "[{\"a\":1},{\"b\":", "S1 D7 S1 D5", NULL},
        /* Elements that cannot be valid end where the next begins alike. */
        {TEXT_ARRAY, 1000, "[{\"a\":\"x},{\"a\":[{\"c\":1},{\"c\":2}]},{\"a\":3}]",
         "S1 D8 S1 D23 S1 D7 S1", NULL},
        {TEXT_ARRAY, 1000, "[{\"a\":[1},{\"a\":2}]", "S1 D8 S1 D7 S1", NULL},
        {TEXT_ARRAY, 1000, "[{\"a\":{\"b\":1},{\"a\":2},{\"a\":3}]", "S1 D12 S1 D7 S1 D7 S1", NULL},
        {TEXT_ARRAY, 1000, "[{\"b\":\"x},{\"awslogs\":1}]", "S1 D8 S1 D13 S1", NULL},
        {TEXT_ARRAY, 20, "[{\"a\":\"0123456789ab\"},{\"a\":2}]", "S1 D20 S1 D7 S1", NULL},
        {TEXT_ARRAY, 20, "[{\"a\":\"0123456789abc\"},{\"a\":2}]", "S1 X21 S1 D7 S1",
         "over --max-record"},
        {TEXT_ARRAY, 20, "[\"0123456789abc},{ 9abc\",{\"a\":2}]", "S1 X23 S1 D7 S1",
         "over --max-record"},
        /* A run that begins behind a border, within an element. */
        {TEXT_ARRAY, 1000, "x\"},{\"awslogs\":1},{\"b\":2}]", "X3 S1 D13 S1 D7 S1",
         "text between documents"},
        {TEXT_ARRAY, 1000, ",{\"b\":2}]", "S1 D7 S1", NULL},
    };
    check_table(rows, sizeof(rows) / sizeof(rows[0]));
}

Test(splitter, white_space_in_a_large_element_is_not_held)
{
    struct text t = {0};
    text_add_string(&t, "[{\"a\":[{\"b\":\"0123456789012345678901234567890123456789\"},");
    text_add_run(&t, ' ', 4000);
    text_add_string(&t, "{\"c\":1}]}");
    size_t large = t.size - 1;
    text_add_string(&t, ",{\"a\":2}]");
    struct splitter *s = new_splitter(CPU_SCALAR, 30);
    for (size_t step = 1; step < 5000; step = 3 * step) {
        struct pieces p =
            split_run(s, TEXT_ARRAY, text_view(&t), (struct feeding){.step = step}, 30);
        cr_assert_eq(p.count, 5);
        cr_assert_eq(p.at[1].kind, PIECE_DAMAGED);
        cr_assert_eq(p.at[1].size, large);
        cr_assert_eq(p.at[3].kind, PIECE_DOCUMENT);
        free(p.at);
    }
    free(t.data);
    splitter_free(s);
}

Test(splitter, each_line_that_is_not_blank_is_a_piece)
{
    static const struct table_row rows[] = {
        {TEXT_LINES, 1000, "", "", NULL},
        {TEXT_LINES, 1000, "a\nbc\r\nd", "L2 L4 L1", NULL},
        {TEXT_LINES, 1000, "\n\n a\n \t\r\n\nb\n", "S2 L3 S5 L2", NULL},
        {TEXT_LINES, 1000,
         "\xEF\xBB\xBF"
         "a\n",
         "S3 L2", NULL},
        {TEXT_LINES, 1000, "a\n   ", "L2 S3", NULL},
        {TEXT_LINES, 1000, "ok\nb\x01y\nesc \x1b[0m\x0b\x0c\x7f\n", "L3 X4 L12",
         "control bytes in text"},
        {TEXT_LINES, 1000, "a\x0e\nb\x1a\nc\x08\x1b\xff\n", "X3 X3 L5", "control bytes in text"},
        {TEXT_LINES, 10, "0123456789\n012345678\nab\n", "X11 L10 L3", "over --max-record"},
        {TEXT_LINES, 10, "a\n0123456789012345678901234567890", "L2 X31", "over --max-record"},
        {TEXT_BINARY, 10, "a\x01 anything\n{\"a\":1}", "X19", "control bytes in text"},
    };
    check_table(rows, sizeof(rows) / sizeof(rows[0]));
}

#define TIME_A "2019-06-07T19:11:20.562Z "
#define TIME_B "2019-06-07T19:11:21.000Z "

Test(splitter, an_export_entry_goes_up_to_the_next_time)
{
    static const struct table_row rows[] = {
        {TEXT_EXPORT, 1000, TIME_A "x\n" TIME_B "y\n", "L27 L27", NULL},
        {TEXT_EXPORT, 1000, TIME_A "x\n at y\n\n" TIME_B "z", "L34 L26", NULL},
        {TEXT_EXPORT, 1000, "head\n\n" TIME_A "x\n2019-06-07T19:11:20Z no\n", "L5 S1 L51", NULL},
        {TEXT_EXPORT, 1000, "2019-06-07\n" TIME_A "\n", "L11 L26", NULL},
        {TEXT_EXPORT, 1000, TIME_A "x\n2019-06-07T19:11:20.562Z", "L51", NULL},
        {TEXT_EXPORT, 1000, TIME_A "x\x02\n" TIME_B "y", "X28 L26", "control bytes in text"},
        {TEXT_EXPORT, 30, TIME_A "0123\n" TIME_B "01234\n" TIME_A "y", "L30 X31 L26",
         "over --max-record"},
        {TEXT_EXPORT, 30, TIME_A "1\n2\n3\n4\n5\n6\n7\n8\n" TIME_B "y", "X41 L26",
         "over --max-record"},
    };
    check_table(rows, sizeof(rows) / sizeof(rows[0]));
}

Test(splitter, a_line_that_broke_off_may_be_left_out_of_the_final_feed)
{
    static const enum text_form forms[] = {TEXT_LINES, TEXT_EXPORT};
    static char text[128] = "one\nbroken o";
    for (size_t i = 0; i < 2; i++) {
        struct splitter *s = new_splitter(CPU_SCALAR, 1000);
        struct piece piece;
        splitter_begin(s, forms[i]);
        splitter_feed(s, view_of(text, 12), false);
        cr_assert_eq(splitter_next(s, &piece), RC_OK);
        cr_assert_eq(piece.kind, PIECE_LINE);
        cr_assert_eq(piece.size, 4);
        cr_assert_eq(splitter_next(s, &piece), RC_END);
        cr_assert_eq(splitter_consumed(s), 4);
        splitter_feed(s, view_of(text + 4, 0), true);
        cr_assert_eq(splitter_next(s, &piece), RC_END);
        cr_assert_eq(splitter_consumed(s), 0);
        splitter_free(s);
    }
}

Test(splitter, beginning_again_leaves_nothing_of_the_run_before)
{
    static char first[128] = "{\"a\":\"}{", second[128] = "{}{}";
    struct splitter *s = new_splitter(CPU_SCALAR, 1000);
    for (int form = TEXT_DOCUMENTS; form <= TEXT_BINARY; form++) {
        struct piece piece;
        splitter_begin(s, (enum text_form)form);
        splitter_feed(s, view_of(first, 8), false);
        while (splitter_next(s, &piece) == RC_OK)
            cr_assert_gt(piece.size, 0);
        splitter_begin(s, TEXT_DOCUMENTS);
        splitter_feed(s, view_of(second, 4), true);
        for (size_t i = 0; i < 2; i++) {
            cr_assert_eq(splitter_next(s, &piece), RC_OK);
            cr_assert_eq(piece.begin, 2 * i);
            cr_assert_eq(piece.size, 2);
        }
        cr_assert_eq(splitter_next(s, &piece), RC_END);
    }
    splitter_free(s);
}

Test(splitter, slices_cut_anywhere_hold_the_documents_of_the_whole)
{
    uint64_t seed = test_seed();
    struct text t = {0};
    struct splitter *s = new_splitter(CPU_SCALAR, RECORD_MAX);
    for (unsigned round = 0; round < 30; round++) {
        do {
            fill_random_stream(&t, &seed);
        } while (t.size > 1500);
        struct view text = text_view(&t);
        for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
            for (size_t from = 1; cpu_can(cpu) && from < t.size; from++) {
                size_t cut = seam_cut(seam_scan_kernel(cpu), text, from);
                cr_assert(cut >= from && cut <= t.size);
                struct pieces all =
                    split_run(s, TEXT_DOCUMENTS, view_slice(text, 0, cut), FEED_WHOLE, RECORD_MAX);
                struct pieces rest =
                    split_run(s, TEXT_DOCUMENTS, view_from(text, cut), FEED_WHOLE, RECORD_MAX);
                for (size_t i = 0; i < rest.count; i++) {
                    rest.at[i].begin += cut;
                    pieces_add(&all, rest.at[i]);
                }
                check_documents(&all, text, cpu_name(cpu));
                free(all.at);
                free(rest.at);
            }
        }
    }
    free(t.data);
    splitter_free(s);
}

Test(splitter, any_bytes_give_the_same_pieces_in_every_kernel_and_feeding)
{
    static const char *const alphabets[] = {"{}\":,[] \n\\a", "}{\"a", "{}[],\" ", "\n2019-:.TZ ",
                                            "{\"a\":1}\n \x01\xEF\xBB\xBF"};
    uint64_t seed = test_seed();
    for (unsigned round = 0; round < 6000; round++) {
        char bytes[300];
        size_t size = random_below(&seed, sizeof(bytes) + 1);
        const char *alphabet = alphabets[random_below(&seed, 5)];
        for (size_t i = 0; i < size; i++)
            bytes[i] = alphabet[random_below(&seed, strlen(alphabet))];
        enum text_form form = (enum text_form)(round % 5);
        size_t bound = round % 3 ? 1000 : 1 + random_below(&seed, 40);

        struct splitter *s = new_splitter(CPU_SCALAR, bound);
        struct pieces first = split_run(s, form, view_of(bytes, size), FEED_WHOLE, bound);
        splitter_free(s);
        for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
            if (!cpu_can(cpu))
                continue;
            s = new_splitter(cpu, bound);
            struct feeding feedings[] = {
                FEED_WHOLE,
                {.step = 1},
                {.random_max = 50, .seed = seed},
                {.random_max = 400, .seed = seed, .takes_documents = true},
            };
            for (size_t i = 0; i < 4; i++) {
                struct pieces p = split_run(s, form, view_of(bytes, size), feedings[i], bound);
                char whole[2000], parts[2000];
                pieces_print(&first, whole, sizeof(whole));
                pieces_print(&p, parts, sizeof(parts));
                cr_assert(pieces_equal(&first, &p),
                          "%s, form %d, bound %zu, seed %lu: %s or %s: %.*s", cpu_name(cpu), form,
                          bound, (unsigned long)test_seed(), whole, parts, (int)size, bytes);
                free(p.at);
            }
            splitter_free(s);
        }
        free(first.at);
    }
}

/* Quadratic work would take minutes here. */
Test(splitter, hostile_text_takes_linear_time, .timeout = 20)
{
    static const char *const units[] = {"}{",       "} {", "}{\"",     "}{\\\"", "\\", "}{\\",
                                        "{\"a\":[", "},{", "},{\"a\"", "\n",     "[{", " ",
                                        "{ ",       "} ",  "2",        "\"",     "{"};
    const size_t size = 3 << 20;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        struct text t = {0};
        text_add_string(&t, "{\"a\":\"");
        while (t.size < size)
            text_add_string(&t, units[i]);
        for (int form = TEXT_DOCUMENTS; form <= TEXT_BINARY; form++) {
            struct splitter *s = new_splitter(CPU_SCALAR, 2 << 20);
            struct pieces p = split_run(s, (enum text_form)form, text_view(&t),
                                        (struct feeding){.step = 256 << 10}, 2 << 20);
            cr_assert_gt(p.count, 0);
            free(p.at);
            splitter_free(s);
        }
        free(t.data);
    }
}

Test(splitter, a_string_of_many_seams_is_one_document)
{
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
        if (!cpu_can(cpu))
            continue;
        struct splitter *s = new_splitter(cpu, 64 << 20);
        struct text t = {0};
        text_add_string(&t, "{\"a\":\"");
        for (unsigned i = 0; i < 500000; i++)
            text_add_string(&t, "}{");
        text_add_string(&t, "\"}");
        size_t document = t.size;
        text_add_string(&t, "{}");
        struct pieces p = split_run(s, TEXT_DOCUMENTS, text_view(&t),
                                    (struct feeding){.step = 64 << 10}, 64 << 20);
        cr_assert_eq(p.count, 2);
        cr_assert_eq(p.at[0].size, document);
        cr_assert_eq(p.at[0].kind, PIECE_DOCUMENT);
        free(p.at);
        free(t.data);
        splitter_free(s);
    }
}
