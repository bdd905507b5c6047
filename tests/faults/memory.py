#!/usr/bin/env python3
"""Whatever allocation fails, millrace says so in one line, and OUT is the old tree or the new.

A preloaded library (MILLRACE_MEMORY) lets the n-th allocation fail, or all from the
n-th on, in every verb: the first ones, then every 50th; MILLRACE_FAULTS=all: every
one. No crash: the command does what it does undisturbed, or exits with 75 and says
that memory is short; the same command then ends with the same bytes.
"""

import os
import re
import shutil
import signal
import subprocess
import time

import preload
from preload import harness

STEP = 1 if preload.STEP == 1 else 50
MEMORY = os.environ.get("MILLRACE_MEMORY", "build/memory.so")


def environment(at, is_lasting, tell=False):
    return {"LD_PRELOAD": MEMORY, "MEMORY_AT": str(at), "MEMORY_LASTING": str(int(is_lasting)),
            "MEMORY_TELL": str(int(tell))}


class Command:
    """A command, the folder it makes, and what it gives undisturbed.

    In the short form `rarer` times as few allocations fail; `kept` are folders that must be as they were before each run, with a copy of each."""

    rarer = 1

    def __init__(self, name, arguments, out=None, kept=()):
        self.name, self.arguments, self.out, self.kept = name, arguments, out, kept
        self.reset()
        self.before = preload.tree_or_none(out) if out else None
        done = self.run()
        self.status, self.said = done.returncode, done.stdout
        self.tree = preload.tree_or_none(out) if out else None
        self.reset()
        self.calls = self.count()
        self.reset()

    def count(self):
        """How many allocations the command makes."""
        told = self.run(environment(0, False, True)).stderr
        return int(re.search(rb"memory: (\d+)", told).group(1))

    def run(self, env=None, wanted=(0, 3)):
        return harness.millrace(*self.arguments, env=env, wanted=wanted)

    def reset(self):
        for path in (self.out, self.out + ".work") if self.out else ():
            harness.remove(path)
        for path, copy in self.kept:
            harness.remove(path)
            shutil.copytree(copy, path)

    def is_whole(self):
        return preload.tree_or_none(self.out) in (self.before, self.tree)

    def run_again(self, check, what):
        again = self.run(wanted=None)
        check.expect_true(f"{what}: run again: {again.stderr}",
                          again.returncode in (0, self.status))
        preload.check_clean(check, what, self.out, self.tree)

    def fail(self, check, at, is_lasting):
        what = f"{self.name}: allocation {at} of {self.calls}{' and on' if is_lasting else ''}"
        self.reset()
        done = self.run(environment(at, is_lasting), None)
        check.expect_true(f"{what}: exit {done.returncode} {done.stderr[-200:]}",
                          done.returncode in (self.status, 75))
        if done.returncode == 75:
            lines = [x for x in done.stderr.splitlines() if x.startswith(b"millrace: ")]
            check.expect_true(f"{what}: one line: {done.stderr}",
                              len(lines) == 1 and b"memory" in lines[0])
        elif self.out is None:
            check.expect(f"{what}: what it prints", True, self.said == done.stdout)
        if self.out is not None:
            check.expect_true(f"{what}: OUT is whole or not there", self.is_whole())
            self.run_again(check, what)


class Extract(Command):
    """A folder of extracted bytes is not published at once: what a failure leaves is removed."""

    def is_whole(self):
        return True

    def run_again(self, check, what):
        self.reset()
        super().run_again(check, what)


class Sum(Command):
    """Does not go on with an OUT that it had finished before it failed: --force replaces it."""

    def run_again(self, check, what):
        arguments = self.arguments
        if preload.tree_or_none(self.out) == self.tree:
            self.arguments = [*arguments, "--force"]
        super().run_again(check, what)
        self.arguments = arguments


