#!/usr/bin/env python3
"""Objects that shrink or vanish while they are read cost what is gone, no more.

A run is under way over a few large objects when one of them is cut short, emptied
or removed, 20 times (MILLRACE_SHRINKS for more), with either fan-out. The run
ends: what was read is what the cut files hold, what is missing is a quarantined
span of that object, and every sum holds. An object that went away only once it
had been read, or kept by its mapping, is not missed.
"""

import os
import shutil
import subprocess
import time

import harness

ROUNDS = int(os.environ.get("MILLRACE_SHRINKS", "20"))
MISSING = "missing: the file shrank after it was listed"
# Large enough to be mapped; the plain ones are cut into slices.
SHAPES = {"plain": ("D", "24M"), "members": ("A", "40M"), "whole": ("C", "40M")}


def objects(bucket):
    return sorted(os.path.join(root, name) for root, _, names in os.walk(bucket) for name in names)


def events_in(bucket):
    done = harness.millrace("inspect", "--json", bucket, wanted=(0, 3))
    return harness.json.loads(done.stdout)["events"]["total"]


def spoil(rng, path):
    """Cuts the object somewhere; gives the size it has then."""
    how = rng.choice(("cut", "cut", "cut", "empty", "remove"))
    if how == "remove":
        os.remove(path)
        return 0
    size = rng.randrange(os.path.getsize(path)) if how == "cut" else 0
    os.truncate(path, size)
    return size


class Round:
    def __init__(self, check, rng, base, number):
        self.check, self.rng = check, rng
        self.what = f"round {number}"
        self.bucket, self.out = os.path.join(base, "cut"), os.path.join(base, "out")

    def run(self, kept, io, took):
        rng, out = self.rng, self.out
        for path in (self.bucket, out, out + ".work"):
            harness.remove(path)
        shutil.copytree(kept, self.bucket)
        victim = rng.choice(objects(self.bucket))
        listed = os.path.getsize(victim)
        threads = rng.choice((1, 2))
        process = subprocess.Popen(
            [harness.MILLRACE, "run", self.bucket, "-o", out, "-q", "-j", str(threads), "--io", io],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        while not os.path.exists(out + ".work") and process.poll() is None:
            time.sleep(0.001)
        time.sleep(rng.random() * took * 2 / threads)
        left = spoil(rng, victim)
        said = process.communicate()[1]
        self.what += f" ({io}, {os.path.basename(victim)}: {left} of {listed} left)"
        return self.look(process.returncode, said, victim, listed, left)

    def look(self, status, said, victim, listed, left):
        """Whether the run missed something."""
        check, what = self.check, self.what
        check.expect_true(f"{what}: exit {status} {said}", status in (0, 3))
        if status not in (0, 3):
            return False
        ledger = harness.load(self.out, "ledger.json")
        harness.sums_hold(check, ledger, what)
        spans = [s for s in harness.lines(self.out, "quarantine.ndjson")
                 if s["reason"] == MISSING]
        check.expect_true(f"{what}: at most one span", len(spans) <= 1)
        for span in spans:
            check.expect(f"{what}: the object is named", os.path.basename(victim),
                         os.path.basename(span["object"]))
            check.expect(f"{what}: what is missing", (left, listed - left),
                         (span["offset"], span["length"]))
            check.expect(f"{what}: exit status", 3, status)
            check.expect(f"{what}: events are those of what is left", events_in(self.bucket),
                         ledger["events"]["total"])
        return bool(spans)


def main():
    check = harness.Failures()
    rng = harness.seeded()
    missed = 0
    with harness.folder() as base:
        kept = os.path.join(base, "kept")
        os.mkdir(kept)
        for name, (shape, size) in SHAPES.items():
            harness.corpus(os.path.join(kept, name), "--seed", 9, "--size", size, "--objects", 1,
                           "--shapes", shape)
            os.remove(os.path.join(kept, name) + ".truth.json")
        began = time.monotonic()
        harness.millrace("run", kept, "-o", os.path.join(base, "whole"), "-q", "-j", 2)
        took = time.monotonic() - began
        rounds = 0
        while rounds < ROUNDS or (missed == 0 and rounds < 10 * ROUNDS):
            missed += Round(check, rng, base, rounds).run(kept, ("auto", "threads")[rounds % 2],
                                                          took)
            rounds += 1
    check.expect_true("one was cut in time", missed > 0)
    print(f"{missed} of {rounds} rounds missed something")
    check.finish()


if __name__ == "__main__":
    main()
