#!/usr/bin/env python3
"""Whatever call on files goes wrong, the same command then ends with the same bytes.

    faults.py kills    SIGKILL before and after a call that changes files
    faults.py errors   that call fails: no space, I/O error, interrupted, half done,
                       done but reported as failed
    faults.py reads    a call that looks at files fails

OUT is the old tree or the new one at every moment; a failure is one line on
stderr that names a path, and exit status 75.
"""

import os
import shutil
import signal
import sys
import time

import preload
from preload import harness

OPENS = {"open-write", "open-truncate", "open"}
# What can happen to which call, on the filesystems that are there.
POSSIBLE = {
    "enospc": OPENS - {"open"} | {"write", "fsync", "close", "mkdir", "link", "rename", "exchange"},
    "eio": None,  # all
    "emfile": OPENS | {"scandir"},
    "eintr": OPENS | {"write", "read", "fsync", "close"},
    "short": {"write", "read"},
    "lie": {"mkdir", "link", "rename", "exchange", "unlink", "rmdir", "fsync"},
}


class Scene:
    """A command, what stands at OUT before it, and what must stand there after."""

    def __init__(self, base, name, bucket, *more):
        self.name = name
        self.more = more
        self.old = self.between = None
        self.out = os.path.join(base, name)
        self.arguments = ["run", bucket, "-o", self.out, "-q", "-j", "1", *more]
        self.kept = os.path.join(base, name + ".kept")
        self.kept_at = self.out

    def force_over(self, bucket):
        """OUT holds a run with other options, which --force replaces."""
        harness.millrace("run", bucket, "-o", self.kept, "-q", "--no-dataset", wanted=(0, 3))
        self.old = harness.tree(self.kept)
        self.arguments.append("--force")
        return self

    def grow_from(self, bucket, base):
        """OUT holds a run over all but the last two objects, which are added to it."""
        early = os.path.join(base, f"before-{self.name}", os.path.basename(bucket))
        shutil.copytree(bucket, early)
        for path in sorted(harness.tree(early))[-2:]:
            os.remove(os.path.join(early, path))
        harness.millrace("run", early, "-o", self.kept, "-q", *self.more, wanted=(0, 3))
        self.old = harness.tree(self.kept)
        return self

    def left_from(self, bucket, base):
        """No OUT, but unfinished work over all but the last two objects: it is
        finished, and they are added to it."""
        early = os.path.join(base, f"before-{self.name}", os.path.basename(bucket))
        shutil.copytree(bucket, early)
        for path in sorted(harness.tree(early))[-2:]:
            os.remove(os.path.join(early, path))
        arguments = [early if argument == bucket else argument for argument in self.arguments]
        calls = preload.record(base, arguments)
        self.between = harness.tree(self.out)
        harness.remove(self.out)
        commit = next(at for at, call in enumerate(calls, 1)
                      if call.name == "link" and "/done/" in call.second)
        harness.millrace(*arguments, env=preload.environment("kill-after", commit),
                         wanted=(-signal.SIGKILL,))
        self.kept_at = self.out + ".work"
        shutil.copytree(self.kept_at, self.kept)
        return self

    def reset(self):
        harness.remove(self.out)
        harness.remove(self.out + ".work")
        if os.path.exists(self.kept):
            shutil.copytree(self.kept, self.kept_at)

    def finish(self):
        self.reset()
        self.status = harness.millrace(*self.arguments, wanted=(0, 3)).returncode
        self.wanted = harness.tree(self.out)
        return self

    def is_whole(self):
        there = preload.tree_or_none(self.out)
        return there in (self.old, self.between, self.wanted)

    def run_again(self, check, what):
        again = harness.millrace(*self.arguments, wanted=None)
        check.expect_true(f"{what}: run again: exit {again.returncode} {again.stderr}",
                          again.returncode in (0, self.status))
        preload.check_clean(check, what, self.out, self.wanted)


def kill(check, scene, kind, at, call):
    what = f"{scene.name}: {kind} {at} ({call.name} {call.path})"
    scene.reset()
    # With more threads, or files that are durable late, the calls come in another
    # order, and there are fewer where several batches are committed together.
    threads, late = 1 + at % 2, at // 2 % 2
    done = harness.millrace(*scene.arguments, "-j", str(threads), wanted=None,
                            env=preload.environment(kind, at, late=late))
    ends = (-signal.SIGKILL,) if threads == 1 and not late else (-signal.SIGKILL, scene.status)
    check.expect_true(f"{what}: is killed: {done.returncode}", done.returncode in ends)
    check.expect_true(f"{what}: OUT is the old tree or the new", scene.is_whole())
    scene.run_again(check, what)


