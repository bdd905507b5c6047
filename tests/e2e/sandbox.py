#!/usr/bin/env python3
"""An intruder in a worker finds no network, no program, and no file outside OUT.

A preloaded library (MILLRACE_INTRUDER) tries in the middle of a run what an attacker
who had taken it over would; the run itself ends as ever. Skipped where the kernel
has neither seccomp nor Landlock: `-v` says so.
"""

import errno
import os
import re
import subprocess
import sys
import time

import harness

INTRUDER = os.environ.get("MILLRACE_INTRUDER", "build/intruder.so")
CALLS = {"socket": errno.EPERM, "fork": errno.EPERM, "exec": errno.EPERM}
FILES = {"create": errno.EACCES, "remove": errno.EACCES, "write": errno.EACCES}


def intrude(check, base, *arguments, at="compress"):
    """What the intruder was told, and what the notices say is missing."""
    victim, outside = os.path.join(base, "victim"), os.path.join(base, "outside")
    with open(victim, "w", encoding="utf-8") as file:
        file.write("x")
    talkative = [] if arguments[0] == "report" else ["-v"]
    done = harness.millrace(*arguments, *talkative, wanted=(0, 3), env={
        "LD_PRELOAD": INTRUDER, "INTRUDER_FILE": outside, "INTRUDER_VICTIM": victim,
        "INTRUDER_AT": at})
    talk = done.stderr.decode()
    found = {what: int(number) for what, number in re.findall(r"intruder: (\w+) (\d+)", talk)}
    wanted = {**({} if "are not forbidden" in talk else CALLS),
              **({} if "is not confined" in talk else FILES)}
    check.expect(f"{arguments[0]}: what the intruder was told", wanted,
                 {what: found.get(what) for what in wanted})
    check.expect(f"{arguments[0]}: the victim is there", bool(wanted.get("remove")) or None,
                 os.path.exists(victim) or None)
    return len(wanted)


def seccomp_of(check):
    """A command that waits for its input is in a sandbox already."""
    with subprocess.Popen([harness.MILLRACE, "events", "-"], stdin=subprocess.PIPE,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as p:
        mode = ""
        for _ in range(1000):
            with open(f"/proc/{p.pid}/status", encoding="ascii") as file:
                mode = re.search(r"Seccomp:\s*(\d)", file.read()).group(1)
            if mode == "2":
                break
            time.sleep(0.01)
        p.stdin.close()
    check.expect("seccomp mode while it reads", "2", mode)


def main():
    check = harness.Failures()
    with harness.folder() as base:
        bucket, out = os.path.join(base, "bucket"), os.path.join(base, "out")
        harness.corpus(bucket, "--size", "300K", "--objects", 4)
        tried = intrude(check, base, "run", bucket, "-o", out, "-j", "2")
        if tried == 0:
            print("neither seccomp nor Landlock here")
            sys.exit(77)
        harness.millrace("verify", out)
        # Another generation, whose tree changes places with the first.
        harness.corpus(os.path.join(bucket, "more"), "--size", "100K", "--objects", 1, "--seed", 9)
        intrude(check, base, "run", bucket, "-o", out, "-j", "2")
        harness.millrace("verify", out)
        elsewhere = os.path.join(base, "elsewhere", "work")
        os.makedirs(os.path.dirname(elsewhere))
        intrude(check, base, "run", bucket, "-o", out + "2", "--work", elsewhere)
        check.expect("the work folder is gone", False, os.path.exists(elsewhere))
        check.expect("what lies beside OUT", ["bucket", "bucket.truth.json", "elsewhere", "out",
                                              "out2", "victim"], sorted(os.listdir(base)))
        # `report` says nothing of what is missing: tried where nothing is.
        if tried == len(CALLS) + len(FILES):
            os.mkdir(os.path.join(base, "reports"))
            shown = os.path.join(base, "reports", "r.json")
            for _ in range(2):  # made, then replaced
                intrude(check, base, "report", out, "-o", shown, at="fsync")
                check.expect("the report", harness.load(out, "report.json")["groups"],
                             harness.load(shown)["groups"])
            check.expect("what lies beside it", ["r.json"],
                         os.listdir(os.path.join(base, "reports")))
        if tried >= len(CALLS):
            seccomp_of(check)
    check.finish()


if __name__ == "__main__":
    main()
