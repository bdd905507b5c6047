#include "report/redact.h"

/* What to take out and what to write instead. */
struct span {
    size_t begin, end;
    const char *text;
};

/* The scan goes word by word. Each rule looks at a place once and either takes
 * a span, which is never looked at again, or stops within the current word or
 * a bounded number of following ones: linear over all. */

static bool is_upper(char byte)
{
    return byte >= 'A' && byte <= 'Z';
}

static bool is_lower(char byte)
{
    return byte >= 'a' && byte <= 'z';
}

static bool is_alnum(char byte)
{
    return is_upper(byte) || is_lower(byte) || byte_is_digit(byte);
}

static bool is_name(char byte)
{
    return is_alnum(byte) || byte == '_' || byte == '-';
}

static bool is_base64(char byte)
{
    return is_alnum(byte) || byte == '+' || byte == '/';
}

static char lower(char byte)
{
    return is_upper(byte) ? (char)(byte - 'A' + 'a') : byte;
}

static size_t run_of(struct view v, size_t at, bool (*is_member)(char))
{
    size_t end = at;
    while (end < v.size && is_member(v.data[end]))
        end++;
    return end;
}

/* Access key ids: a four letter kind, then 16 characters of base 32. */
static bool is_aws_key_id(struct view word)
{
    if (word.size != 20 || (memcmp(word.data, "AKIA", 4) != 0 && memcmp(word.data, "ASIA", 4) != 0))
        return false;
    for (size_t i = 4; i < word.size; i++) {
        if (!is_upper(word.data[i]) && !byte_is_digit(word.data[i]))
            return false;
    }
    return true;
}

/* Secret access keys are 40 characters of base64. So is a SHA-1 in hex, and
 * some paths and names are as long: those lack the mix that random base64 has
 * (one secret in several hundred lacks it). */
enum { AWS_SECRET_BYTES = 40, MIX_LETTERS_MIN = 5, MIX_DIGITS_MIN = 1 };

static bool is_aws_secret(struct view word)
{
    if (word.size != AWS_SECRET_BYTES)
        return false;
    unsigned uppers = 0, lowers = 0, digits = 0;
    for (size_t i = 0; i < word.size; i++) {
        uppers += is_upper(word.data[i]);
        lowers += is_lower(word.data[i]);
        digits += byte_is_digit(word.data[i]);
    }
    return uppers >= MIX_LETTERS_MIN && lowers >= MIX_LETTERS_MIN && digits >= MIX_DIGITS_MIN;
}

/* End of a JWT that begins at `at`, or `at`: three runs of base64url, of which
 * the first begins as `{"` does and the last may be empty (unsigned). */
static size_t jwt_end(struct view v, size_t at)
{
    if (!view_starts_with(view_from(v, at), VIEW("eyJ")))
        return at;
    size_t header = run_of(v, at, is_name);
    if (header - at < 10 || header == v.size || v.data[header] != '.')
        return at;
    size_t claims = run_of(v, header + 1, is_name);
    if (claims - header < 4 || claims == v.size || v.data[claims] != '.')
        return at;
    return run_of(v, claims + 1, is_name);
}

/* The name in lower case without _ and -, its end if it is longer. */
enum { NAME_BYTES_MAX = 40 };

static size_t fold_name(struct view name, char ret[NAME_BYTES_MAX])
{
    size_t size = 0;
    for (size_t i = name.size > NAME_BYTES_MAX ? name.size - NAME_BYTES_MAX : 0; i < name.size;
         i++) {
        if (name.data[i] != '_' && name.data[i] != '-')
            ret[size++] = lower(name.data[i]);
    }
    return size;
}

enum secret { SECRET_NONE, SECRET_VALUE, SECRET_TOKEN, SECRET_CREDENTIALS };

