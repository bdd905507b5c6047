/* plain_text.h - what unstructured text gives away: lines, stacks, crashes. */
#ifndef MILLRACE_PLAIN_TEXT_H
#define MILLRACE_PLAIN_TEXT_H

#include "util/buf.h"

/* Without the newlines and carriage returns at its end. */
struct view text_without_final_newlines(struct view text);

/* The same for what Lambda itself writes, where some copies hold a backslash
 * and an n for each newline. */
struct view text_without_final_newlines_of_system(struct view text);

/* The first line that is not blank, and what follows it. A backslash and an n
 * end it too where `is_system`. */
struct view text_first_line(struct view text, bool is_system, struct view *ret_rest);

/* Whether the first line tells of a runtime that ran out of memory. */
bool text_is_out_of_memory(struct view text);

/* Whether a line after the first is a stack frame of Node.js, Java, .NET,
 * Python or Go. */
bool text_has_stack_frame(struct view text);

/* Appends `<title> (RequestId: <id>)`, the title alone without an id. The view
 * is into `out`, which must have room for it; null when it has failed. */
struct view text_title(struct buf *out, struct view title, struct view request_id);

/* Room that text_title() needs besides the title and the id. */
#define TITLE_SUFFIX_BYTES 32

#endif
