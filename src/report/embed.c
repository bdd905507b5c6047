/* Build tool: embed NAME FILE [NAME FILE]... OUTPUT
 *
 * Writes a C file that defines `const struct asset NAME` for each FILE: its
 * text as a string literal, and its SHA-256 in base64 as a
 * Content-Security-Policy wants it (CSP level 3, section 2.3.1). Runs on the
 * machine that builds; reads nothing but its arguments. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* SHA-256: FIPS 180-4, sections 4.2.2, 5.1.1, 5.3.3 and 6.2. */
static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate(uint32_t x, unsigned by)
{
    return x >> by | x << (32 - by);
}

static void sha256_block(uint32_t state[8], const unsigned char block[64])
{
    uint32_t w[64], s[8];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
               (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    for (int i = 16; i < 64; i++) {
        uint32_t a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) + w[i - 7] +
               (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
    }
    memcpy(s, state, sizeof(s));
    for (int i = 0; i < 64; i++) {
        uint32_t t1 = s[7] + (rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25)) +
                      ((s[4] & s[5]) ^ (~s[4] & s[6])) + round_constants[i] + w[i];
        uint32_t t2 = (rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22)) +
                      ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 7 * sizeof(*s));
        s[4] += t1;
        s[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++)
        state[i] += s[i];
}

static void sha256(const unsigned char *data, size_t size, unsigned char ret_digest[32])
{
    uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    size_t at = 0;
    for (; size - at >= 64; at += 64)
        sha256_block(state, data + at);
    unsigned char last[128] = {0};
    size_t rest = size - at;
    memcpy(last, data + at, rest);
    last[rest] = 0x80;
    size_t blocks = rest + 9 <= 64 ? 1 : 2;
    for (int i = 0; i < 8; i++)
        last[blocks * 64 - 1 - (size_t)i] = (unsigned char)((uint64_t)size * 8 >> (8 * i));
    for (size_t i = 0; i < blocks; i++)
        sha256_block(state, last + 64 * i);
    for (int i = 0; i < 32; i++)
        ret_digest[i] = (unsigned char)(state[i / 4] >> (24 - 8 * (i % 4)));
}

/* RFC 4648, section 4; 32 bytes give 43 characters and one of padding. */
static void base64(const unsigned char digest[32], char ret[45])
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t used = 0;
    for (size_t i = 0; i < 33; i += 3) {
        uint32_t three = (uint32_t)digest[i] << 16 | (uint32_t)digest[i + 1] << 8 |
                         (i + 2 < 32 ? digest[i + 2] : 0);
        for (int shift = 18; shift >= 0; shift -= 6)
            ret[used++] = letters[three >> shift & 63];
    }
    ret[43] = '=';
    ret[44] = '\0';
}

static void write_literal(FILE *to, const unsigned char *data, size_t size)
{
    fprintf(to, "\n    \"");
    for (size_t i = 0; i < size; i++) {
        if (data[i] == '\n')
            fprintf(to, "\\n\"\n    \"");
        else if (data[i] == '"' || data[i] == '\\' || data[i] == '?')
            fprintf(to, "\\%c", data[i]);
        else if (data[i] < 0x20 || data[i] >= 0x7f)
            fprintf(to, "\\%03o", data[i]);
        else
            fputc(data[i], to);
    }
    fprintf(to, "\"");
}

static int embed(FILE *to, const char *name, const char *path)
{
    enum { FILE_BYTES_MAX = 256 * 1024 };
    FILE *from = fopen(path, "rb");
    unsigned char *data = malloc(FILE_BYTES_MAX);
    if (from == NULL || data == NULL) {
        perror(path);
        free(data);
        if (from != NULL)
            fclose(from);
        return 1;
    }
    size_t size = fread(data, 1, FILE_BYTES_MAX, from);
    int failed = ferror(from) || size == FILE_BYTES_MAX;
    fclose(from);
    unsigned char digest[32];
    char hash[45];
    sha256(data, size, digest);
    base64(digest, hash);
    fprintf(to, "\nconst struct asset %s = {\n    {", name);
    write_literal(to, data, size);
    fprintf(to, ",\n    %zu},\n    {\"%s\", 44},\n};\n", size, hash);
    free(data);
    if (failed)
        fprintf(stderr, "embed: cannot read all of %s\n", path);
    return failed;
}

int main(int argc, char **argv)
{
    if (argc < 4 || argc % 2 != 0) {
        fprintf(stderr, "usage: embed NAME FILE [NAME FILE]... OUTPUT\n");
        return 2;
    }
    FILE *to = fopen(argv[argc - 1], "wb");
    if (to == NULL) {
        perror(argv[argc - 1]);
        return 1;
    }
    int failed = 0;
    fprintf(to, "/* Generated by embed. */\n#include \"report/assets.h\"\n");
    for (int i = 1; i + 2 < argc; i += 2)
        failed |= embed(to, argv[i], argv[i + 1]);
    failed |= fclose(to) != 0;
    return failed;
}