static enum secret secret_named(struct view word)
{
    static const struct {
        struct view part;
        bool is_end; /* counts only where the name ends with it */
        enum secret secret;
    } names[] = {
        {{"password", 8}, false, SECRET_VALUE},
        {{"passwd", 6}, false, SECRET_VALUE},
        {{"passphrase", 10}, true, SECRET_VALUE},
        {{"pwd", 3}, true, SECRET_VALUE},
        {{"secret", 6}, true, SECRET_VALUE},
        {{"secretkey", 9}, false, SECRET_VALUE},
        {{"secretaccesskey", 15}, false, SECRET_VALUE},
        {{"secretstring", 12}, true, SECRET_VALUE},
        {{"apikey", 6}, true, SECRET_VALUE},
        {{"privatekey", 10}, true, SECRET_VALUE},
        {{"token", 5}, true, SECRET_TOKEN},
        {{"authorization", 13}, true, SECRET_CREDENTIALS},
    };
    char held[NAME_BYTES_MAX];
    struct view name = view_of(held, fold_name(word, held));
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct view part = names[i].part;
        if (names[i].is_end ? view_ends_with(name, part) : view_find(name, part, 0) < name.size)
            return names[i].secret;
    }
    return SECRET_NONE;
}

bool redact_is_secret_name(struct view name)
{
    return secret_named(name) != SECRET_NONE;
}

/* A quote and the backslashes before it: JSON inside JSON has one, three, …. */
struct quote {
    char mark; /* 0: none */
    size_t backslashes;
};

static size_t skip_quote(struct view v, size_t at, struct quote *ret)
{
    size_t end = at;
    while (end < v.size && v.data[end] == '\\')
        end++;
    if (end == v.size || (v.data[end] != '"' && v.data[end] != '\'')) {
        *ret = (struct quote){0};
        return at;
    }
    *ret = (struct quote){v.data[end], end - at};
    return end + 1;
}

/* Where the value opened by `quote` ends: before its closing quote with that
 * quote's backslashes; quotes inside the value carry more of them. */
static size_t quoted_end(struct view v, size_t at, struct quote quote)
{
    size_t run = 0;
    for (; at < v.size; at++) {
        if (v.data[at] == quote.mark && run % (2 * (quote.backslashes + 1)) == quote.backslashes)
            return at - quote.backslashes;
        run = v.data[at] == '\\' ? run + 1 : 0;
    }
    return at;
}

static bool is_bare(char byte)
{
    return byte != '\0' && memchr(" \t\r\n,;&)]}\"'<>", byte, 14) == NULL;
}

static size_t skip_spaces(struct view v, size_t at)
{
    while (at < v.size && (v.data[at] == ' ' || v.data[at] == '\t'))
        at++;
    return at;
}

/* Says nothing, and is what stands where there is no secret. */
static bool is_plain_word(struct view word)
{
    return word.size == 0 || view_equals(word, VIEW("null")) || view_equals(word, VIEW("true")) ||
           view_equals(word, VIEW("false"));
}

/* The end of `Bearer xyz` and its like: a scheme and one more word. */
static size_t credentials_end(struct view v, size_t at)
{
    size_t scheme = run_of(v, at, is_bare);
    size_t next = skip_spaces(v, scheme);
    return next > scheme ? run_of(v, next, is_bare) : scheme;
}

/* The value behind a key whose name ends at `at`; false where there is none to
 * take. What is refused is refused before it is scanned. */
static bool find_value(struct view v, size_t at, enum secret secret, struct span *ret)
{
    struct quote quote;
    at = skip_spaces(v, skip_quote(v, at, &quote));
    bool is_key_quoted = quote.mark != 0;
    if (at == v.size || (v.data[at] != '=' && v.data[at] != ':'))
        return false;
    bool is_prose = v.data[at] == ':' && !is_key_quoted;
    size_t separator_end = at + 1;
    at = skip_quote(v, skip_spaces(v, separator_end), &quote);
    if (at == v.size)
        return false;
    size_t end;
    if (quote.mark) {
        end = quoted_end(v, at, quote);
    } else {
        /* What is inside an object is looked at by itself. */
        if (v.data[at] == '{' || v.data[at] == '[')
            return false;
        /* "Invalid token: expired" says what is wrong and holds no secret. */
        if (secret == SECRET_TOKEN && is_prose && at > separator_end)
            return false;
        end = secret == SECRET_CREDENTIALS ? credentials_end(v, at) : run_of(v, at, is_bare);
    }
    if (is_plain_word(view_slice(v, at, end)))
        return false;
    *ret = (struct span){at, end, "[redacted]"};
    return true;
}

static bool is_token68(char byte)
{
    return is_base64(byte) || byte == '-' || byte == '.' || byte == '_' || byte == '~' ||
           byte == '=';
}

/* `Bearer` is also an English word: what follows is a token if it is long or
 * has a digit. */
