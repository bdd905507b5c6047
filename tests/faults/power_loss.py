#!/usr/bin/env python3
"""A power cut at any moment loses nothing that was said to be durable.

The calls of a run are recorded with their data and replayed, up to every moment,
into a model of a file system that forgets what was not fsynced (disk_model.py).
What survives is written out and millrace runs on it: OUT is the old tree or the
new before, the new one after; a batch whose commit was synced is still committed.
"""

import os
import time

import preload
from disk_model import Disk, Least, NamesOnly, Some, materialise
from faults import Scene
from preload import harness


# Every moment has three cuts, so that the short form takes fewer of them.
MOMENTS_STEP = 1 if preload.STEP == 1 else 3 * preload.STEP


class Cut:
    """One moment, one idea of what survives."""

    def __init__(self, check, scene, base):
        self.check, self.scene, self.base = check, scene, base
        self.out = os.path.join(base, "after", os.path.basename(scene.out))
        self.arguments = [self.out if a == scene.out else a for a in scene.arguments]

    def happens(self, disk, policy, what):
        scene, check = self.scene, self.check
        after = os.path.dirname(self.out)
        harness.remove(after)
        os.mkdir(after)
        materialise(disk.survivors(policy), policy, after)
        there = preload.tree_or_none(self.out)
        check.expect_true(f"{what}: OUT is the old tree or the new",
                          there in (scene.old, scene.wanted))
        again = harness.millrace(*self.arguments, wanted=None)
        check.expect_true(f"{what}: exit {again.returncode} {again.stderr}",
                          again.returncode in (0, scene.status))
        preload.check_clean(check, what, self.out, scene.wanted)


def replay(check, rng, scene, base):
    """Gives the numbers of moments and of cuts that were tried."""
    calls = preload.record(base, scene.arguments, scene.reset, data=1, late=1)
    disk = Disk(os.path.dirname(scene.out))
    if scene.old is not None:
        scene.reset()
        disk.load(scene.out)
    cut = Cut(check, scene, base)
    chosen, cuts, synced = set(preload.points(rng, calls, MOMENTS_STEP)), 0, set()
    for number, call in enumerate(calls, 1):
        disk.apply(call)
        if call.name == "fsync" and call.path.endswith("/done/."):
            folder = os.path.join(*disk.parts(call.path))
            synced |= {f"{folder}/{name}" for name in disk.node(disk.parts(call.path)).now}
            check.expect(f"{scene.name}: commits that a cut at {number} loses", [],
                         sorted(synced - disk.survivors(Least()).keys()))
        if number not in chosen:
            continue
        for policy in (Least(), NamesOnly(), Some(rng)):
            cut.happens(disk, policy,
                        f"{scene.name}: cut after {number} ({call.name} {call.path}), {policy.name}")
            cuts += 1
    return len(calls), cuts


def main():
    check = harness.Failures()
    rng = harness.seeded()
    began = time.monotonic()
    with harness.folder() as base:
        base = os.path.realpath(base)
        bucket, disk = os.path.join(base, "bucket"), os.path.join(base, "disk")
        os.mkdir(disk)
        preload.make_bucket(bucket, rng)
        moments = cuts = 0
        for name in ("fresh", "forced", "grown"):
            scene = Scene(disk, name, bucket)
            scene.kept = os.path.join(base, name + ".kept")  # not on the modelled disk
            if name == "forced":
                scene.force_over(bucket)
            if name == "grown":
                scene.grow_from(bucket, base)
            counted = replay(check, rng, scene.finish(), base)
            moments, cuts = moments + counted[0], cuts + counted[1]
    print(f"{cuts} cuts at some of {moments} moments, {time.monotonic() - began:.0f} s")
    check.finish()


if __name__ == "__main__":
    main()
