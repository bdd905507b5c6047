#!/usr/bin/env python3
"""ThreadSanitizer sees no race in runs of two and four threads, and their bytes are those of one.

MILLRACE is a build with -Db_sanitize=thread, which says what it saw on stderr and
exits with 66. MILLRACE_RACES=all: every case with both ways of reading.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))

import harness  # noqa: E402

SEEN = b"WARNING: ThreadSanitizer"
HOW = [(2, "threads"), (4, "auto")]
if os.environ.get("MILLRACE_RACES") == "all":
    HOW += [(4, "threads"), (2, "auto"), (16, "auto")]
CASES = {
    "dataset": [],
    "dedupe": ["--dedupe"],
    "report alone": ["--no-dataset"],
}


def watched(check, what, *arguments, io="auto"):
    done = harness.millrace(*arguments, wanted=None, io=io, env={"TSAN_OPTIONS": "exitcode=66"})
    check.expect_true(f"{what}: exit {done.returncode} {done.stderr[-3000:].decode()}",
                      done.returncode in (0, 3) and SEEN not in done.stderr)


def main():
    check = harness.Failures()
    with harness.folder() as base:
        many, one = os.path.join(base, "many"), os.path.join(base, "one")
        harness.corpus(many, "--size", "2M", "--objects", 12, "--days", 3)
        # Cut into slices, so that several threads read it.
        harness.corpus(one, "--size", "40M", "--objects", 1, "--shapes", "C")
        for name, more in CASES.items():
            for bucket in (many, one) if name == "dataset" else (many,):
                wanted = os.path.join(base, "wanted")
                harness.remove(wanted)
                watched(check, f"{name}: one thread", "run", "-q", "-j", 1, bucket, "-o", wanted,
                        *more)
                for threads, io in HOW:
                    what = f"{name}: {os.path.basename(bucket)}, {threads} threads, {io}"
                    out = os.path.join(base, "out")
                    harness.remove(out)
                    watched(check, what, "run", "-q", "-j", threads, bucket, "-o", out, *more,
                            io=io)
                    check.expect(f"{what}: bytes", [], harness.difference(
                        harness.tree(wanted), harness.tree(out)))
        watched(check, "verify", "verify", "-q", wanted, "--against", many)
    check.finish()


if __name__ == "__main__":
    main()