static bool find_bearer(struct view v, struct view word, size_t word_end, struct span *ret)
{
    enum { TOKEN_BYTES_MIN = 4, TOKEN_BYTES_LONG = 16 };
    char folded[NAME_BYTES_MAX];
    if (!view_equals(view_of(folded, fold_name(word, folded)), VIEW("bearer")))
        return false;
    size_t begin = skip_spaces(v, word_end), end = run_of(v, begin, is_token68);
    bool has_digit = false;
    for (size_t i = begin; i < end; i++)
        has_digit |= byte_is_digit(v.data[i]);
    if (begin == word_end || end - begin < (has_digit ? TOKEN_BYTES_MIN : TOKEN_BYTES_LONG))
        return false;
    *ret = (struct span){begin, end, "[redacted]"};
    return true;
}

/* A PEM private key (RFC 7468) from `at` to the end of its last line, or of the
 * text where that was cut off. */
static bool find_pem(struct view v, size_t at, struct span *ret)
{
    enum { HEAD_BYTES_MAX = 64 }; /* the longest label in use is OPENSSH PRIVATE KEY's kind */
    struct view rest = view_from(v, at);
    if (!view_starts_with(rest, VIEW("-----BEGIN ")))
        return false;
    struct view head = rest.size > HEAD_BYTES_MAX ? view_slice(rest, 0, HEAD_BYTES_MAX) : rest;
    if (view_find(head, VIEW("PRIVATE KEY-----"), 0) == head.size)
        return false;
    size_t end = view_find(rest, VIEW("-----END "), 11);
    if (end < rest.size)
        end = view_find(rest, VIEW("-----"), end + 9);
    *ret = (struct span){at, end < rest.size ? at + end + 5 : v.size, "[redacted private key]"};
    return true;
}

/* `user:password@` behind the `://` that ends at `at`. */
static bool find_userinfo(struct view v, size_t at, struct span *ret)
{
    size_t colon = v.size;
    for (size_t i = at; i < v.size; i++) {
        char byte = v.data[i];
        if (byte == '@' && colon < i) {
            *ret = (struct span){colon + 1, i, "[redacted]"};
            return i > colon + 1;
        }
        if (byte == ':' && colon == v.size)
            colon = i;
        if (byte == '@' || byte == '/' || byte == '"' || byte == '\'' || byte_is_space(byte))
            return false;
    }
    return false;
}

/* Rules that look at a whole name: it begins at `at`. */
static bool find_at_name(struct view v, size_t at, struct span *ret)
{
    if (find_pem(v, at, ret))
        return true;
    size_t jwt = jwt_end(v, at);
    if (jwt > at) {
        *ret = (struct span){at, jwt, "[redacted JWT]"};
        return true;
    }
    size_t end = run_of(v, at, is_name);
    struct view name = view_slice(v, at, end);
    enum secret secret = secret_named(name);
    if (secret != SECRET_NONE && find_value(v, end, secret, ret))
        return true;
    return find_bearer(v, name, end, ret);
}

/* A secret whose look-out begins at `at`. */
static bool find_secret(struct view v, size_t at, struct span *ret)
{
    char before = at > 0 ? v.data[at - 1] : ' ';
    if (is_name(v.data[at]) && !is_name(before) && find_at_name(v, at, ret))
        return true;
    if (is_alnum(v.data[at]) && !is_alnum(before)) {
        size_t end = run_of(v, at, is_alnum);
        if (is_aws_key_id(view_slice(v, at, end))) {
            *ret = (struct span){at, end, "[redacted AWS key id]"};
            return true;
        }
    }
    if (is_base64(v.data[at]) && !is_base64(before)) {
        size_t end = run_of(v, at, is_base64);
        if (is_aws_secret(view_slice(v, at, end))) {
            *ret = (struct span){at, end, "[redacted AWS secret key]"};
            return true;
        }
    }
    return at >= 3 && memcmp(v.data + at - 3, "://", 3) == 0 && find_userinfo(v, at, ret);
}

void redact_append(struct buf *out, struct view v)
{
    for (size_t at = 0; at < v.size;) {
        struct span span;
        if (find_secret(v, at, &span)) {
            buf_append(out, v.data + at, span.begin - at);
            buf_append(out, span.text, strlen(span.text));
            at = span.end;
            continue;
        }
        size_t end = run_of(v, at, is_alnum);
        end = end > at ? end : at + 1;
        buf_append(out, v.data + at, end - at);
        at = end;
    }
}
