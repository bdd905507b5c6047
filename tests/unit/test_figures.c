#include "bench/bench.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* A limit and a stage of three runs each, at 2 and at 0.5 GB/s. */
static struct bench_result result_new(struct figure *figures)
{
    figures[0] = (struct figure){.stage = LIMIT_READ,
                                 .threads = 1,
                                 .bytes = 2000000000,
                                 .json_bytes = 2000000000,
                                 .stored_bytes = 500000000,
                                 .runs = 3,
                                 .seconds = {1.5, 1, 0.5}};
    figures[1] = (struct figure){.stage = STAGE_SPLIT,
                                 .has_kernels = true,
                                 .kernels = CPU_AVX2,
                                 .threads = 1,
                                 .bytes = 2000000000,
                                 .json_bytes = 2000000000,
                                 .stored_bytes = 500000000,
                                 .events = 1000000,
                                 .runs = 3,
                                 .seconds = {4, 3, 4.2}};
    return (struct bench_result){.objects = 2,
                                 .objects_left_out = 7,
                                 .stored_bytes = 500000000,
                                 .json_bytes = 2000000000,
                                 .events = 1000000,
                                 .machine = "a \"processor\"",
                                 .cores = 2,
                                 .runs = 3,
                                 .figures = figures,
                                 .count = 2};
}

Test(figures, medians_and_spread_are_those_of_the_runs)
{
    struct figure f = {.runs = 3, .seconds = {3, 1, 2}};
    cr_expect_float_eq(figure_median_s(&f), 2, 1e-12);
    cr_expect_float_eq(figure_spread(&f), 1, 1e-12);
    f = (struct figure){.runs = 4, .seconds = {1, 4, 2, 3}};
    cr_expect_float_eq(figure_median_s(&f), 2.5, 1e-12);
    f = (struct figure){.runs = 1, .seconds = {7}};
    cr_expect_float_eq(figure_median_s(&f), 7, 1e-12);
    cr_expect_float_eq(figure_spread(&f), 0, 1e-12);
}

Test(figures, the_limit_is_the_one_with_as_many_threads)
{
    struct figure figures[3];
    struct bench_result r = result_new(figures);
    cr_expect_eq(figure_limit(&r, &figures[1]), &figures[0]);
    cr_expect_null(figure_limit(&r, &figures[0]));
    figures[1].threads = 2;
    cr_expect_null(figure_limit(&r, &figures[1]));
    /* Where nothing is inflated, the report is held against memory. */
    figures[2] = (struct figure){.stage = WHOLE_REPORT, .threads = 1};
    r.count = 3;
    cr_expect_eq(figure_limit(&r, &figures[2]), &figures[0]);
    figures[1] = (struct figure){.stage = LIMIT_INFLATE, .threads = 1};
    cr_expect_eq(figure_limit(&r, &figures[2]), &figures[1]);
}

Test(figures, the_table_is_aligned)
{
    struct figure figures[2];
    struct bench_result r = result_new(figures);
    struct buf out = {0};
    figures_append_table(&r, &out);
    static const char wanted[] =
        "2 objects, 500.0 MB stored, 2000.0 MB of JSON, 1000000 events (a sample: 7 objects left "
        "out)\n"
        "a \"processor\", 2 cores; medians of 3 runs, spread from the fastest to the slowest\n"
        "\n"
        "                                   GB/s of  GB/s of  GB/s of   ns per        \n"
        "stage            kernels  threads     JSON   stored    input    event  spread  limit\n"
        "memory read      -              1     2.00    0.500     2.00        -   100 %\n"
        "split            avx2           1    0.500    0.125    0.500   4000.0    30 %  0.25 of "
        "memory read\n"
        "\n"
        "memory read      one pass over the decoded text, from memory\n"
        "split            records told apart, from memory\n";
    cr_expect_eq(out.size, sizeof(wanted) - 1);
    cr_expect_eq(memcmp(out.data, wanted, out.size), 0, "%.*s", (int)out.size, out.data);
    buf_done(&out);
}

Test(figures, json_holds_every_run)
{
    struct figure figures[2];
    struct bench_result r = result_new(figures);
    struct buf out = {0};
    figures_append_json(&r, &out);
    static const char *const wanted[] = {
        "\"machine\":\"a \\\"processor\\\"\",\"cores\":2,\"runs\":3,\"objects\":2,"
        "\"objects_left_out\":7,\"stored_bytes\":500000000,\"json_bytes\":2000000000,"
        "\"events\":1000000,\"figures\":[{\"kind\":\"limit\",\"stage\":\"memory read\","
        "\"kernels\":null,\"threads\":1,",
        "\"seconds\":[1.5,1,0.5]},\n{\"kind\":\"stage\",\"stage\":\"split\",\"kernels\":"
        "\"avx2\",\"threads\":1,\"bytes\":2000000000,\"json_bytes\":2000000000,\"stored_bytes\":"
        "500000000,\"events\":1000000,\"json_gb_per_s\":0.5,\"stored_gb_per_s\":0.125,"
        "\"gb_per_s\":0.5,\"median_s\":4,",
        "\"limit\":\"memory read\",\"of_limit\":0.25,\"seconds\":[4,3,4.2]}]}\n"};
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        size_t at = view_find(buf_view(&out), view_of_string(wanted[i]), 0);
        cr_expect_lt(at, out.size, "%s\nnot in\n%.*s", wanted[i], (int)out.size, out.data);
    }
    buf_done(&out);
}
