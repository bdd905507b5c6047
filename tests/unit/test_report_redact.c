#include "report/redact.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <time.h>

/* Assembled so that no scanner takes this file for a leak. */
#define KEY_ID                                                                                     \
    "AKIA"                                                                                         \
    "IOSFODNN7EXAMPLE"
#define SECRET                                                                                     \
    "wJalrXUtnFEMI"                                                                                \
    "/K7MDENG/bPxRfiCY"                                                                            \
    "EXAMPLEKEY"
#define JWT                                                                                        \
    "eyJhbGciOiJIUzI1NiJ9"                                                                         \
    "."                                                                                            \
    "eyJzdWIiOiIxMjM0In0"                                                                          \
    "."                                                                                            \
    "SflKxwRJSMeKKF2QT4fw"
#define PEM_HEAD                                                                                   \
    "-----BEGIN RSA PRIV"                                                                          \
    "ATE KEY-----"
#define PEM_TAIL                                                                                   \
    "-----END RSA PRIV"                                                                            \
    "ATE KEY-----"

static const struct {
    const char *in, *out;
} rows[] = {
    {"key " KEY_ID " used", "key [redacted AWS key id] used"},
    {"ASIA"
     "QWERTYUIOPASDF12,",
     "[redacted AWS key id],"},
    {"XAKIA"
     "IOSFODNN7EXAMPLE",
     "XAKIA"
     "IOSFODNN7EXAMPLE"},
    {"AKIA"
     "IOSFODNN7EXAMPL",
     "AKIA"
     "IOSFODNN7EXAMPL"},
    {"it is " SECRET ".", "it is [redacted AWS secret key]."},
    {"sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709",
     "sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709"},
    {"aws_secret_access_key = " SECRET, "aws_secret_access_key = [redacted]"},
    {"token " JWT "!", "token [redacted JWT]!"},
    {"eyJub3QganNvbg", "eyJub3QganNvbg"},
    {"Authorization: Bearer abcdef", "Authorization: [redacted]"},
    {"{\"authorization\":\"Basic dXNlcjpwYXNz\"}", "{\"authorization\":\"[redacted]\"}"},
    {"sent Bearer 8c1e5f0aa2b94d1f today", "sent Bearer [redacted] today"},
    {"bearer token expired", "bearer token expired"},
    {"password=hunter2&user=x", "password=[redacted]&user=x"},
    {"password: hunter2, user: x", "password: [redacted], user: x"},
    {"PASSWORD='two words' next", "PASSWORD='[redacted]' next"},
    {"{\"password\":\"hunter2\",\"a\":1}", "{\"password\":\"[redacted]\",\"a\":1}"},
    {"{\"password\" : \"a\\\"b\\\\\", \"a\":1}", "{\"password\" : \"[redacted]\", \"a\":1}"},
    {"\"{\\\"dbPassword\\\":\\\"x y\\\",\\\"a\\\":1}\"",
     "\"{\\\"dbPassword\\\":\\\"[redacted]\\\",\\\"a\\\":1}\""},
    {"{\"password\":null,\"pwd\":\"\",\"secret\":false}",
     "{\"password\":null,\"pwd\":\"\",\"secret\":false}"},
    {"{\"password\":{\"pwd\":\"x\"}}", "{\"password\":{\"pwd\":\"[redacted]\"}}"},
    {"{\"secret\":\"never closed", "{\"secret\":\"[redacted]"},
    {"x-api-key: 12345", "x-api-key: [redacted]"},
    {"clientSecret=abc;x", "clientSecret=[redacted];x"},
    {"Invalid token: expired", "Invalid token: expired"},
    {"token=abc123 x", "token=[redacted] x"},
    {"{\"sessionToken\":\"abc\"}", "{\"sessionToken\":\"[redacted]\"}"},
    {"wrong password", "wrong password"},
    {"postgres://app:s3cret@db.example:5432/x", "postgres://app:[redacted]@db.example:5432/x"},
    {"https://example.com/a:b@c", "https://example.com/a:b@c"},
    {"k " PEM_HEAD "\nMIIE\n" PEM_TAIL " z", "k [redacted private key] z"},
    {PEM_HEAD "\nMIIE", "[redacted private key]"},
    {"-----BEGIN CERTIFICATE-----\nMIIE", "-----BEGIN CERTIFICATE-----\nMIIE"},
    {"nothing to see", "nothing to see"},
    {"", ""},
};

Test(report_redact, takes_out_secrets_and_leaves_the_rest)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf out = {0};
        redact_append(&out, view_of_string(rows[i].in));
        cr_expect(view_equals(buf_view(&out), view_of_string(rows[i].out)), "%s: %.*s", rows[i].in,
                  (int)out.size, out.data);
        buf_done(&out);
    }
}

Test(report_redact, does_nothing_the_second_time)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf once = {0}, twice = {0};
        redact_append(&once, view_of_string(rows[i].in));
        redact_append(&twice, buf_view(&once));
        cr_expect(view_equals(buf_view(&once), buf_view(&twice)), "%s: %.*s", rows[i].in,
                  (int)twice.size, twice.data);
        buf_done(&once);
        buf_done(&twice);
    }
}

Test(report_redact, knows_names_of_secrets)
{
    static const char *const secret[] = {"password", "details.password", "DB_PASSWORD",  "passwd",
                                         "apiKey",   "x-api-key",        "client_secret"};
    static const char *const plain[] = {"code", "uuid 1", "orderId", "secretary", "", "passenger"};
    for (size_t i = 0; i < sizeof(secret) / sizeof(secret[0]); i++)
        cr_expect(redact_is_secret_name(view_of_string(secret[i])), "%s", secret[i]);
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
        cr_expect(!redact_is_secret_name(view_of_string(plain[i])), "%s", plain[i]);
}

/* Each unit invites every rule to look far ahead. 4 MB take well under a second
 * when time is linear, hours when it is quadratic. */
Test(report_redact, time_is_linear_on_text_that_invites_long_looks, .timeout = 20)
{
    static const char *const units[] = {
        "eyJ-",
        "eyJaaaaaaaaaa.eyJ",
        "password={",
        "password=\"{",
        "password=\\\"",
        "://a:",
        "Bearer ",
        "token: ",
        "-----BEGIN ",
        "AKIA",
        "a",
        "\\",
        "\"",
        "authorization: ",
        "A1a/+",
        "password='",
        "-----BEGIN X PRIV"
        "ATE KEY-----",
        "pwd:\\\\\\\"",
    };
    enum { SIZE = 4 * 1000 * 1000 };
    char *text = malloc(SIZE);
    cr_assert_not_null(text);
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        size_t unit = strlen(units[i]);
        for (size_t at = 0; at < SIZE; at++)
            text[at] = units[i][at % unit];
        struct buf out = {0};
        clock_t begin = clock();
        redact_append(&out, view_of(text, SIZE));
        double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
        cr_expect_lt(seconds, 2.0, "%s takes %.1f s", units[i], seconds);
        buf_done(&out);
    }
    free(text);
}
