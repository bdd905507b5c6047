#include "cli/values.h"

#include "util/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* Digits, then exactly one of the suffixes (or nothing): the value times the
 * suffix's factor. */
static bool value_scaled(const char *text, const char *suffixes, const uint64_t *factors,
                         uint64_t *ret)
{
    char *end;
    if (!byte_is_digit(text[0]))
        return false;
    errno = 0;
    uint64_t value = strtoull(text, &end, 10);
    uint64_t factor = 1;
    if (*end != '\0') {
        const char *at = strchr(suffixes, *end);
        if (at == NULL || end[1] != '\0')
            return false;
        factor = factors[at - suffixes];
    }
    return errno == 0 && !__builtin_mul_overflow(value, factor, ret);
}

bool value_bytes(const char *text, uint64_t *ret)
{
    static const uint64_t factors[] = {1 << 10, 1 << 20, 1 << 30, 1 << 10, 1 << 20, 1 << 30};
    return value_scaled(text, "KMGkmg", factors, ret);
}

bool value_count(const char *text, uint64_t *ret)
{
    return value_scaled(text, "", NULL, ret);
}

bool value_duration_ms(const char *text, int64_t *ret)
{
    static const uint64_t factors[] = {24 * 3600 * 1000, 3600 * 1000, 60 * 1000, 1000};
    uint64_t ms;
    size_t size = strlen(text);
    if (size < 2 || byte_is_digit(text[size - 1]) || !value_scaled(text, "dhms", factors, &ms) ||
        ms > INT64_MAX / 4)
        return false;
    *ret = (int64_t)ms;
    return true;
}

bool value_time_ms(const char *text, bool is_end, int64_t *ret)
{
    static const char form[] = "dddd-dd-ddTdd:dd:dd";
    static const struct {
        size_t size;
        int64_t span_ms;
    } lengths[] = {{10, 24 * 3600 * 1000}, {13, 3600 * 1000}, {16, 60 * 1000}, {19, 1000}};
    size_t size = strlen(text);
    if (size > 11 && text[size - 1] == 'Z')
        size--;
    size_t which = 0;
    while (which < 4 && lengths[which].size != size)
        which++;
    if (which == 4)
        return false;
    for (size_t i = 0; i < size; i++) {
        if (form[i] == 'd' ? !byte_is_digit(text[i]) : text[i] != form[i])
            return false;
    }
    unsigned year, month, day, hour = 0, minute = 0, second = 0;
    sscanf(text, "%4u-%2u-%2uT%2u:%2u:%2u", &year, &month, &day, &hour, &minute, &second);
    if (!civil_is_valid(year, month, day) || hour > 23 || minute > 59 || second > 59)
        return false;
    int64_t days = days_from_civil(year, month, day);
    *ret = (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000;
    if (is_end)
        *ret += lengths[which].span_ms - 1;
    return true;
}

bool value_gate(const char *text, struct gate *ret)
{
    static const struct {
        const char *head;
        enum gate_kind kind;
    } counted[] = {{"error>", GATE_ERROR}, {"fatal>", GATE_FATAL}, {"alerts>", GATE_ALERTS}};
    *ret = (struct gate){.kind = GATE_NEW, .text = text};
    if (strcmp(text, "new") == 0)
        return true;
    for (size_t i = 0; i < sizeof(counted) / sizeof(counted[0]); i++) {
        size_t size = strlen(counted[i].head);
        if (strncmp(text, counted[i].head, size) != 0)
            continue;
        ret->kind = counted[i].kind;
        return value_count(text + size, &ret->above);
    }
    return false;
}

bool value_severity(const char *text, enum severity *ret)
{
    static const struct {
        const char *name;
        enum severity severity;
    } names[] = {{"TRACE", SEVERITY_TRACE}, {"DEBUG", SEVERITY_DEBUG},   {"INFO", SEVERITY_INFO},
                 {"WARN", SEVERITY_WARN},   {"WARNING", SEVERITY_WARN},  {"ERROR", SEVERITY_ERROR},
                 {"FATAL", SEVERITY_FATAL}, {"CRITICAL", SEVERITY_FATAL}};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcasecmp(text, names[i].name) == 0) {
            *ret = names[i].severity;
            return true;
        }
    }
    return false;
}

/* "k/n". */
static bool value_pair(const char *text, uint64_t *ret_k, uint64_t *ret_n)
{
    char part[16] = "";
    const char *slash = strchr(text, '/');
    if (slash == NULL || (size_t)(slash - text) >= sizeof(part))
        return false;
    memcpy(part, text, (size_t)(slash - text));
    return value_count(part, ret_k) && value_count(slash + 1, ret_n) && *ret_n <= UINT32_MAX;
}

bool value_part(const char *text, uint32_t *ret_part, uint32_t *ret_parts)
{
    uint64_t k, n;
    if (!value_pair(text, &k, &n) || k < 1 || k > n)
        return false;
    *ret_part = (uint32_t)k;
    *ret_parts = (uint32_t)n;
    return true;
}

bool value_shard(const char *text, uint32_t *ret_shard, uint32_t *ret_shards)
{
    uint64_t i, n;
    if (!value_pair(text, &i, &n) || i >= n)
        return false;
    *ret_shard = (uint32_t)i;
    *ret_shards = (uint32_t)n;
    return true;
}

/* Up to the next comma; *text is then behind it, NULL after the last word. */
static bool next_word(const char **text, char *word, size_t capacity)
{
    size_t size = strcspn(*text, ",");
    if (size == 0 || size >= capacity)
        return false;
    memcpy(word, *text, size);
    word[size] = '\0';
    *text = (*text)[size] == ',' ? *text + size + 1 : NULL;
    return true;
}

bool value_counts(const char *text, unsigned max, unsigned *to, size_t capacity, size_t *count)
{
    char word[32];
    while (text != NULL) {
        uint64_t first, last;
        if (!next_word(&text, word, sizeof(word)))
            return false;
        char *dots = strstr(word, "..");
        if (dots != NULL)
            *dots = '\0';
        if (!value_count(word, &first) || !value_count(dots != NULL ? dots + 2 : word, &last) ||
            first < 1 || last < first || last > max || last - first >= capacity - *count)
            return false;
        for (uint64_t i = first; i <= last; i++)
            to[(*count)++] = (unsigned)i;
    }
    return true;
}

bool value_kernels(const char *text, unsigned *ret)
{
    char word[16];
    *ret = 0;
    while (text != NULL) {
        if (!next_word(&text, word, sizeof(word)))
            return false;
        enum cpu cpu = 0;
        while (cpu < CPU_COUNT && strcmp(word, cpu_name(cpu)) != 0)
            cpu++;
        if (cpu == CPU_COUNT)
            return false;
        *ret |= 1u << cpu;
    }
    return true;
}
