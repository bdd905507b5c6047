#!/usr/bin/env python3
"""Whatever call on files goes wrong, the same command then ends with the same bytes.

    faults.py kills    SIGKILL before and after a call that changes files
    faults.py errors   that call fails: no space, I/O error, interrupted, half done,
                       done but reported as failed
    faults.py reads    a call that looks at files fails
    faults.py stops    a shard is stopped before a call of either kind, and wakes when others
                       have done its work and merge has published it: it ends well

of the commands of scenes.py: all, or those of the kinds or with the names that
follow. What is published is the old or the new at every moment; a failure is one
line on stderr that names a path, and exit status 75. What only prints changes
nothing.
"""

import os
import signal
import subprocess
import sys
import time

import preload
import scenes
from preload import harness

OPENS = {"open-write", "open-truncate", "open"}
# What can happen to which call, on the filesystems that are there.
POSSIBLE = {
    "enospc": OPENS - {"open"} | {"write", "fsync", "close", "mkdir", "link", "rename", "exchange"},
    "eio": None,  # all
    "emfile": OPENS | {"opendir", "scandir"},
    "eintr": OPENS | {"write", "read", "fsync", "close"},
    "short": {"write", "read"},
    "lie": {"mkdir", "link", "rename", "exchange", "unlink", "rmdir", "fsync"},
}
# Few, and whole branches hang on their answers.
QUESTIONS = {"access", "opendir", "realpath", "lock"}


def kill(check, scene, kind, at, call):
    what = f"{scene.name}: {kind} {at} ({call.name} {call.path})"
    scene.reset()
    # With more threads, or files that are durable late, the calls come in another
    # order, and there are fewer where several batches are committed together.
    threads, late = 1 + at % 2 * scene.is_threaded, at // 2 % 2
    done = scene.run(preload.environment(kind, at, late=late),
                     more=("-j", "2") if threads == 2 else ())
    is_sure = threads == 1 and not late
    ends = (-signal.SIGKILL,) if is_sure else (-signal.SIGKILL, scene.status)
    check.expect_true(f"{what}: is killed: {done.returncode}", done.returncode in ends)
    check.expect_true(f"{what}: OUT is the old tree or the new", scene.is_whole())
    scene.runs_again(check, what)


def fail(check, scene, kind, at, more):
    # Files are made durable beside other work, so that calls may come in another
    # order: what went wrong is looked up in the record of this run.
    scene.reset()
    done, calls = preload.run_recorded(scene, preload.environment(kind, at, **more))
    call = calls[min(at, len(calls)) - 1]
    what = f"{scene.name}: {kind} {at} ({call.name} {call.path})"
    check.expect_true(f"{what}: OUT is the old tree or the new", scene.is_whole())
    if done.returncode == scene.status:
        scene.goes_on(check, what, done)
        return
    check.expect_true(f"{what}: is survived", kind != "short")
    scene.tells(check, what, done, call)
    scene.runs_again(check, what)


def run_kills(check, rng, scene, _):
    calls = preload.record(scene)
    runs = 0
    for kind in ("kill-before", "kill-after"):
        for at in preload.points(rng, calls, rarer=scene.rarer):
            runs += 1
            kill(check, scene, kind, at, calls[at - 1])
    return 2 * len(calls), runs


def run_errors(check, rng, scene, more):
    points = runs = 0
    calls = preload.record(scene, **more)
    for kind, names in POSSIBLE.items():
        if more and kind == "enospc":
            continue  # reading takes no room
        can = [at for at, call in enumerate(calls, 1) if names is None or call.name in names]
        points += len(can)
        chosen = {can[i - 1] for i in preload.points(rng, can, rarer=scene.rarer)}
        asked = {at for at in can if calls[at - 1].name in QUESTIONS and kind == "eio" and
                 scene.rarer == 1}
        for at in sorted(chosen | asked):
            runs += 1
            fail(check, scene, kind, at, more)
    return points, runs


