#include "decode/sniff.h"

#include "decode/base64.h"
#include "decode/gzip.h"
#include "decode/zstd_frame.h"
#include "util/text.h"

#define BYTE_ORDER_MARK VIEW("\xef\xbb\xbf")

bool sniff_is_binary(struct view head)
{
    head = view_slice(head, 0, head.size < SNIFF_BYTES ? head.size : SNIFF_BYTES);
    for (size_t at = 0; at < head.size;) {
        unsigned char byte = (unsigned char)head.data[at];
        if (byte < 8 || (byte >= 14 && byte <= 26))
            return true;
        unsigned length = utf8_length(head, at);
        if (length == 0 && head.size - at >= 4)
            return true;
        at += length > 0 ? length : 1;
    }
    return false;
}

/* `x^`, `x\x01` and their like also begin words; deflate data soon shows bytes
 * that no text has, and its first block has no type 3 (RFC 1951, 3.2.3). */
static bool is_zlib(struct view head)
{
    size_t size;
    if (zlib_header(head, &size) != HEADER_OK)
        return false;
    if (head.size > size && ((unsigned char)head.data[size] >> 1 & 3) == 3)
        return false;
    return sniff_is_binary(head);
}

static bool is_gzip(struct view head)
{
    struct view magic = GZIP_MAGIC;
    return view_starts_with(head, magic) || view_equals(head, view_slice(magic, 0, 2));
}

static enum layer_kind binary_kind(struct view head)
{
    size_t size;
    if (is_gzip(head))
        return LAYER_GZIP;
    if (head.size >= 4 && zstd_header(head, &size) == HEADER_OK)
        return LAYER_ZSTD;
    return is_zlib(head) ? LAYER_ZLIB : LAYER_TEXT;
}

static bool is_base64(struct view head)
{
    struct base64_decoder d = {0};
    char bytes[SNIFF_BYTES + 3];
    struct base64_step step = base64_decode_step(&d, head, bytes, sizeof(bytes));
    if (step.is_bad || binary_kind(view_of(bytes, step.produced)) == LAYER_TEXT)
        return false;
    return base64_is_text(head);
}

struct sniffed sniff_layer(struct view head)
{
    static const struct {
        struct view magic;
        const char *reason;
    } refused[] = {
        {VIEW("\x1f\xef\xbf\xbd\x08"), "gzip destroyed by a UTF-8 conversion"},
        {VIEW("\xff\x06\x00\x00sNaPpY"), "snappy is not supported"},
        {VIEW("PK\x03\x04"), "zip is not supported"},
    };
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        if (view_starts_with(head, refused[i].magic))
            return (struct sniffed){LAYER_REFUSED, refused[i].reason};
    }
    enum layer_kind kind = binary_kind(head);
    if (kind == LAYER_TEXT && is_base64(head))
        kind = LAYER_BASE64;
    return (struct sniffed){kind, NULL};
}

static size_t skip_space(struct view head, size_t at)
{
    while (at < head.size && byte_is_space(head.data[at]))
        at++;
    return at;
}

static size_t first_byte(struct view head)
{
    size_t at = skip_space(head, 0);
    if (view_starts_with(view_from(head, at), BYTE_ORDER_MARK))
        at = skip_space(head, at + BYTE_ORDER_MARK.size);
    return at;
}

bool sniff_is_object(struct view head)
{
    size_t at = first_byte(head);
    return at < head.size && head.data[at] == '{';
}

bool sniff_is_documents(struct view head)
{
    size_t at = first_byte(head);
    if (at < head.size && head.data[at] == '[')
        at = skip_space(head, at + 1);
    return at < head.size && head.data[at] == '{';
}
