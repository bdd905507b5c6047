/* Seam kernels against a byte-by-byte search, the fast rule, and cutting. */

#include "split_harness.h"

#define TEXT_BYTES_MAX 4000

/* Looks back from every `{`: written from the definition alone. */
static size_t candidates_naive(struct view text, uint32_t *ret)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] != '{')
            continue;
        size_t j = i;
        while (j > 0 && strchr(" \t\r\n", text.data[j - 1]) && text.data[j - 1] != '\0')
            j--;
        if (j > 0 && text.data[j - 1] == '}')
            ret[count++] = (uint32_t)i;
    }
    return count;
}

static void fill_random(uint64_t *seed, char *text, size_t size)
{
    /* Dense braces, long runs of white space, and ordinary text in turns. */
    static const char *const alphabets[] = {
        "{}",       "}{ \n\t\r",          "{}ab\"",
        "    \n}{", "abcdefgh{}\"\\:,[]", "\x7b\x7d\x5b\x5d\xfb\xfd\x20\xa0"};
    const char *alphabet = alphabets[random_below(seed, 6)];
    size_t letters = strlen(alphabet);
    for (size_t i = 0; i < size; i++)
        text[i] = alphabet[random_below(seed, letters)];
    size_t runs = random_below(seed, 3);
    for (size_t r = 0; r < runs && size > 0; r++) {
        size_t begin = random_below(seed, size);
        memset(text + begin, ' ', random_below(seed, size - begin + 1));
    }
}

/* Scans in calls of at most `max` candidates and feeds that end at `cuts`. */
static size_t scan_in_parts(seam_scan_fn *scan, struct guarded g, struct view text, size_t max,
                            size_t cut, uint32_t *ret)
{
    struct seam_state state = {0};
    size_t total = 0;
    size_t at = 0;
    for (int part = 0; part < 2; part++) {
        size_t end = part == 0 ? cut : text.size;
        struct view fed = guarded_copy(g, view_of(text.data, end));
        while (at < fed.size) {
            uint32_t found[TEXT_BYTES_MAX + 64];
            size_t count = scan(fed, &at, &state, found, max);
            cr_assert(count <= max + 64);
            cr_assert(count >= max || at == fed.size, "stops early without a reason");
            memcpy(ret + total, found, count * sizeof(found[0]));
            total += count;
        }
        cr_assert_eq(at, end);
    }
    return total;
}

static void check_kernel(enum cpu cpu, struct guarded g, struct view text, size_t max, size_t cut)
{
    static uint32_t expected[TEXT_BYTES_MAX], found[TEXT_BYTES_MAX];
    size_t wanted = candidates_naive(text, expected);
    size_t count = scan_in_parts(seam_scan_kernel(cpu), g, text, max, cut, found);
    cr_assert_eq(count, wanted, "%s: %zu candidates, not %zu; seed %lu, max %zu, cut %zu",
                 cpu_name(cpu), count, wanted, (unsigned long)test_seed(), max, cut);
    cr_assert(memcmp(found, expected, count * sizeof(found[0])) == 0, "%s: positions; seed %lu",
              cpu_name(cpu), (unsigned long)test_seed());
}

Test(seam, every_kernel_finds_what_a_search_by_byte_finds)
{
    uint64_t seed = test_seed();
    struct guarded g = guarded_new(TEXT_BYTES_MAX + SLACK_BYTES);
    static char text[TEXT_BYTES_MAX];
    unsigned kernels = 0;
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
        if (seam_scan_kernel(cpu) == NULL)
            continue;
        kernels++;
        for (unsigned round = 0; round < 8000; round++) {
            size_t size = random_below(&seed, round % 16 == 0 ? TEXT_BYTES_MAX : 400);
            fill_random(&seed, text, size);
            size_t max = 1 + random_below(&seed, round % 2 ? 4 : 300);
            check_kernel(cpu, g, view_of(text, size), max, random_below(&seed, size + 1));
        }
    }
    cr_assert_geq(kernels, 1);
    guarded_free(g);
}

