/* json_document.h - the grammar once more, byte by byte: for text that json.c
 * has refused, and for text in which a document's end is not known. */
#ifndef MILLRACE_JSON_DOCUMENT_H
#define MILLRACE_JSON_DOCUMENT_H

#include "util/err.h"
#include "util/view.h"

/* RC_BAD_INPUT, with what is wrong in `text` and at which byte in *err: one
 * pass up to there. `text` is not one sound JSON document. */
enum rc json_document_explain(struct view text, struct err *err);

#endif
