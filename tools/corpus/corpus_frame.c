#include "corpus_maker.h"

bool frame_gzip(struct maker *m, struct view in, struct buf *out)
{
    size_t bound = libdeflate_gzip_compress_bound(m->compressor, in.size);
    if (!buf_reserve(out, bound))
        return false;
    out->size +=
        libdeflate_gzip_compress(m->compressor, in.data, in.size, out->data + out->size, bound);
    return true;
}

bool frame_zlib(struct maker *m, struct view in, struct buf *out)
{
    size_t bound = libdeflate_zlib_compress_bound(m->compressor, in.size);
    if (!buf_reserve(out, bound))
        return false;
    out->size +=
        libdeflate_zlib_compress(m->compressor, in.data, in.size, out->data + out->size, bound);
    return true;
}

bool frame_base64(struct view in, struct buf *out)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (!buf_reserve(out, (in.size + 2) / 3 * 4))
        return false;
    char *to = out->data + out->size;
    const unsigned char *from = (const unsigned char *)in.data;
    for (size_t at = 0; at < in.size; at += 3) {
        size_t left = in.size - at;
        uint32_t bits = (uint32_t)from[at] << 16;
        bits |= left > 1 ? (uint32_t)from[at + 1] << 8 : 0;
        bits |= left > 2 ? from[at + 2] : 0;
        *to++ = alphabet[bits >> 18];
        *to++ = alphabet[bits >> 12 & 63];
        *to++ = left > 1 ? alphabet[bits >> 6 & 63] : '=';
        *to++ = left > 2 ? alphabet[bits & 63] : '=';
    }
    out->size = (size_t)(to - out->data);
    return true;
}
