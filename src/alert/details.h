/* details.h - the plain members of a JSON object, one after the other.
 *
 * For text that is known to be sound JSON; anything else ends the walk. Members
 * whose value is an object or array are skipped. */
#ifndef MILLRACE_DETAILS_H
#define MILLRACE_DETAILS_H

#include "util/view.h"

/* Only this much of an object and this many of its members are looked at. */
#define DETAILS_BYTES_MAX (16 * 1024)
#define DETAILS_MEMBERS_MAX 64

struct details {
    struct view text;
    size_t at;
    unsigned members;
};

struct details_member {
    struct view key;   /* between the quotes, as written */
    struct view value; /* the same for a string; numbers, booleans, null as written */
    bool is_string;
};

void details_begin(struct details *d, struct view text);
bool details_next(struct details *d, struct details_member *ret);

#endif
