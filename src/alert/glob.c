#include "alert/glob.h"

#include "util/text.h"

/* Matches what stands at both places and moves over it; a star does not. */
static bool step(struct view pattern, size_t *p, struct view text, size_t *t)
{
    if (*p == pattern.size || *t == text.size)
        return false;
    char byte = pattern.data[*p];
    if (byte == '?') {
        unsigned length = utf8_length(text, *t);
        *t += length > 0 ? length : 1;
        *p += 1;
        return true;
    }
    bool is_escaped = byte == '\\' && *p + 1 < pattern.size;
    if (byte == '*' || text.data[*t] != pattern.data[*p + is_escaped])
        return false;
    *t += 1;
    *p += 1u + is_escaped;
    return true;
}

bool glob_matches(struct view pattern, struct view text)
{
    size_t p = 0, t = 0, star = pattern.size, star_text = 0;
    while (t < text.size) {
        if (p < pattern.size && pattern.data[p] == '*') {
            star = p++;
            star_text = t;
        } else if (!step(pattern, &p, text, &t)) {
            /* Only the last star need take more: what stands before it fits. */
            if (star == pattern.size)
                return false;
            p = star + 1;
            t = ++star_text;
        }
    }
    while (p < pattern.size && pattern.data[p] == '*')
        p++;
    return p == pattern.size;
}