def is_one_line(text, call):
    """One line that says whose it is and names the path, or what lies in that folder."""
    lines = text.decode(errors="replace").splitlines()
    path = call.path.removesuffix("/.")
    names = {os.path.basename(p) for p in (path, os.path.dirname(path), call.second)}
    # An attempt's name has random bits: its batch is enough.
    names = {name.split("-")[0] if name.startswith("0000") else name for name in names}
    # Those of one batch come in the order of these bits.
    if "/attempt/" in path:
        names.add(path.split("/attempt/")[1].split("-")[0])
    return (len(lines) == 1 and lines[0].startswith("millrace: /") and
            any(name in lines[0] for name in names if name))


def fail(check, scene, kind, at, base, more):
    # Files are made durable beside other work, so that calls may come in another
    # order: what went wrong is looked up in the record of this run.
    done, calls = preload.run_recorded(base, scene.arguments, scene.reset,
                                       preload.environment(kind, at, **more))
    call = calls[min(at, len(calls)) - 1]
    what = f"{scene.name}: {kind} {at} ({call.name} {call.path})"
    check.expect_true(f"{what}: OUT is the old tree or the new", scene.is_whole())
    if done.returncode == scene.status:
        check.expect(f"{what}: goes on, bytes", [],
                     harness.difference(scene.wanted, preload.tree_or_none(scene.out) or {}))
        check.expect(f"{what}: goes on silently", b"", done.stderr)
        return
    check.expect_true(f"{what}: is survived", kind != "short")
    check.expect(f"{what}: exit status", 75, done.returncode)
    check.expect_true(f"{what}: one line: {done.stderr}", is_one_line(done.stderr, call))
    scene.run_again(check, what)


def run_kills(check, rng, scenes, base):
    points = runs = 0
    for scene in scenes:
        calls = preload.record(base, scene.arguments, scene.reset)
        points += 2 * len(calls)
        for kind in ("kill-before", "kill-after"):
            for at in preload.points(rng, calls):
                runs += 1
                kill(check, scene, kind, at, calls[at - 1])
    return points, runs


def run_errors(check, rng, scenes, base, more):
    points = runs = 0
    for scene in scenes:
        calls = preload.record(base, scene.arguments, scene.reset, **more)
        for kind, names in POSSIBLE.items():
            can = [at for at, call in enumerate(calls, 1) if names is None or call.name in names]
            points += len(can)
            chosen = {can[i - 1] for i in preload.points(rng, can)}
            # Few, and whole branches hang on their answers.
            asked = {at for at in can if calls[at - 1].name == "access" and kind == "eio"}
            for at in sorted(chosen | asked):
                runs += 1
                fail(check, scene, kind, at, base, more)
    return points, runs


def make_repeated(bucket, to):
    """The bucket with some objects delivered twice: one of its last ones under a
    name before all others, its first under the last name."""
    shutil.copytree(bucket, to)
    paths = sorted(harness.tree(to))
    shutil.copy(os.path.join(to, paths[-1]), os.path.join(to, "0" + os.path.basename(paths[-1])))
    last = os.path.join(to, os.path.dirname(paths[-1]), "z" + os.path.basename(paths[0]))
    shutil.copy(os.path.join(to, paths[0]), last)


def main():
    what = sys.argv[1]
    check = harness.Failures()
    rng = harness.seeded()
    began = time.monotonic()
    with harness.folder() as base:
        bucket = os.path.join(base, "bucket")
        preload.make_bucket(bucket, rng)
        repeated = os.path.join(base, "repeated")
        make_repeated(bucket, repeated)
        scenes = [Scene(base, "fresh", bucket).finish(),
                  Scene(base, "forced", bucket).force_over(bucket).finish(),
                  Scene(base, "grown", bucket).grow_from(bucket, base).finish(),
                  Scene(base, "left", bucket).left_from(bucket, base).finish(),
                  Scene(base, "deduped", repeated, "--dedupe").finish(),
                  Scene(base, "grown-deduped", repeated, "--dedupe")
                  .grow_from(repeated, base).finish()]
        for scene in scenes[4:]:
            duplicates = harness.load(scene.out, "ledger.json")["events"]["duplicates"]
            check.expect_true(f"{scene.name}: has duplicates", duplicates > 0)
        if what == "kills":
            points, runs = run_kills(check, rng, scenes, base)
        else:
            more = {"on": "reads", "below": base} if what == "reads" else {}
            points, runs = run_errors(check, rng, scenes, base, more)
    print(f"{what}: {runs} of {points} fault points in {time.monotonic() - began:.0f} s")
    check.finish()


if __name__ == "__main__":
    main()