Test(seam, a_candidate_is_found_at_every_place_in_a_block_and_over_every_gap)
{
    struct guarded g = guarded_new(TEXT_BYTES_MAX + SLACK_BYTES);
    static char text[TEXT_BYTES_MAX];
    static const size_t gaps[] = {0,   1,   2,   62,  63,  64,   65,  127,
                                  128, 129, 255, 256, 257, 1000, 3000};
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
        if (seam_scan_kernel(cpu) == NULL)
            continue;
        for (size_t lead = 0; lead <= 64; lead++) {
            for (size_t i = 0; i < sizeof(gaps) / sizeof(gaps[0]); i++) {
                size_t size = lead + gaps[i] + 2;
                memset(text, 'x', lead);
                text[lead] = '}';
                memset(text + lead + 1, "\n\t \r"[lead % 4], gaps[i]);
                text[size - 1] = '{';
                for (size_t cut = 0; cut <= size; cut += cut < 70 || size - cut < 70 ? 1 : 37)
                    check_kernel(cpu, g, view_of(text, size), 8, cut);
            }
        }
    }
    guarded_free(g);
}

Test(seam, a_call_may_begin_at_any_byte)
{
    struct guarded g = guarded_new(TEXT_BYTES_MAX + SLACK_BYTES);
    char line[300];
    for (size_t i = 0; i < sizeof(line); i++)
        line[i] = "} {x"[i % 4];
    struct view text = guarded_copy(g, view_of(line, sizeof(line)));
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
        seam_scan_fn *scan = seam_scan_kernel(cpu);
        for (size_t begin = 0; scan != NULL && begin < text.size; begin++) {
            /* What lies before `begin` is only what the state says. */
            for (int after_close = 0; after_close < 2; after_close++) {
                struct seam_state state = {after_close != 0};
                uint32_t found[400];
                size_t at = begin;
                size_t count = scan(text, &at, &state, found, 300);
                bool first_counts = begin % 4 == 0 || (after_close && begin % 4 < 3);
                size_t first = begin / 4 * 4 + (first_counts ? 2 : 6);
                cr_assert_eq(count, (text.size - first + 3) / 4, "%s at %zu", cpu_name(cpu), begin);
                for (size_t i = 0; i < count; i++)
                    cr_assert_eq(found[i], first + 4 * i);
            }
        }
    }
    guarded_free(g);
}

Test(seam, the_state_tells_whether_the_text_ends_behind_a_close)
{
    static const struct {
        const char *text;
        bool after_close;
    } cases[] = {
        {"}", true},    {"} \n\t\r", true}, {"}x", false},       {"}{", false},
        {"{ ", false},  {"} x ", false},    {"}\x0b", false},    {"}}", true},
        {"}\"", false}, {"x}", true},       {"{\"a\":1}", true},
    };
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
        seam_scan_fn *scan = seam_scan_kernel(cpu);
        if (scan == NULL)
            continue;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
            for (size_t lead = 0; lead <= 70; lead++) {
                char text[256] = {0};
                memset(text, 'x', lead);
                strcpy(text + lead, cases[i].text);
                struct seam_state state = {0};
                uint32_t found[80];
                size_t at = 0;
                scan(view_of(text, strlen(text)), &at, &state, found, 16);
                cr_assert_eq(state.after_close, cases[i].after_close, "%s: \"%s\" behind %zu",
                             cpu_name(cpu), cases[i].text, lead);
            }
        }
    }
}

Test(seam, kernels_exist_exactly_where_the_machine_can_run_them)
{
    cr_assert(seam_scan_kernel(CPU_SCALAR) == seam_scan_scalar);
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++)
        cr_assert_eq(seam_scan_kernel(cpu) != NULL, cpu_can(cpu), "%s", cpu_name(cpu));
}

