/* test_mask.c - what is masked in a text, and what is left. */
#include "alert/mask.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static struct mask_span spans[MASK_SPANS_MAX];

static const char *masked(struct view text, char *to, size_t size)
{
    struct buf out = {0};
    mask_append(&out, text, spans, mask_find(mask_map_scalar, text, spans));
    snprintf(to, size, "%.*s", (int)out.size, out.size > 0 ? out.data : "");
    buf_done(&out);
    return to;
}

struct pair {
    const char *text, *expected;
};

static void check(const struct pair *pairs, size_t count)
{
    char got[8192];
    for (size_t i = 0; i < count; i++) {
        masked(view_of_string(pairs[i].text), got, sizeof(got));
        cr_expect_str_eq(got, pairs[i].expected, "%s\n  gives    %s\n  expected %s", pairs[i].text,
                         got, pairs[i].expected);
    }
}
#define CHECK(pairs) check(pairs, sizeof(pairs) / sizeof(pairs[0]))

Test(mask, emails)
{
    static const struct pair pairs[] = {
        {"no user jane.doe+tag@mail.example.com here", "no user <email> here"},
        {"to=<a_b%c@x-y.co.uk>, cc", "to=<<email>>, cc"},
        {"mail bob@example.com.", "mail <email>."},
        {"npm install left-pad@1.3.0", "npm install left-pad@<float>"},
        {"@decorator and user@localhost", "@decorator and user@localhost"},
    };
    CHECK(pairs);
}

Test(mask, urls)
{
    static const struct pair pairs[] = {
        {"GET https://api.example.com/v1/users/42?x=1 failed", "GET <url> failed"},
        {"(see http://x/y).", "(see <url>)."},
        {"jdbc:mysql://db-1:3306/app timed out", "jdbc:<url> timed out"},
        {"cannot read s3://bucket/a/b.csv: denied", "cannot read <url>: denied"},
        {"'https://a.b/c'", "'<url>'"},
        {"a://", "a://"},
    };
    CHECK(pairs);
}

Test(mask, arns_keep_their_service)
{
    static const struct pair pairs[] = {
        {"not authorized on arn:aws:dynamodb:eu-west-1:123456789012:table/orders",
         "not authorized on arn:aws:dynamodb:<arn>"},
        {"User: arn:aws-cn:sts::123456789012:assumed-role/r/f is not",
         "User: arn:aws-cn:sts:<arn> is not"},
        {"\"arn:aws:s3:::bucket/key\",", "\"arn:aws:s3:<arn>\","},
        {"arn:aws: nothing", "arn:aws: nothing"},
    };
    CHECK(pairs);
}

Test(mask, hosts_but_not_code)
{
    static const struct pair pairs[] = {
        {"getaddrinfo ENOTFOUND db-7.prod.internal", "getaddrinfo ENOTFOUND <host>"},
        {"connect orders.abc123.eu-west-1.rds.amazonaws.com:5432", "connect <host>:<int>"},
        {"at kafka-3.svc.cluster.local.", "at <host>."},
        {"api.example.co.uk refused", "<host> refused"},
        {"java.lang.NullPointerException", "java.lang.NullPointerException"},
        {"com.example.app.Main", "com.example.app.Main"},
        {"index.js and app.py and main.go", "index.js and app.py and main.go"},
        {"logger.info failed in socket.io", "logger.info failed in socket.io"},
        {"Runtime.OutOfMemory", "Runtime.OutOfMemory"},
    };
    CHECK(pairs);
}

Test(mask, ip_addresses)
{
    static const struct pair pairs[] = {
        {"connect ECONNREFUSED 10.0.3.17:5432", "connect ECONNREFUSED <ip>:<int>"},
        {"from 2001:db8::8a2e:370:7334 port", "from <ip> port"},
        {"bind ::1 failed", "bind <ip> failed"},
        {"[fe80::1]", "[<ip>]"},
        {"2001:0db8:85a3:0000:0000:8a2e:0370:7334", "<ip>"},
        {"::ffff:192.0.2.128!", "<ip>!"},
        {"connect ::1:5432 and ::1:54321", "connect <ip> and <ip>"},
        {"2001:db8:: is a net", "<ip> is a net"},
        {"2001:db8::1: bad", "<ip>: bad"},
        {"1:2:3:4:5:6:7", "<int>:<int>:<int>:<int>:<int>:<int>:<int>"},
        {"dead::beef", "dead::beef"},
        {"std::abort", "std::abort"},
        {"1.2.3.4.5", "<float>"},
        {"300.1.1.1", "<float>"},
    };
    CHECK(pairs);
}

