#!/usr/bin/env python3
"""A power cut at any moment loses nothing that was said to be durable.

The calls of a command are recorded with their data and replayed, up to every moment,
into a model of a file system that forgets what was not fsynced (disk_model.py).
What survives is written out and the command runs on it: OUT is the old tree or the
new before, the new one after; a batch whose commit was synced is still committed.
"""

import os
import time

import preload
import scenes
from disk_model import Disk, Least, NamesOnly, Some, materialise
from preload import harness

# Every moment has three cuts, so that the short form takes fewer of them.
MOMENTS_STEP = 1 if preload.STEP == 1 else 3 * preload.STEP
NAMES = {"fresh", "forced", "grown", "merged-grown", "sum", "sum-forced", "extract", "report", "plan"}


def happens(check, scene, disk, policy, what):
    harness.remove(scene.folder)
    os.mkdir(scene.folder)
    materialise(disk.survivors(policy), policy, scene.folder)
    check.expect_true(f"{what}: OUT is the old tree or the new", scene.is_whole())
    scene.runs_again(check, what)


def replay(check, rng, scene):
    """Gives the numbers of moments and of cuts that were tried."""
    calls = preload.record(scene, data=1, late=1)
    scene.reset()
    disk = Disk(scene.folder)
    disk.load(scene.folder)
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
            happens(check, scene, disk, policy,
                    f"{scene.name}: cut after {number} ({call.name} {call.path}), {policy.name}")
            cuts += 1
    return len(calls), cuts


def main():
    check = harness.Failures()
    rng = harness.seeded()
    began = time.monotonic()
    with harness.folder() as base:
        base = os.path.realpath(base)
        moments = cuts = 0
        for scene in scenes.of(base, rng, NAMES):
            counted = replay(check, rng, scene)
            moments, cuts = moments + counted[0], cuts + counted[1]
    print(f"{cuts} cuts at some of {moments} moments, {time.monotonic() - began:.0f} s")
    check.finish()


if __name__ == "__main__":
    main()
