#!/usr/bin/env python3
"""Workers share nothing per event: why more cores make it so much faster.

Sixteen times the events in as many objects and batches take no lock more; and no
file of the stages that events pass through holds a locked instruction, so none
writes a cache line that another core may hold.
"""

import os
import platform
import re
import subprocess
import sys

import harness

COUNT = os.environ.get("MILLRACE_COUNT_LOCKS")
LIBRARY = os.environ.get("MILLRACE_LIBRARY")
# Per run, batch or object: handing out work, counting progress, taking turns.
PER_EVENT = ("alert", "dataset", "decode", "glance", "interpret", "json", "parquet", "split")
# What is allocated by C++ is allocated at the start; the lock is taken where that fails.
AT_NO_EVENT = ("_Znwm",)
LOCKED = re.compile(r"\t(lock |mfence|xchg +.*\()")


def locks(bucket, base, io, *arguments):
    told, out = os.path.join(base, "told"), os.path.join(base, "out")
    harness.millrace("run", bucket, "-o", out, "-q", "-j", 2, *arguments, io=io,
                     env={"LD_PRELOAD": COUNT, "COUNT_TO": told})
    events = harness.load(out, "ledger.json")["events"]["total"]
    harness.remove(out)
    with open(told, encoding="ascii") as file:
        return int(file.read()), events


def check_locks(check, base):
    buckets = [os.path.join(base, name) for name in ("few", "many")]
    for bucket, size in zip(buckets, ("300K", "4800K")):
        harness.corpus(bucket, "--seed", 4, "--size", size, "--objects", 8, "--days", 4,
                       "--shapes", "D")
    for io in ("auto", "threads"):
        for arguments in ([], ["--no-dataset"]):
            (few, few_events), (many, many_events) = (
                locks(bucket, base, io, *arguments) for bucket in buckets)
            check.expect_true(f"{few_events} and {many_events} events", many_events > 8 * few_events)
            check.expect_true(f"{io} {arguments}: {few} locks, then {many}", many <= few + 16)
            print(f"{io} {arguments}: {few} locks for {few_events} events, "
                  f"{many} for {many_events}")


def check_instructions(check):
    listing = subprocess.run(["objdump", "-d", "--no-show-raw-insn", LIBRARY], check=True,
                             capture_output=True, text=True).stdout
    where, function, seen = "", "", set()
    for line in listing.splitlines():
        if ".o:" in line:
            where = line.split(".o:")[0]
            seen.add(where)
        elif line.endswith(">:"):
            function = line.split("<")[-1][:-2]
        elif function in AT_NO_EVENT:
            continue
        elif LOCKED.search(line) and any(f"src_{folder}_" in where for folder in PER_EVENT):
            check.expect(f"{where}: a locked instruction", "none", line.strip())
    hot = [name for name in seen if any(f"src_{folder}_" in name for folder in PER_EVENT)]
    check.expect_true(f"the stages are there: {len(hot)} files", len(hot) > 50)
    locked = [line for line in listing.splitlines() if LOCKED.search(line)]
    check.expect_true("locked instructions are recognised", locked)


def main():
    if COUNT is None or LIBRARY is None or platform.machine() != "x86_64":
        print("skipped: needs the build's library, on x86-64")
        sys.exit(77)
    check = harness.Failures()
    check_instructions(check)
    with harness.folder() as base:
        check_locks(check, base)
    check.finish()


if __name__ == "__main__":
    main()