Test(mask, trace_ids)
{
    static const struct pair pairs[] = {
        {"traceparent 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
         "traceparent <trace>"},
        {"Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1", "Root=<trace>;Sampled=<int>"},
        {"1-5759e988-bd862e3fe1be46a99427279", "<int>-<hex>-<hex>"},
    };
    CHECK(pairs);
}

Test(mask, uuids_and_request_ids)
{
    static const struct pair pairs[] = {
        {"RequestId: 6bc28136-xxxx", "RequestId: <id>-xxxx"},
        {"(RequestId: 79104EXA-MPLE)", "(RequestId: <id>-MPLE)"},
        {"id 123e4567-e89b-12d3-a456-426614174000.", "id <uuid>."},
        {"id 123E4567-E89B-12D3-A456-426614174000", "id <uuid>"},
        {"123e4567-e89b-12d3-a456-4266141740001", "<hex>-e89b-12d3-a456-<int>"},
        {"request id: 8G6T2VVKQN", "request id: <id>"},
        {"charge ch3MmlLrLkdIwHu7ix failed", "charge <id> failed"},
        {"sha256 with ES256 and utf8mb4", "sha256 with ES256 and utf8mb4"},
    };
    CHECK(pairs);
}

Test(mask, keys_and_temporary_files)
{
    static const struct pair pairs[] = {
        {"NoSuchKey: uploads/2023/01/05/img_12.jpg", "NoSuchKey: <s3_key>"},
        {"Key: reports/summary", "Key: <s3_key>"},
        {"open '/tmp/tmpx8_a1/part.bin'", "open '<path>'"},
        {"in src/v2/handlers/index.js", "in src/v2/handlers/index.js"},
        {"read/write error", "read/write error"},
        {"Error: ENOENT, open '/var/task/cfg.json'", "Error: ENOENT, open '/var/task/cfg.json'"},
    };
    CHECK(pairs);
}

Test(mask, hashes_and_hex)
{
    static const struct pair pairs[] = {
        {"md5 d41d8cd98f00b204e9800998ecf8427e", "md5 <hash>"},
        {"commit da39a3ee5e6b4b0d3255bfef95601890afd80709", "commit <hash>"},
        {"i-0abcd1234ef567890", "i-<hex>"},
        {"at 0x7fff5fbff8a0", "at <hex>"},
        {"deadbeef is a word", "deadbeef is a word"},
        {"code 1a2b3c4 is short", "code 1a2b3c4 is short"},
    };
    CHECK(pairs);
}

Test(mask, dates_and_times)
{
    static const struct pair pairs[] = {
        {"2023-01-05T12:00:00.123Z", "<date>"},
        {"2023-01-05T12:00:00+01:00!", "<date>!"},
        {"2023-01-05 12:00:00,123 x", "<date> x"},
        {"2020/03/27 03:40:05 text", "<date> text"},
        {"on 2023-01-05: bad", "on <date>: bad"},
        {"[05/Jan/2023:12:00:00 +0000] GET", "[<date>] GET"},
        {"Wed, 05 Jan 2023 12:00:00 GMT", "<date>"},
        {"Thu Jan 05 2023 12:00:00 GMT+0000 (Coordinated Universal Time) x", "<date> x"},
        {"January 5, 2023 at noon", "<date> at noon"},
        {"Jan  5 03:04:05 host", "<date> host"},
        {"05.01.2023 or 1/5/2023", "<date> or <date>"},
        {"20230105T120000Z", "<date>"},
        {"2023-01-05 12:00:00.5 +0000 UTC m", "<date> m"},
        {"at 12:34:56 and 3:04:05 PM", "at <date> and <date>"},
        {"index.js:12:34", "index.js:<int>:<int>"},
        {"index.js:12:34:56x", "index.js:<int>:<int>:<int>x"},
        {"may fail; March on; Monday 7", "may fail; March on; Monday <int>"},
        {"2023-13-45", "<int>-<int>-<int>"},
    };
    CHECK(pairs);
}

