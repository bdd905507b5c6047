#!/usr/bin/env python3
"""Whatever allocation fails, millrace says so in one line, and OUT is the old tree or the new.

A preloaded library (MILLRACE_MEMORY) lets the n-th allocation fail, or all from the
n-th on: every 50th n, MILLRACE_FAULTS=all: every one. No crash, exit status 0 to 3 or
75; the same command then ends with the same bytes.
"""

import os
import re

import preload
from preload import harness

STEP = 1 if preload.STEP == 1 else 50
MEMORY = os.environ.get("MILLRACE_MEMORY", "build/memory.so")


def environment(at, is_lasting, tell=False):
    return {"LD_PRELOAD": MEMORY, "MEMORY_AT": str(at), "MEMORY_LASTING": str(int(is_lasting)),
            "MEMORY_TELL": str(int(tell))}


def count(arguments):
    done = harness.millrace(*arguments, env=environment(0, False, True), wanted=(0, 3))
    return int(re.search(rb"memory: (\d+)", done.stderr).group(1))


class Command:
    """A command, the folder it makes, and what it gives undisturbed."""

    def __init__(self, name, arguments, out=None):
        self.name, self.arguments, self.out = name, arguments, out
        self.reset()
        done = harness.millrace(*arguments, wanted=(0, 3))
        self.status, self.said = done.returncode, done.stdout
        self.tree = preload.tree_or_none(out) if out else None
        self.reset()
        self.calls = count(arguments)

    def reset(self):
        if self.out:
            harness.remove(self.out)
            harness.remove(self.out + ".work")

    def fail(self, check, at, is_lasting):
        what = f"{self.name}: allocation {at} of {self.calls}{' and on' if is_lasting else ''}"
        self.reset()
        done = harness.millrace(*self.arguments, env=environment(at, is_lasting), wanted=None)
        check.expect_true(f"{what}: exit {done.returncode} {done.stderr[-200:]}",
                          done.returncode in (self.status, 1, 75))
        if done.returncode in (1, 75):
            lines = [x for x in done.stderr.splitlines() if x.startswith(b"millrace: ")]
            check.expect_true(f"{what}: one line: {done.stderr}", len(lines) == 1)
        elif self.out is None:
            check.expect(f"{what}: what it prints", True, self.said == done.stdout)
        if self.out is None:
            return
        there = preload.tree_or_none(self.out)
        check.expect_true(f"{what}: OUT is whole or not there", there in (None, self.tree))
        again = harness.millrace(*self.arguments, wanted=None)
        check.expect_true(f"{what}: run again: {again.stderr}",
                          again.returncode in (0, self.status))
        preload.check_clean(check, what, self.out, self.tree)


def main():
    check = harness.Failures()
    rng = harness.seeded()
    with harness.folder() as base:
        bucket, out = os.path.join(base, "bucket"), os.path.join(base, "out")
        preload.make_bucket(bucket, rng)
        rules = os.path.join(base, "rules")
        with open(rules, "w", encoding="utf-8") as file:
            file.write('title~"^P" -> group="p"\nmessage="*" -> owner="x"\n')
        finished = os.path.join(base, "finished")
        harness.millrace("run", "-q", bucket, "-o", finished, wanted=(0, 3))
        commands = [
            Command("run", ["run", "-q", "-j", "1", "--rules", rules, bucket, "-o", out], out),
            Command("dedupe", ["run", "-q", "-j", "1", "--dedupe", bucket, "-o", out], out),
            Command("events", ["events", "-q", bucket]),
            Command("inspect", ["inspect", "--json", bucket]),
            Command("verify", ["verify", finished, "--against", bucket]),
            Command("report", ["report", finished, "--format", "html"]),
            Command("explain", ["explain", "-q", bucket]),
        ]
        for command in commands:
            points = list(preload.points(rng, range(command.calls), STEP))
            print(f"{command.name}: {command.calls} allocations, {len(points)} fail")
            for i, at in enumerate(points):
                command.fail(check, at, i % 2 == 1)
    check.finish()


if __name__ == "__main__":
    main()
