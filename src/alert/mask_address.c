#include "alert/mask_match.h"

enum {
    LOCAL_BYTES_MAX = 64, /* RFC 5321, section 4.5.3.1 */
    DOMAIN_BYTES_MAX = 255,
    ARN_FIELD_BYTES_MAX = 32, /* partition, service */
    IPV6_BYTES_MAX = 45,
};

static bool is_local_part(char byte)
{
    return (mask_is_word(byte) && (unsigned char)byte < 0x80) || byte == '.' || byte == '_' ||
           byte == '%' || byte == '+' || byte == '-';
}

static bool is_host_byte(char byte)
{
    return byte_is_digit(byte) || (byte >= 'a' && byte <= 'z') || byte == '-' || byte == '.';
}

static bool is_domain_byte(char byte)
{
    return is_host_byte(byte) || (byte >= 'A' && byte <= 'Z');
}

size_t mask_match_email(struct view text, size_t begin, size_t at_sign)
{
    if (at_sign == begin || at_sign - begin > LOCAL_BYTES_MAX)
        return 0;
    for (size_t i = begin; i < at_sign; i++) {
        if (!is_local_part(text.data[i]))
            return 0;
    }
    size_t end = at_sign + 1, dot = 0;
    while (end - at_sign <= DOMAIN_BYTES_MAX && is_domain_byte(mask_byte(text, end)))
        end++;
    while (end > at_sign + 1 && (text.data[end - 1] == '.' || text.data[end - 1] == '-'))
        end--;
    for (size_t i = at_sign + 1; i < end; i++)
        dot = text.data[i] == '.' ? i : dot;
    /* The last label is alphabetic, unlike that of `package@1.2.3`. */
    bool is_named = dot != 0 && end - dot > 2 && mask_is_letter(text.data[dot + 1]);
    return is_named ? end : 0;
}

static bool ends_url(char byte)
{
    return (unsigned char)byte <= ' ' || byte == '"' || byte == '\'' || byte == '<' ||
           byte == '>' || byte == '`' || byte == '{' || byte == '}' || byte == '|' ||
           byte == '\\' || byte == '^' || byte == ')';
}

static bool is_closing_mark(char byte)
{
    return byte == '.' || byte == ',' || byte == ';' || byte == ':' || byte == '!' || byte == '?' ||
           byte == ']';
}

size_t mask_match_url(struct view text, size_t begin, size_t scheme_end)
{
    if (!mask_is_letter(text.data[begin]) || mask_byte(text, scheme_end + 1) != '/' ||
        mask_byte(text, scheme_end + 2) != '/')
        return 0;
    size_t rest = scheme_end + 3, end = rest;
    while (end < text.size && !ends_url(text.data[end]))
        end++;
    while (end > rest && is_closing_mark(text.data[end - 1]))
        end--;
    return end > rest ? end : 0;
}

/* The colon that ends a field of lower-case letters, digits and `-`, or 0. */
static size_t arn_field_end(struct view text, size_t begin)
{
    size_t end = begin;
    while (end - begin < ARN_FIELD_BYTES_MAX && mask_byte(text, end) != '.' &&
           is_host_byte(mask_byte(text, end)))
        end++;
    return end > begin && mask_byte(text, end) == ':' ? end : 0;
}

size_t mask_match_arn(struct view text, size_t begin, size_t *ret_begin)
{
    if (!view_starts_with(view_from(text, begin), VIEW("arn:")))
        return 0;
    size_t partition = arn_field_end(text, begin + 4);
    size_t service = partition != 0 ? arn_field_end(text, partition + 1) : 0;
    if (service == 0)
        return 0;
    size_t end = service + 1;
    while (end < text.size && !ends_url(text.data[end]) && text.data[end] != ',' &&
           text.data[end] != ';' && text.data[end] != ']')
        end++;
    while (end > service + 1 && is_closing_mark(text.data[end - 1]))
        end--;
    if (end == service + 1)
        return 0;
    *ret_begin = service + 1;
    return end;
}

static bool is_one_of(struct view word, const struct view *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (view_equals(word, words[i]))
            return true;
    }
    return false;
}

/* Dotted names in code look like hosts: `socket.io`, `logger.info`, `app.py`.
 * So a host's last label is one of these, of which the second row needs two
 * labels before it, and its first label does not begin a package name. */
