/* line_form.h - what a line of text is: blank, an export's entry, not text. */
#ifndef MILLRACE_LINE_FORM_H
#define MILLRACE_LINE_FORM_H

#include "util/view.h"

/* `2019-06-07T19:11:20.562Z ` */
#define EXPORT_TIME_BYTES 25

/* Whether `text` begins with the time that an export's entry begins with. */
bool line_has_export_time(struct view text);

/* The same for text that ends early: whether it may become such a time. */
bool line_may_have_export_time(struct view text);

/* Whether `text` holds a control byte that no text has: 0-7 and 14-26. */
bool text_has_control(struct view text);

/* Whether all of `text` is blank: white space, vertical tab, form feed. */
bool line_is_blank(struct view text);

#endif
