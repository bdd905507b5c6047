#include "decode/zstd_frame.h"

#include <zstd.h>
#include <zstd_errors.h>

enum { MAGIC_BYTES = 4, SKIPPABLE_MASK = 0xf0 };

static const unsigned char frame_magic[MAGIC_BYTES] = {0x28, 0xb5, 0x2f, 0xfd};
static const unsigned char skippable_magic[MAGIC_BYTES] = {0x50, 0x2a, 0x4d, 0x18};

/* The lowest half byte of a skippable frame's magic number is free. */
static bool is_skippable_prefix(struct view in, size_t common)
{
    for (size_t i = 0; i < common; i++) {
        unsigned mask = i == 0 ? SKIPPABLE_MASK : 0xff;
        if (((unsigned char)in.data[i] & mask) != skippable_magic[i])
            return false;
    }
    return true;
}

enum header_rc zstd_header(struct view in, size_t *ret_size)
{
    size_t common = in.size < MAGIC_BYTES ? in.size : MAGIC_BYTES;
    if (memcmp(in.data, frame_magic, common) != 0 && !is_skippable_prefix(in, common))
        return HEADER_BAD;
    if (common < MAGIC_BYTES)
        return HEADER_SHORT;
    *ret_size = 0;
    return HEADER_OK;
}

bool zstd_is_skippable(struct view in)
{
    return in.size >= MAGIC_BYTES && is_skippable_prefix(in, MAGIC_BYTES);
}

size_t zstd_frame_size(struct view in)
{
    size_t size = ZSTD_findFrameCompressedSize(in.data, in.size);
    return ZSTD_isError(size) ? 0 : size;
}

void zstd_done(struct zstd_decoder *z)
{
    ZSTD_freeDCtx(z->context);
    z->context = NULL;
}

static const char *reason_of(size_t result)
{
    switch ((int)ZSTD_getErrorCode(result)) {
    case ZSTD_error_checksum_wrong:
        return "zstd: checksum mismatch";
    case ZSTD_error_frameParameter_windowTooLarge:
        return "zstd: window over 8 MiB";
    case ZSTD_error_dictionary_wrong:
        return "zstd: needs a dictionary";
    default: /* libzstd's enum, not ours */
        return "zstd: invalid data";
    }
}

bool zstd_stream_begin(struct zstd_decoder *z)
{
    if (z->context == NULL) {
        z->context = ZSTD_createDCtx();
        if (z->context == NULL)
            return false;
        ZSTD_DCtx_setParameter(z->context, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX);
    }
    ZSTD_DCtx_reset(z->context, ZSTD_reset_session_only);
    return true;
}

enum member_rc zstd_decode_whole(struct zstd_decoder *z, struct view in, char *out, size_t capacity,
                                 struct member_step *ret)
{
    *ret = (struct member_step){0};
    if (!zstd_stream_begin(z))
        return MEMBER_NO_MEMORY;
    size_t size = zstd_frame_size(in);
    ret->reason = "zstd: invalid data";
    if (size == 0)
        return MEMBER_BAD;
    size_t result = ZSTD_decompressDCtx(z->context, out, capacity, in.data, size);
    if (ZSTD_getErrorCode(result) == ZSTD_error_dstSize_tooSmall)
        return MEMBER_FULL;
    if (ZSTD_isError(result)) {
        ret->reason = reason_of(result);
        return MEMBER_BAD;
    }
    *ret = (struct member_step){.consumed = size, .produced = result};
    return MEMBER_DONE;
}

enum member_rc zstd_stream_step(struct zstd_decoder *z, struct view in, char *out, size_t capacity,
                                struct member_step *ret)
{
    ZSTD_inBuffer from = {in.data, in.size, 0};
    ZSTD_outBuffer to = {out, capacity, 0};
    size_t result;
    do {
        result = ZSTD_decompressStream(z->context, &to, &from);
    } while (result != 0 && !ZSTD_isError(result) && to.pos < to.size && from.pos < from.size);
    *ret = (struct member_step){.consumed = from.pos, .produced = to.pos};
    if (ZSTD_isError(result)) {
        ret->reason = reason_of(result);
        return MEMBER_BAD;
    }
    if (result == 0)
        return MEMBER_DONE;
    return to.pos == to.size ? MEMBER_FULL : MEMBER_SHORT;
}