def stopped(scene, at, more):
    """The command, which waits before that call."""
    scene.reset()
    env = {**os.environ, **preload.environment("stop", at, **more)}
    late = subprocess.Popen(harness.command(*scene.arguments), stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, env=env)
    os.waitid(os.P_PID, late.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    return late


def stop(check, scene, at, call, more):
    what = f"{scene.name}: stopped before {more.get('on', 'changes')} {at} ({call.name} {call.path})"
    with stopped(scene, at, more) as late:
        scene.run(wanted=(0,))
        scene.end()
        check.expect_true(f"{what}: the others publish", scene.tree() == scene.wanted)
        late.send_signal(signal.SIGCONT)
        talk = late.communicate(timeout=60)[1]
    check.expect_true(f"{what}: wakes late: exit {late.returncode} {talk}",
                      late.returncode == 0 and not talk)
    check.expect_true(f"{what}: OUT stays", scene.tree() == scene.wanted)
    scene.end()  # takes litter away
    scene.ended(check, what)


def stop_and_drop(check, scene, at, call, more):
    """Its work folder is taken away meanwhile and nothing is published: that is no success."""
    what = f"{scene.name}: without its folder before {at} ({call.name} {call.path})"
    with stopped(scene, at, more) as late:
        harness.remove(scene.out + ".work")
        late.send_signal(signal.SIGCONT)
        talk = late.communicate(timeout=60)[1]
    check.expect_true(f"{what}: exit {late.returncode} {talk}",
                      late.returncode == 75 and len(talk.splitlines()) == 1)
    scene.runs_again(check, what)


def stop_and_cut(check, scene, at, call):
    """Its plan, which is mapped by then, is cut short, as by a copy over it."""
    what = f"{scene.name}: its plan is cut before {at} ({call.name} {call.path})"
    with open(scene.plan, "rb") as file:
        whole = file.read()
    with stopped(scene, at, {}) as late:
        os.truncate(scene.plan, 0)
        late.send_signal(signal.SIGCONT)
        talk = late.communicate(timeout=60)[1]
    with open(scene.plan, "r+b") as file:
        file.write(whole)
    check.expect_true(f"{what}: exit {late.returncode} {talk}", late.returncode == 75 and
                      talk.startswith(b"millrace: " + scene.plan.encode() + b": cannot be read") and
                      len(talk.splitlines()) == 1)
    scene.runs_again(check, what)


def run_stops(check, rng, scene, reads):
    points = runs = 0
    for more in ({}, reads):
        calls = preload.record(scene, **more)
        points += len(calls)
        # What merge takes away may be gone between two calls.
        asked = {at for at, call in enumerate(calls, 1)
                 if call.name == "open" and ".work" in call.path and preload.PART == 1}
        for at in sorted(asked.union(preload.points(rng, calls))):
            runs += 1
            stop(check, scene, at, calls[at - 1], more)
        # Commits come in another order, so that calls on done/ may be the last or not be.
        for at in sorted(at for at in asked if not calls[at - 1].path.endswith("/done")):
            stop_and_drop(check, scene, at, calls[at - 1], more)
        if not more:
            stop_and_cut(check, scene, 1, calls[0])
    return points, runs


def main():
    what, asked = sys.argv[1], set(sys.argv[2:])
    check = harness.Failures()
    rng = harness.seeded()
    with harness.folder() as base:
        more = {"on": "reads", "below": base} if what in ("reads", "stops") else {}
        run = {"kills": run_kills, "stops": run_stops}.get(what, run_errors)
        for scene in scenes.of(base, rng, asked):
            began = time.monotonic()
            points, runs = run(check, rng, scene, more)
            print(f"{scene.name}: {what}: {runs} of {points} fault points in "
                  f"{time.monotonic() - began:.0f} s", flush=True)
            if isinstance(scene, scenes.Watch) and what == "errors":
                check.expect_true(f"{scene.name}: failures are told of", scene.failures > 0)
            if scene.out is None and what != "reads":
                check.expect(f"{scene.name}: calls that change files", 0, points)
    check.finish()


if __name__ == "__main__":
    main()
