"""Runs millrace under fault.c, and says what a run may leave behind.

MILLRACE_FAULT names the preloaded library. Short form: every 7th point, from a
start that differs between runs (MILLRACE_TEST_SEED); MILLRACE_FAULTS=n: every
nth, MILLRACE_FAULTS=all: every one. MILLRACE_PART=k/n takes one of n parts of
these, from 1, so that several processes share them out.
"""

import hashlib
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))

import harness  # noqa: E402

FAULT = os.environ.get("MILLRACE_FAULT", "build/fault.so")
FORM = os.environ.get("MILLRACE_FAULTS", "7")
STEP = 1 if FORM == "all" else int(FORM)
PART, PARTS = map(int, os.environ.get("MILLRACE_PART", "1/1").split("/"))


class Call:
    """One line of a record."""

    def __init__(self, line):
        (self.name, descriptor, self.path, self.second, result, offset,
         length) = line.decode(errors="surrogateescape").rstrip("\n").split("\t")
        self.descriptor, self.result = int(descriptor), int(result)
        self.offset, self.length = int(offset), int(length)
        self.data = b""


def environment(kind="none", at=0, **more):
    return {"LD_PRELOAD": FAULT, "FAULT_KIND": kind, "FAULT_AT": str(at),
            **{f"FAULT_{name.upper()}": str(value) for name, value in more.items()}}


def read_record(path, with_data):
    calls, names = [], {}
    with open(path, "rb") as file:
        while line := file.readline():
            call = Call(line)
            if with_data and call.name == "write" and call.result > 0:
                call.data = file.read(call.result)
            if call.name.startswith("open") and call.result >= 0:
                names[call.descriptor] = call.path
            elif not call.path:
                call.path = names.get(call.descriptor, "")
            calls.append(call)
    os.remove(path)
    return calls


def run_recorded(scene, env, wanted=None):
    """A run, and the calls that it made, in order, each with the path it is about."""
    path = scene.folder + ".record"
    done = scene.run({**env, "FAULT_RECORD": path}, wanted)
    return done, read_record(path, "FAULT_DATA" in env) if os.path.exists(path) else []


def record(scene, **more):
    """The calls of an undisturbed run."""
    scene.reset()
    return run_recorded(scene, environment(**more), scene.ends)[1]


def points(rng, calls, step=STEP, rarer=1):
    """Numbers of the calls to go wrong, from 1."""
    step = step * rarer if step > 1 else 1
    return range(1 + rng.randrange(step) + (PART - 1) * step, len(calls) + 1, step * PARTS)


def make_bucket(bucket, rng, shapes="A,C,D", objects=8):
    """Objects of four days, two of them damaged."""
    harness.corpus(bucket, "--seed", 5, "--size", "600K", "--objects", objects, "--days", 4,
                   "--shapes", shapes)
    names = sorted(os.path.join(root, name) for root, _, files in os.walk(bucket)
                   for name in files)
    for name in rng.sample(names, 2):
        with open(name, "r+b") as file:
            size = os.path.getsize(name)
            file.seek(size // 2)
            file.write(bytes(rng.randrange(256) for _ in range(64)))


def tree_or_none(path):
    """The tree or the file at path, or None where nothing is there."""
    if os.path.isfile(path):
        with open(path, "rb") as file:
            return {"": hashlib.sha256(file.read()).hexdigest()}
    return harness.tree(path) if os.path.exists(path) else None
