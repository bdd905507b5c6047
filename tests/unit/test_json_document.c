#include "json_bed.h"

Test(json_document, document_end_is_where_the_grammar_says)
{
    static const struct {
        const char *text;
        size_t end, looked;
    } examples[] = {
        {"{}", 2, 2},
        {"{}}", 2, 2},
        {"[1,2]{\"a\":1}", 5, 5},
        {"{\"a\":[1,{\"b\":\"}\"}]} tail", 19, 19},
        {"{\"a\":\"\xff\n\"}x", 10, 10}, /* what repair mends */
        {"{\"a\":\"\\x\"}", 0, 7},
        {"{\"a\":1", 0, 6},
        {"{\"a\":\"b", 0, 7},
        {"{]", 0, 2},
        {"[1 2]", 0, 4},
        {"[01]", 0, 3},
        {"[tru]", 0, 2},
        {"x", 0, 0},
        {"1", 0, 0},
        {"", 0, 0},
    };
    for (size_t i = 0; i < COUNT(examples); i++) {
        size_t looked = 99;
        cr_assert(json_document_end(view_of_string(examples[i].text), &looked) == examples[i].end,
                  "%s", examples[i].text);
        cr_assert(looked == examples[i].looked, "%s: %zu", examples[i].text, looked);
    }
}

Test(json_document, document_end_agrees_with_the_reference_on_damaged_text)
{
    struct bed bed = bed_new();
    unsigned long seed = random_seed();
    for (unsigned round = 0; round < 100000; round++) {
        char text[DOCUMENT_BYTES_MAX];
        struct view v = make_document(seed + round / 4, text);
        uint64_t state = (seed + round) * 0x9e3779b97f4a7c15u + 3;
        if (round % 4 != 0)
            v = damage(&state, text, v.size);
        v = bed_copy(&bed, v);
        struct reference r = {.text = v, .checks_bytes = false};
        size_t looked;
        size_t end = json_document_end(v, &looked);
        size_t expected = NOT_SOUND;
        if (v.size > 0 && (v.data[0] == '{' || v.data[0] == '['))
            expected = reference_value(&r, 0, 0);
        cr_assert(end == (expected == NOT_SOUND ? 0 : expected), "seed %lu round %u: `%.*s` %zu",
                  seed, round, (int)v.size, v.data, end);
        cr_assert(looked <= v.size && looked >= end, "seed %lu round %u", seed, round);
    }
    bed_done(&bed);
}
