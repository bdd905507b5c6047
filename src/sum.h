/* sum.h - finished runs added up: dailies into a weekly, without their events.
 *
 * Groups come out as one run over all inputs would give them, byte for byte.
 * The account is the sum of the runs': an object that two runs read counts in
 * both, and so do its events. */
#ifndef MILLRACE_SUM_H
#define MILLRACE_SUM_H

#include "options.h"

/* Adds up the runs named by options->sources and publishes the folder
 * options->out in one step: the four reports, report.partial, ledger.json,
 * manifest.jsonl, _SUCCESS. RC_USAGE where an input is not a finished run, two
 * are the same, their rules differ, or the folder holds anything but this very sum
 * (with is_forced: anything but some sum). */
NODISCARD enum rc sum(const struct options *options, struct err *err);

#endif
