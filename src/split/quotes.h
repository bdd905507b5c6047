/* quotes.h - whether a place in JSON text lies in a string, by counting quotes.
 *
 * What settles the seams that the fast rule cannot (seam.h). A quote counts
 * unless an odd number of backslashes stands before it. */
#ifndef MILLRACE_QUOTES_H
#define MILLRACE_QUOTES_H

#include "util/view.h"

/* Zero-initialise at the start of a document. */
struct quote_state {
    bool is_in_string;
    bool is_escaped; /* a backslash before takes the next byte's meaning */
};

/* Carries the state over text[begin..end). Nothing past `end` is read. */
void quotes_scan(struct view text, size_t begin, size_t end, struct quote_state *state);

#endif
