/* analyzer_model.h - what clang's static analyzer cannot see: tests/lint/lint.py
 * includes it before every file that is analysed, and nothing else does.
 *
 * It looks at one file at a time, so that to it `return err_set(err, RC_IO, …)`
 * may return RC_OK, and every output of that function stay unset. */
#ifndef MILLRACE_ANALYZER_MODEL_H
#define MILLRACE_ANALYZER_MODEL_H

#include "util/err.h"

#define err_set(err, rc, ...) ((err_set)((err), (rc), __VA_ARGS__), (rc))
#define err_set_at(err, rc, ...) ((err_set_at)((err), (rc), __VA_ARGS__), (rc))
#define err_errno(...) ((err_errno)(__VA_ARGS__), RC_IO)
#define err_errno_at(...) ((err_errno_at)(__VA_ARGS__), RC_IO)
#define err_errno_named(...) ((err_errno_named)(__VA_ARGS__), RC_IO)

#endif