Test(mask, durations)
{
    static const struct pair pairs[] = {
        {"after 3.00 seconds", "after <duration>"},
        {"took 250ms, 3 ms, 5m, 2h45m, 1m0.5s",
         "took <duration>, <duration>, <duration>, <duration>, <duration>"},
        {"12 \xc2\xb5s", "<duration>"},
        {"3 meters, 5 dogs", "<int> meters, <int> dogs"},
        {"retry in 10 minutes.", "retry in <duration>."},
    };
    CHECK(pairs);
}

Test(mask, numbers)
{
    static const struct pair pairs[] = {
        {"balance -5 and +7.25, 1,234,567", "balance <int> and <float>, <int>"},
        {"x=-5;(-6)", "x=<int>;(<int>)"},
        {"10-20", "<int>-<int>"},
        {"1.5e-7 and 1e10", "<float> and <float>"},
        {"order_1234 order-77 order20231", "order_<int> order-<int> order<int>"},
        {"128MB of 10px, 5xx", "<int>MB of <int>px, 5xx"},
        {"S3 EC2 HTTP2 node3", "S3 EC2 HTTP2 node3"},
        {"12345678 and 123456789012345678901", "<int> and <int>"},
        {"version v1.2.3", "version v1.<float>"},
    };
    CHECK(pairs);
}

Test(mask, status_codes_stay)
{
    static const struct pair pairs[] = {
        {"failed with status code 404", "failed with status code 404"},
        {"{\"statusCode\":503}", "{\"statusCode\":503}"},
        {"Status: 500, code=401", "Status: 500, code=401"},
        {"status 1404 code 999 count 404", "status <int> code <int> count <int>"},
    };
    CHECK(pairs);
}

Test(mask, numbers_of_all_kinds_hash_alike)
{
    static const char *const texts[] = {"id 1234567e", "id 12345678", "id 1234.567",
                                        "id kx93mmd0q2"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct view text = view_of_string(texts[i]);
        struct buf out = {0};
        mask_append_key(&out, text, spans, mask_find(mask_map_scalar, text, spans));
        cr_expect(view_equals(buf_view(&out), VIEW("id <n>")), "%s", texts[i]);
        buf_done(&out);
    }
}

/* A linear congruential generator (Knuth's MMIX constants). */
static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

static uint64_t seed_of_test(void)
{
    const char *given = getenv("MILLRACE_TEST_SEED");
    return given != NULL ? strtoull(given, NULL, 10) : 1;
}

static bool are_sound(size_t count, size_t size)
{
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        if (spans[i].begin < at || spans[i].begin >= spans[i].end || spans[i].end > size ||
            spans[i].mask >= MASK_COUNT)
            return false;
        at = spans[i].end;
    }
    return true;
}

Test(mask, spans_are_ordered_and_inside_whatever_the_bytes)
{
    static const char alphabet[] = "aA1290.:-/@_ ,=<>\"'%fexTZ\x80\xc2\n";
    uint64_t seed = seed_of_test(), state = seed;
    for (unsigned round = 0; round < 20000; round++) {
        /* Of exact size, so that the sanitizer sees a read past the end. */
        size_t size = next_random(&state) % 200;
        char *text = malloc(size + 1);
        for (size_t i = 0; i < size; i++)
            text[i] = alphabet[next_random(&state) % (sizeof(alphabet) - 1)];
        text = realloc(text, size > 0 ? size : 1);
        size_t count = mask_find(mask_map_scalar, view_of(text, size), spans);
        bool ok = are_sound(count, size);
        free(text);
        if (!ok)
            cr_assert_fail("seed %lu round %u", (unsigned long)seed, round);
    }
}

/* With joints and marks at every byte between words no word is passed over: what mask_find() then
 * finds is what the matchers say of every word. */
static void stop_everywhere(struct view text, struct mask_block *ret)
{
    mask_map_scalar(text, ret);
    for (size_t i = 0; i < MASK_BLOCKS(text.size); i++)
        ret[i].joints = ret[i].marks = ~ret[i].words;
    size_t last = text.size % MASK_BLOCK_BYTES;
    ret[text.size / MASK_BLOCK_BYTES].marks &= (UINT64_C(1) << last) - 1;
}