Test(seam, the_fast_rule_takes_what_no_valid_string_can_hold)
{
    static const struct {
        const char *text;
        enum seam_sign sign;
    } cases[] = {
        {"{\"a", SEAM_FAST},    {"{\"\"", SEAM_FAST},   {"{\"\\", SEAM_FAST},
        {"{\"{", SEAM_FAST},    {"{ \"a", SEAM_FAST},   {"{\r\n\t \"m", SEAM_FAST},
        {"{\",", SEAM_PARITY},  {"{\":", SEAM_PARITY},  {"{\"}", SEAM_PARITY},
        {"{\"]", SEAM_PARITY},  {"{\" ", SEAM_PARITY},  {"{\"\t", SEAM_PARITY},
        {"{\"\n", SEAM_PARITY}, {"{\"\r", SEAM_PARITY}, {"{}", SEAM_PARITY},
        {"{\\\"a", SEAM_NEVER}, {"{{", SEAM_NEVER},     {"{ }", SEAM_PARITY},
        {"{ \",", SEAM_PARITY}, {"{x", SEAM_NEVER},     {"{", SEAM_UNKNOWN},
        {"\"\"\"", SEAM_NEVER}, /* cut away under its reader */
        {"{\"", SEAM_UNKNOWN},  {"{ ", SEAM_UNKNOWN},   {"{ \n\"", SEAM_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct view text = view_of_string(cases[i].text);
        cr_assert_eq(seam_sign(text, 0), cases[i].sign, "%s", cases[i].text);
        cr_assert_eq(seam_is_fast(text, 0), cases[i].sign == SEAM_FAST, "%s", cases[i].text);
    }
}

Test(seam, the_fast_rule_looks_over_a_bounded_gap)
{
    char text[SEAM_SPACE_MAX + 8];
    for (size_t gap = SEAM_SPACE_MAX - 1; gap <= SEAM_SPACE_MAX + 1; gap++) {
        memset(text, ' ', sizeof(text));
        text[0] = '{';
        text[gap + 1] = '"';
        text[gap + 2] = 'a';
        enum seam_sign sign = gap <= SEAM_SPACE_MAX ? SEAM_FAST : SEAM_PARITY;
        cr_assert_eq(seam_sign(view_of(text, sizeof(text)), 0), sign, "gap %zu", gap);
        /* A text that ends within the gap gives the same or no answer. */
        for (size_t size = 1; size < gap + 3; size++) {
            enum seam_sign early = seam_sign(view_of(text, size), 0);
            cr_assert(early == SEAM_UNKNOWN || early == sign, "gap %zu, size %zu", gap, size);
        }
    }
}

Test(seam, a_cut_is_the_first_fast_seam_whose_close_may_lie_before)
{
    struct view text = VIEW("{\"a\":\"}{\\\"b\"} \n{\"c\":1}{}{ \"d\":2}{\",\":3}{\"e\":4}"
                            "                                                                ");
    size_t size = text.size - 64;
    text.size = size;
    size_t c = view_find(text, VIEW("{\"c"), 0);
    size_t d = view_find(text, VIEW("{ \"d"), 0);
    size_t e = view_find(text, VIEW("{\"e"), 0);
    cr_assert(c < d && d < e && e < size);
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
        seam_scan_fn *scan = seam_scan_kernel(cpu);
        for (size_t from = 0; scan != NULL && from <= size + 1; from++) {
            size_t wanted = from <= c ? c : from <= d ? d : from <= e ? e : size;
            cr_assert_eq(seam_cut(scan, text, from), wanted, "%s from %zu", cpu_name(cpu), from);
        }
    }
}

Test(seam, a_cut_far_away_is_found_across_windows)
{
    const size_t far_away = 300000;
    char *text = malloc(far_away + 200 + SLACK_BYTES);
    cr_assert(text != NULL);
    memset(text, 'x', far_away + 200 + SLACK_BYTES);
    text[10] = '}';
    memset(text + 11, ' ', far_away - 11); /* one gap across several windows */
    memcpy(text + far_away, "{\"k\":1}", 7);
    struct view view = view_of(text, far_away + 200);
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
        seam_scan_fn *scan = seam_scan_kernel(cpu);
        if (scan == NULL)
            continue;
        static const size_t froms[] = {0, 10, 11, 65535, 65536, 65537, 131072, 299999, 300000};
        for (size_t i = 0; i < sizeof(froms) / sizeof(froms[0]); i++)
            cr_assert_eq(seam_cut(scan, view, froms[i]), far_away, "from %zu", froms[i]);
        cr_assert_eq(seam_cut(scan, view, far_away + 1), view.size);
    }
    free(text);
}
