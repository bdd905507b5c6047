"""Objects that are small and decode to a great deal, made without decoding them."""

import struct
import zlib

GZIP_HEAD = b"\x1f\x8b\x08\0\0\0\0\0\x02\xff"

# One step of CRC-32 over a zero bit, as a matrix over GF(2).
CRC_BIT = [0xEDB88320] + [1 << bit for bit in range(31)]


def times(matrix, vector):
    total, row = 0, 0
    while vector:
        if vector & 1:
            total ^= matrix[row]
        vector >>= 1
        row += 1
    return total


def crc_append(first, second, second_size):
    """CRC-32 of two texts, one behind the other, from each one's own."""
    matrix = CRC_BIT
    for _ in range(3):  # a bit, two, four, a byte
        matrix = [times(matrix, row) for row in matrix]
    while second_size:
        if second_size & 1:
            first = times(matrix, first)
        matrix = [times(matrix, row) for row in matrix]
        second_size >>= 1
    return first ^ second


def crc_repeated(block, count):
    total, power, size = 0, zlib.crc32(block), len(block)
    while count:
        if count & 1:
            total = crc_append(total, power, size)
        power = crc_append(power, power, size)
        size *= 2
        count >>= 1
    return total


def deflated(data, is_last=False):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush(zlib.Z_FINISH if is_last else zlib.Z_FULL_FLUSH)


def gzip_repeated(block, count, before=b"", after=b""):
    """A sound gzip member of before + block * count + after."""
    crc = crc_append(zlib.crc32(before), crc_repeated(block, count), len(block) * count)
    crc = crc_append(crc, zlib.crc32(after), len(after))
    size = len(before) + len(block) * count + len(after)
    return (GZIP_HEAD + deflated(before) + deflated(block) * count + deflated(after, True) +
            struct.pack("<II", crc, size & 0xFFFFFFFF))