class Watch(Command):
    """Ends with a signal, once it has published: by then it has done what a run does."""

    rarer = 10  # looks at the folder once a second

    def fail(self, check, at, is_lasting):
        """Want of memory does not end it: it goes on trying."""
        super().fail(check, at, False)

    def count(self):
        told = harness.millrace("run", *self.arguments[1:-4], env=environment(0, False, True),
                                wanted=(0, 3)).stderr
        return int(re.search(rb"memory: (\d+)", told).group(1))

    def run(self, env=None, wanted=(0, 3)):
        published = os.path.join(self.out, "_SUCCESS")
        with subprocess.Popen(harness.command(*self.arguments), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env={**os.environ, **(env or {})}) as p:
            while p.poll() is None and not os.path.exists(published):
                time.sleep(0.02)
            p.send_signal(signal.SIGTERM)
            said, talk = p.communicate(timeout=60)
        return subprocess.CompletedProcess(p.args, p.returncode, said, talk)

    def run_again(self, check, what):
        again = harness.millrace("run", *self.arguments[1:-4], wanted=None)
        check.expect_true(f"{what}: run again: {again.stderr}", again.returncode in (0, 3))
        preload.check_clean(check, what, self.out, self.tree)


def commands_over(bucket, base, rules):
    """Every verb over the bucket, each with a scene of its own below `base`."""
    def path(name):
        return os.path.join(base, name)

    def keep(name):
        shutil.copytree(path(name), path(name) + ".kept")
        return path(name), path(name) + ".kept"

    out, finished = path("out"), path("finished")
    harness.millrace("run", "-q", bucket, "-o", finished, wanted=(0, 3))
    harness.millrace("run", "-q", bucket, "-o", path("other"), "--no-dataset", wanted=(0, 3))
    plan = path("PLAN")
    harness.millrace("plan", "-q", bucket, "-o", plan, "--shards", 2)
    shard = ["run", "-q", "-j", "1", "--plan", plan, "-o", path("merged")]
    harness.millrace(*shard, "--shard", "0/2")
    harness.millrace(*shard, "--shard", "1/2")
    merged = Command("merge", ["merge", "-q", path("merged")], path("merged"),
                     [keep("merged.work")])
    os.mkdir(path("planned"))
    return [
        merged,
        Command("run", ["run", "-q", "-j", "1", "--rules", rules, bucket, "-o", out], out),
        Command("report alone", ["run", "-q", "-j", "1", "--no-dataset", bucket, "-o", out], out),
        Command("dedupe", ["run", "-q", "-j", "1", "--dedupe", bucket, "-o", out], out),
        Command("plan", ["plan", "-q", bucket, "-o", os.path.join(out, "PLAN")], out,
                [(out, path("planned"))]),
        Watch("watch", ["watch", "-q", "-j", "1", bucket, "-o", out, "--interval", "1s",
                        "--settle", "0s"], out),
        Sum("sum", ["report", "-q", finished, path("other"), "-o", out], out),
        Command("events", ["events", "-q", bucket]),
        Command("split", ["split", "-q", bucket]),
        Command("inspect", ["inspect", "--json", bucket]),
        Command("verify", ["verify", finished, "--against", bucket]),
        Command("report", ["report", finished, "--format", "html"]),
        Command("explain", ["explain", "-q", bucket]),
        Command("quarantine", ["quarantine", finished]),
        Extract("extract", ["quarantine", finished, "extract", bucket, "-q", "-o", out], out),
    ]


def main():
    check = harness.Failures()
    rng = harness.seeded()
    with harness.folder() as base:
        bucket = os.path.join(base, "bucket")
        preload.make_bucket(bucket, rng)
        rules = os.path.join(base, "rules")
        with open(rules, "w", encoding="utf-8") as file:
            file.write('title~"^P" -> group="p"\nmessage="*" -> owner="x"\n')
        for command in commands_over(bucket, base, rules):
            step = STEP * command.rarer if STEP > 1 else 1
            points = list(preload.points(rng, range(command.calls), step))
            if command.name == "events":  # the first ones are those of libraries that begin
                points = sorted({*range(1, 24), *points})
            print(f"{command.name}: {command.calls} allocations, {len(points)} fail", flush=True)
            for i, at in enumerate(points):
                command.fail(check, at, i % 2 == 1)
    check.finish()


if __name__ == "__main__":
    main()
