/* redact.h - takes secrets out of text before it reaches a report.
 *
 * Looks for AWS access key ids and secret keys, JWTs (RFC 7519), bearer and
 * other Authorization credentials (RFC 6750), values of keys that are named
 * like a password, secret, API key or token, passwords in URLs and PEM private
 * keys. What was found is replaced by `[redacted]` with a word on what it was;
 * the key's name stays, so that a reader sees which secret it was.
 *
 * A filter for reports, not a proof: a secret without a telling form or name
 * stays. Linear time on any input. */
#ifndef MILLRACE_REDACT_H
#define MILLRACE_REDACT_H

#include "util/buf.h"

/* Appends `v` without its secrets. Any bytes; buf_failed() tells of memory. */
void redact_append(struct buf *out, struct view v);

/* Whether values of this name are secrets whatever they look like. */
bool redact_is_secret_name(struct view name);

#endif
