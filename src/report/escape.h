/* escape.h - text from logs made safe for the place it is written to.
 *
 * Every byte sequence may arrive. All functions append to a buf (a failed
 * allocation shows in buf_failed()), run in linear time, and show control, C1
 * and bidirectional characters and invalid UTF-8 as `\x1b`, `\u202e`, `\xff`:
 * the output is valid UTF-8 without any of them, so it can neither change what
 * a terminal does nor reorder what a reader sees. */
#ifndef MILLRACE_ESCAPE_H
#define MILLRACE_ESCAPE_H

#include "util/buf.h"

enum html_context {
    HTML_TEXT,      /* one line between tags: & < > */
    HTML_BLOCK,     /* the same in <pre>: tabs and line ends stay (CR and CRLF too, as LF) */
    HTML_ATTRIBUTE, /* inside double quotes: & < > " ' ` */
};

/* Stops before the output grows by more than bytes_max; returns the bytes of
 * `v` that were written, so v.size when all were. */
size_t escape_html(struct buf *out, struct view v, enum html_context context, size_t bytes_max);

/* One line of GitHub-flavoured Markdown, in a paragraph or a table cell, not at
 * the start of a line. Nothing becomes markup, HTML, a link, a mention or an
 * issue number. */
void escape_markdown(struct buf *out, struct view v);

/* The inside of a code block between fences of `escape_fence_size(v)`
 * backticks. */
void escape_markdown_block(struct buf *out, struct view v);
size_t escape_fence_size(struct view v);

/* A quoted cell (RFC 4180, section 2). Text that a spreadsheet would run as a
 * formula (first byte = + - @ tab or CR) gets a leading apostrophe. */
void escape_csv(struct buf *out, struct view v);

/* One word of a POSIX shell; $'…' of bash, zsh and POSIX 2024 where something
 * has to be shown. Never read as an option: a leading `-` gets `./`. */
void escape_shell(struct buf *out, struct view v);

/* A string literal of DuckDB's SQL; E'…' where something has to be shown. */
void escape_sql(struct buf *out, struct view v);

/* The longest prefix of at most bytes_max bytes that ends between characters. */
struct view escape_cut(struct view v, size_t bytes_max);

/* Columns that text_for_terminal()'s output takes on a terminal. */
size_t escape_width(struct view shown);
/* The longest prefix of shown text that takes at most `columns`. */
struct view escape_cut_columns(struct view shown, size_t columns);

#endif
