#!/usr/bin/env python3
"""Whatever allocation fails, millrace says so in one line, and OUT is the old tree or the new.

A preloaded library (MILLRACE_MEMORY) lets the n-th allocation fail, or all from the
n-th on, in the commands of scenes.py: the first ones, then every 50th, by turns;
MILLRACE_FAULTS=all: every one both ways. No crash: the command does what it does undisturbed,
or exits with 75 and says that memory is short; the same command then ends with the
same bytes. Arguments: the kinds or names of the commands, where not all are wanted.
"""

import os
import re
import sys
import time

import preload
import scenes
from preload import harness

STEP = 1 if preload.STEP == 1 else 50
MEMORY = os.environ.get("MILLRACE_MEMORY", "build/memory.so")


def environment(at, is_lasting, tell=False):
    return {"LD_PRELOAD": MEMORY, "MEMORY_AT": str(at), "MEMORY_LASTING": str(int(is_lasting)),
            "MEMORY_TELL": str(int(tell))}


def count(scene):
    """How many allocations the command makes."""
    scene.reset()
    telling = environment(0, False, True)
    if is_daemon(scene):  # a signal ends it before it could tell
        told = harness.millrace(*scene.round, env=telling, wanted=(0, 3)).stderr
    else:
        told = scene.run(telling, scene.ends).stderr
    return int(re.search(rb"memory: (\d+)", told).group(1))


def is_daemon(scene):
    """Want of memory does not end it: it goes on trying."""
    return isinstance(scene, scenes.Watch)


def fail(check, scene, at, is_lasting):
    what = f"{scene.name}: allocation {at}{' and on' if is_lasting else ''}"
    scene.reset()
    done = scene.run(environment(at, is_lasting))
    check.expect_true(f"{what}: exit {done.returncode} {done.stderr[-200:]}",
                      done.returncode in (scene.status, 75))
    check.expect_true(f"{what}: OUT is the old tree or the new", scene.is_whole())
    if done.returncode == 75:
        lines = [x for x in done.stderr.splitlines() if x.startswith(b"millrace: ")]
        # A thread that there is no memory for may lack something else, for all libc says.
        is_told = len(lines) == 1 and (b"memory" in lines[0] or
                                       b"cannot start worker thread" in lines[0])
        check.expect_true(f"{what}: one line: {done.stderr}", is_told)
        scene.runs_again(check, what)
        return
    scene.end()
    scene.ended(check, what)
    if not is_daemon(scene):
        check.expect_true(f"{what}: prints the same", scene.plain(done.stdout) == scene.said)


def main():
    check = harness.Failures()
    rng = harness.seeded()
    with harness.folder() as base:
        for scene in scenes.of(base, rng, set(sys.argv[1:])):
            calls, began = count(scene), time.monotonic()
            points = list(preload.points(rng, range(calls), STEP, scene.rarer))
            if scene.name == "events":  # the first ones are those of libraries that begin
                points = sorted({*range(1, 24), *points})
            for i, at in enumerate(points):
                fail(check, scene, at, i % 2 == 1 and not is_daemon(scene))
                if STEP == 1 and not is_daemon(scene):
                    fail(check, scene, at, i % 2 == 0)
            print(f"{scene.name}: {len(points)} of {calls} allocations in "
                  f"{time.monotonic() - began:.0f} s", flush=True)
    check.finish()


if __name__ == "__main__":
    main()