static bool is_top_domain(struct view label, unsigned labels_before)
{
    static const struct view sure[] = {
        VIEW("com"),  VIEW("net"),      VIEW("org"),         VIEW("edu"),
        VIEW("gov"),  VIEW("internal"), VIEW("local"),       VIEW("lan"),
        VIEW("corp"), VIEW("intranet"), VIEW("localdomain"),
    };
    static const struct view likely[] = {
        VIEW("io"),   VIEW("dev"), VIEW("cloud"), VIEW("co"),   VIEW("uk"),   VIEW("us"),
        VIEW("eu"),   VIEW("de"),  VIEW("fr"),    VIEW("es"),   VIEW("it"),   VIEW("nl"),
        VIEW("be"),   VIEW("ch"),  VIEW("se"),    VIEW("no"),   VIEW("dk"),   VIEW("fi"),
        VIEW("pl"),   VIEW("cz"),  VIEW("pt"),    VIEW("ie"),   VIEW("ca"),   VIEW("au"),
        VIEW("nz"),   VIEW("jp"),  VIEW("cn"),    VIEW("in"),   VIEW("br"),   VIEW("mx"),
        VIEW("za"),   VIEW("kr"),  VIEW("sg"),    VIEW("hk"),   VIEW("tw"),   VIEW("ru"),
        VIEW("ai"),   VIEW("aws"), VIEW("biz"),   VIEW("arpa"), VIEW("tech"), VIEW("online"),
        VIEW("site"), VIEW("xyz"),
    };
    if (labels_before >= 1 && is_one_of(label, sure, sizeof(sure) / sizeof(sure[0])))
        return true;
    return labels_before >= 2 && is_one_of(label, likely, sizeof(likely) / sizeof(likely[0]));
}

static bool begins_package_name(struct view host)
{
    static const struct view roots[] = {
        VIEW("com."),  VIEW("org."),   VIEW("net."), VIEW("io."),
        VIEW("java."), VIEW("javax."), VIEW("jdk."), VIEW("dev."),
    };
    for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
        if (view_starts_with(host, roots[i]))
            return true;
    }
    return false;
}

size_t mask_match_host(struct view text, size_t begin, size_t *ret_looked)
{
    size_t end = begin, label = begin;
    unsigned labels_before = 0;
    while (is_host_byte(mask_byte(text, end)))
        end++;
    *ret_looked = end;
    if (mask_is_word(mask_byte(text, end)) || mask_byte(text, end) == '_')
        return 0;
    while (end > begin && (text.data[end - 1] == '.' || text.data[end - 1] == '-'))
        end--;
    for (size_t i = begin; i < end; i++) {
        if (text.data[i] != '.')
            continue;
        labels_before += i > label;
        label = i + 1;
    }
    bool is_host = is_top_domain(view_slice(text, label, end), labels_before) &&
                   !begins_package_name(view_slice(text, begin, end));
    return is_host ? end : 0;
}

size_t mask_match_ipv4(struct view text, size_t begin)
{
    if (begin >= 2 && text.data[begin - 1] == '.' && byte_is_digit(text.data[begin - 2]))
        return 0;
    size_t at = begin;
    for (unsigned part = 0; part < 4; part++) {
        size_t digits = mask_digits(text, at, 4);
        unsigned value = 0;
        for (size_t i = 0; i < digits && digits <= 3; i++)
            value = value * 10 + (unsigned)(text.data[at + i] - '0');
        if (digits == 0 || digits > 3 || value > 255)
            return 0;
        at += digits;
        if (part < 3 && mask_byte(text, at++) != '.')
            return 0;
    }
    bool goes_on = mask_is_word(mask_byte(text, at)) ||
                   (mask_byte(text, at) == '.' && byte_is_digit(mask_byte(text, at + 1)));
    return goes_on ? 0 : at;
}

/* The groups of an IPv6 address as far as they go. */
struct groups6 {
    unsigned count;
    bool has_gap;
    bool has_digit;
    size_t end;
};

/* A port without brackets around the address (`::1:54321`, as Node.js prints
 * it) looks like one more group up to four digits; with five it is taken too,
 * so that the address is masked the same way. */
static bool is_port(struct view text, size_t at, const struct groups6 *g)
{
    enum { PORT_DIGITS = 5 };
    return g->has_gap && g->count > 0 && mask_digits(text, at, PORT_DIGITS + 1) == PORT_DIGITS &&
           !mask_is_word(mask_byte(text, at + PORT_DIGITS));
}

/* Moves over the colons before the next group. */
static bool eat_colons(struct view text, struct groups6 *g)
{
    if (mask_byte(text, g->end) != ':')
        return g->count == 0;
    bool is_gap = mask_byte(text, g->end + 1) == ':';
    if ((is_gap && g->has_gap) || (!is_gap && g->count == 0))
        return false;
    g->has_gap |= is_gap;
    g->end += is_gap ? 2 : 1;
    return true;
}

/* Takes one group, or an IPv4 address or a port in its place. */
static bool eat_group(struct view text, struct groups6 *g)
{
    size_t digits = mask_hex_digits(text, g->end, 6);
    size_t ipv4 = mask_byte(text, g->end + digits) == '.' ? mask_match_ipv4(text, g->end) : 0;
    if (ipv4 != 0) {
        g->has_digit = true;
        g->count += 2;
        g->end = ipv4;
        return true;
    }
    if (digits == 0 || (digits > 4 && !is_port(text, g->end, g)))
        return false;
    for (size_t i = 0; i < digits; i++)
        g->has_digit |= byte_is_digit(text.data[g->end + i]);
    g->count += digits <= 4;
    g->end += digits;
    return true;
}

