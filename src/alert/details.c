#include "alert/details.h"

static void skip_space(struct details *d)
{
    while (d->at < d->text.size && byte_is_space(d->text.data[d->at]))
        d->at++;
}

static bool skip_byte(struct details *d, char byte)
{
    skip_space(d);
    if (d->at >= d->text.size || d->text.data[d->at] != byte)
        return false;
    d->at++;
    return true;
}

void details_begin(struct details *d, struct view text)
{
    if (text.size > DETAILS_BYTES_MAX)
        text.size = DETAILS_BYTES_MAX;
    *d = (struct details){.text = text};
    if (!skip_byte(d, '{'))
        d->at = text.size;
}

/* What stands between quotes; d->at is behind the first. */
static bool string_inside(struct details *d, struct view *ret)
{
    size_t begin = d->at, end = begin;
    while (end < d->text.size && d->text.data[end] != '"')
        end += d->text.data[end] == '\\' ? 2 : 1;
    if (end >= d->text.size)
        return false;
    *ret = view_slice(d->text, begin, end);
    d->at = end + 1;
    return true;
}

/* An object or array; d->at is on its first bracket. */
static bool skip_nested(struct details *d)
{
    unsigned depth = 0;
    while (d->at < d->text.size) {
        char byte = d->text.data[d->at++];
        struct view inside;
        if (byte == '"' && !string_inside(d, &inside))
            return false;
        depth += byte == '{' || byte == '[';
        depth -= byte == '}' || byte == ']';
        if (depth == 0)
            return true;
    }
    return false;
}

static bool scalar(struct details *d, struct view *ret)
{
    size_t begin = d->at;
    while (d->at < d->text.size && d->text.data[d->at] != ',' && d->text.data[d->at] != '}' &&
           !byte_is_space(d->text.data[d->at]))
        d->at++;
    *ret = view_slice(d->text, begin, d->at);
    /* At the end of what is looked at the value may go on. */
    return d->at > begin && d->at < d->text.size;
}

bool details_next(struct details *d, struct details_member *ret)
{
    while (d->members++ < DETAILS_MEMBERS_MAX) {
        if (d->members > 1 && !skip_byte(d, ','))
            return false;
        if (!skip_byte(d, '"') || !string_inside(d, &ret->key) || !skip_byte(d, ':'))
            return false;
        skip_space(d);
        char first = d->at < d->text.size ? d->text.data[d->at] : '\0';
        if (first == '{' || first == '[') {
            if (!skip_nested(d))
                return false;
            continue;
        }
        ret->is_string = first == '"';
        d->at += ret->is_string;
        return ret->is_string ? string_inside(d, &ret->value) : scalar(d, &ret->value);
    }
    return false;
}
