#include "decode/sniff.h"
#include "decode_members.h"

Test(sniff, knows_layers_by_their_magic_numbers)
{
    static const struct {
        struct view head;
        enum layer_kind kind;
    } cases[] = {
        {VIEW(""), LAYER_TEXT},
        {VIEW("\x1f\x8b\x08\x00"), LAYER_GZIP},
        {VIEW("\x1f\x8b"), LAYER_GZIP},
        {VIEW("\x1f\x8b\x07\x00"), LAYER_TEXT},
        {VIEW("\x1f"), LAYER_TEXT},
        {VIEW("\x28\xb5\x2f\xfd"), LAYER_ZSTD},
        {VIEW("\x28\xb5\x2f"), LAYER_TEXT},
        {VIEW("\x50\x2a\x4d\x18"), LAYER_ZSTD},
        {VIEW("\x5f\x2a\x4d\x18"), LAYER_ZSTD},
        {VIEW("\x60\x2a\x4d\x18"), LAYER_TEXT},
        {VIEW("\x78\x9c\x03\x00\x00\x00\x00\x01"), LAYER_ZLIB},
        {VIEW("\x78\x01\x03\x00"), LAYER_ZLIB},
        {VIEW("\x78\x5e\x03\x00"), LAYER_ZLIB},
        {VIEW("\x78\xda\x03\x00"), LAYER_ZLIB},
        {VIEW("\x78\x9d\x03\x00"), LAYER_TEXT}, /* header check */
        {VIEW("\x78\xbb\x03\x00"), LAYER_TEXT}, /* preset dictionary */
        {VIEW("\x78\x9c\x06\x00"), LAYER_TEXT}, /* block type 3 */
        {VIEW("x^2 + y^2 = z^2\n"), LAYER_TEXT},
        {VIEW("{\"a\":1}"), LAYER_TEXT},
        {VIEW("H4sIAAAA"), LAYER_BASE64},
        {VIEW(" H4sIAAAA\n"), LAYER_BASE64},
        {VIEW("KLUv/QAA"), LAYER_BASE64},
        {VIEW("eJwDAAAAAAE="), LAYER_BASE64},
        {VIEW("H4sIAAAA but not only"), LAYER_TEXT},
        {VIEW("Zm9vYmFy"), LAYER_TEXT},
        {VIEW("SDRzSUFBQUE="), LAYER_TEXT}, /* base64 of base64 */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        cr_expect_eq(sniff_layer(cases[i].head).kind, cases[i].kind, "case %zu", i);
}

Test(sniff, names_what_is_not_read)
{
    static const struct {
        struct view head;
        const char *reason;
    } cases[] = {
        {VIEW("\x1f\xef\xbf\xbd\x08\x00"), "gzip destroyed by a UTF-8 conversion"},
        {VIEW("\xff\x06\x00\x00sNaPpY\x01"), "snappy is not supported"},
        {VIEW("PK\x03\x04\x14\x00"), "zip is not supported"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct sniffed sniffed = sniff_layer(cases[i].head);
        cr_expect_eq(sniffed.kind, LAYER_REFUSED);
        cr_expect_str_eq(sniffed.reason, cases[i].reason);
    }
}

Test(sniff, sees_where_json_documents_start)
{
    static const struct {
        struct view head;
        bool is_object, is_documents;
    } cases[] = {
        {VIEW("{"), true, true},
        {VIEW(" \r\n\t{"), true, true},
        {VIEW("\xef\xbb\xbf{"), true, true},
        {VIEW("\xef\xbb\xbf \n{"), true, true},
        {VIEW("[{"), false, true},
        {VIEW("[ \n{"), false, true},
        {VIEW("[1,{"), false, false},
        {VIEW("["), false, false},
        {VIEW(""), false, false},
        {VIEW("\xef\xbb{"), false, false},
        {VIEW("a{"), false, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cr_expect_eq(sniff_is_object(cases[i].head), cases[i].is_object, "case %zu", i);
        cr_expect_eq(sniff_is_documents(cases[i].head), cases[i].is_documents, "case %zu", i);
    }
}

/* Whatever zlib writes is known again, at every level and size. */
Test(sniff, knows_every_zlib_stream)
{
    uint64_t seed = test_seed(), random = seed;
    for (int round = 0; round < 500; round++) {
        struct buf text = {0}, bytes = {0};
        put_documents(&text, test_random(&random) % 300, &random);
        put_deflate(&bytes, buf_view(&text), 15, round % 10);
        cr_assert_eq(sniff_layer(buf_view(&bytes)).kind, LAYER_ZLIB, "seed %llu round %d",
                     (unsigned long long)seed, round);
        buf_done(&text);
        buf_done(&bytes);
    }
}