/* RFC 4291, section 2.2: eight groups, or fewer with one `::`; the last two may
 * be an IPv4 address. A digit is required, so that `dead::beef` in code stays. */
size_t mask_match_ipv6(struct view text, size_t begin)
{
    struct groups6 g = {.end = begin};
    size_t end = begin;
    if (begin > 0 && text.data[begin - 1] == ':')
        return 0;
    while (g.count <= 8 && g.end - begin <= IPV6_BYTES_MAX && eat_colons(text, &g)) {
        /* An address may end in its gap, but not in a single colon. */
        if (g.end >= begin + 2 && text.data[g.end - 1] == ':' && text.data[g.end - 2] == ':')
            end = g.end;
        if (!eat_group(text, &g))
            break;
        end = g.end;
    }
    bool is_whole = g.has_gap ? g.count >= 1 && g.count < 8 : g.count == 8;
    bool goes_on = mask_is_word(mask_byte(text, end));
    return is_whole && g.has_digit && !goes_on ? end : 0;
}

static bool is_key_byte(char byte)
{
    return (mask_classes[(unsigned char)byte] & (MASK_WORD | MASK_JOINT)) != 0 && byte != ':';
}

/* What names code, not data. */
static bool is_code_extension(struct view extension)
{
    static const struct view words[] = {
        VIEW("js"),    VIEW("mjs"), VIEW("cjs"),  VIEW("jsx"),   VIEW("ts"),  VIEW("tsx"),
        VIEW("py"),    VIEW("pyc"), VIEW("java"), VIEW("class"), VIEW("jar"), VIEW("kt"),
        VIEW("scala"), VIEW("rb"),  VIEW("go"),   VIEW("cs"),    VIEW("fs"),  VIEW("dll"),
        VIEW("rs"),    VIEW("php"), VIEW("so"),   VIEW("node"),  VIEW("c"),   VIEW("cc"),
        VIEW("cpp"),   VIEW("h"),   VIEW("sh"),   VIEW("pl"),    VIEW("ps1"),
    };
    return is_one_of(extension, words, sizeof(words) / sizeof(words[0]));
}

/* The extension of the last segment: letters and digits, a letter first. */
static struct view extension_of(struct view path)
{
    enum { EXTENSION_BYTES_MAX = 8 };
    size_t at = path.size;
    while (at > 0 && path.size - at <= EXTENSION_BYTES_MAX && mask_is_word(path.data[at - 1]))
        at--;
    bool is_extension = at > 1 && at < path.size && path.data[at - 1] == '.' &&
                        path.data[at - 2] != '/' && mask_is_letter(path.data[at]);
    return is_extension ? view_from(path, at) : VIEW_NULL;
}

/* Whether `key` or `object` stands before, with marks between. */
static bool is_after_key_word(struct view text, size_t begin)
{
    size_t at = begin;
    for (unsigned i = 0; i < 4 && at > 0 && memchr(" :=\"'", text.data[at - 1], 5) != NULL; i++)
        at--;
    if (at == begin)
        return false;
    return (at >= 3 && mask_has_word(text, at - 3, VIEW("key"))) ||
           (at >= 6 && mask_has_word(text, at - 6, VIEW("object")));
}

size_t mask_match_s3_key(struct view text, size_t begin, size_t *ret_looked)
{
    *ret_looked = begin;
    if (begin > 0 && is_key_byte(text.data[begin - 1]) && text.data[begin - 1] != '=')
        return 0;
    size_t end = begin, slashes = 0, digits = 0;
    for (; end < text.size && is_key_byte(text.data[end]); end++) {
        slashes += text.data[end] == '/';
        digits += byte_is_digit(text.data[end]);
    }
    *ret_looked = end;
    while (end > begin && is_closing_mark(text.data[end - 1]))
        end--;
    if (slashes == 0)
        return 0;
    struct view extension = extension_of(view_slice(text, begin, end));
    if (is_code_extension(extension))
        return 0;
    bool is_key = is_after_key_word(text, begin) || (!view_is_null(extension) && digits > 0);
    return is_key ? end : 0;
}

size_t mask_match_path(struct view text, size_t begin)
{
    struct view rest = view_from(text, begin);
    bool goes_on = begin > 0 && (is_key_byte(text.data[begin - 1]) && text.data[begin - 1] != '=');
    if (goes_on || !view_starts_with(rest, VIEW("/tmp/")))
        return 0;
    size_t end = begin + 5;
    while (end < text.size && is_key_byte(text.data[end]))
        end++;
    while (end > begin + 5 && is_closing_mark(text.data[end - 1]))
        end--;
    return end > begin + 5 ? end : 0;
}