/* Pieces of what is masked and of what is not, cut and joined at random. */
static size_t random_text(uint64_t *state, char *to, size_t bytes_max)
{
    static const char *const pieces[] = {
        "Monday",     ", ",       "January",
        " 2 ",        "15:04:05", "Wednesday, September  1 2020",
        "sept",       " ",        "  ",
        ",",          "user@",    "example.com",
        "https://",   "arn:aws:", "s3:",
        "bucket",     "/tmp/",    "/",
        "::",         "1",        "fe80",
        ":",          "10.0.0.1", "status ",
        "request id", "=",        "kx93mmd0",
        "0x1f",       "deadbeef", "abcdefabcdefabcdefabcdefabcdefab",
        "2020-01-02", "T",        "Z",
        "Root=1-",    "5759e988", "-bd862e3fe1be46a994272793",
        "3.5ms",      " seconds", "a.csv",
        "key ",       "\xc3\xa9", "failed",
        "-",          "_",        ".",
        "%",          "the ",     "May 3 2021",
    };
    size_t size = 0, wanted = next_random(state) % (bytes_max + 1);
    while (size < wanted) {
        const char *piece = pieces[next_random(state) % (sizeof(pieces) / sizeof(*pieces))];
        size_t length = strlen(piece);
        if (next_random(state) % 4 == 0)
            length = 1 + next_random(state) % length;
        length = length < wanted - size ? length : wanted - size;
        memcpy(to + size, piece, length);
        size += length;
        if (next_random(state) % 2 == 0 && size < wanted)
            to[size++] = ' ';
    }
    return size;
}

Test(mask, every_kernel_finds_what_a_look_at_every_word_finds)
{
    enum { ROUNDS = 60000 };
    static struct mask_span expected[MASK_SPANS_MAX];
    static char text[MASK_TEXT_BYTES_MAX];
    uint64_t seed = seed_of_test(), state = seed;
    for (unsigned round = 0; round < ROUNDS; round++) {
        size_t size = random_text(&state, text, round % 100 == 0 ? sizeof(text) : 250);
        /* A long word now and then, and any bytes. */
        for (size_t i = next_random(&state) % 20 == 0 ? 0 : size; i < size && i < 150; i++)
            text[i] = "abcdef"[next_random(&state) % 6];
        for (size_t i = next_random(&state) % 4; i > 0 && size > 0; i--)
            text[next_random(&state) % size] = (char)next_random(&state);
        struct view v = view_of(text, size);
        size_t count = mask_find(stop_everywhere, v, expected);
        for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
            if (mask_map_kernel(cpu) == NULL)
                continue;
            cr_assert(mask_find(mask_map_kernel(cpu), v, spans) == count &&
                          memcmp(spans, expected, count * sizeof(*spans)) == 0,
                      "%s, seed %lu round %u: %.*s", cpu_name(cpu), (unsigned long)seed, round,
                      (int)size, text);
        }
    }
}

static double seconds_for(const char *piece)
{
    char text[MASK_TEXT_BYTES_MAX];
    size_t size = strlen(piece);
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = piece[i % size];
    struct timespec begin, end;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
    for (unsigned i = 0; i < 20; i++)
        mask_find(mask_map_scalar, view_of(text, sizeof(text)), spans);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    return (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
}

Test(mask, hostile_text_costs_no_more_than_a_bounded_look_ahead)
{
    static const char *const pieces[] = {
        "a.",
        "a-",
        "1.",
        "1,111",
        "a@a.",
        "a.a@",
        "1s",
        "1.5s",
        "::",
        "1:",
        "a/1.",
        "=a/b1.c",
        "0x",
        "00-",
        "https:",
        "arn:aws:",
        "1 ",
        "a1",
        "Jan ",
        "request id ",
        "/tmp/",
        "e1e-",
        "12345678-1234-",
        "1/1/",
        "\xc3\xa9",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@",
    };
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        /* A quadratic scan takes 10 ms and more per text even in a plain build;
         * sanitizers cost a factor of ten. */
        double seconds = seconds_for(pieces[i]);
        cr_expect_lt(seconds, 20 * 0.02, "%s: %f s per text", pieces[i], seconds / 20);
    }
}
