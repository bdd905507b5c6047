/* verbs.h - one function per command: options in, exit status out. Failures are
 * left in *err for main() to print. */
#ifndef MILLRACE_VERBS_H
#define MILLRACE_VERBS_H

#include "options.h"

NODISCARD enum rc verb_run(const struct options *o, int *ret_status, struct err *err);
NODISCARD enum rc verb_watch(const struct options *o, int *ret_status, struct err *err);
NODISCARD enum rc verb_plan(const struct options *o, int *ret_status, struct err *err);
NODISCARD enum rc verb_merge(const struct options *o, int *ret_status, struct err *err);
NODISCARD enum rc verb_events(const struct options *o, int *ret_status, struct err *err);
NODISCARD enum rc verb_split(const struct options *o, int *ret_status, struct err *err);
NODISCARD enum rc verb_explain(const struct options *o, int *ret_status, struct err *err);
NODISCARD enum rc verb_report(const struct options *o, int *ret_status, struct err *err);
NODISCARD enum rc verb_inspect(const struct options *o, int *ret_status, struct err *err);
NODISCARD enum rc verb_verify(const struct options *o, int *ret_status, struct err *err);
NODISCARD enum rc verb_bench(const struct options *o, int *ret_status, struct err *err);
NODISCARD enum rc verb_quarantine(const struct options *o, int *ret_status, struct err *err);

#endif
