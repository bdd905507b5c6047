#!/usr/bin/env python3
"""The same bytes whatever does not belong to the input.

Threads, kernels, the order of arguments, another mount point, file times.
"""

import os
import random
import shutil

import harness

KERNELS = ("scalar", "avx2", "avx512", "neon")


def main():
    check = harness.Failures()
    with harness.folder() as base:
        bucket = os.path.join(base, "bucket")
        harness.corpus(bucket, "--seed", 21, "--size", "30M", "--objects", 60, "--days", 4,
                       "--shapes", "A,B,C,D,E,F,G,H,I")
        parts = sorted(os.path.join(bucket, name) for name in os.listdir(bucket))
        first = os.path.join(base, "first")
        harness.millrace("run", *parts, "-o", first, "-j", 1, "-q")
        wanted = harness.tree(first)
        runs = 0

        def same(what, *arguments, env=None):
            nonlocal runs
            runs += 1
            out = os.path.join(base, f"out{runs}")
            done = harness.millrace("run", *arguments, "-o", out, "-q", env=env, wanted=(0, 2))
            if done.returncode == 2 and b"MILLRACE_CPU" in done.stderr:
                return
            check.expect(what, [], harness.difference(wanted, harness.tree(out)))
            harness.remove(out)

        for threads in (2, 7):
            same(f"{threads} threads", *parts, "-j", threads)
        for kernel in KERNELS:
            same(f"{kernel} kernels", *parts, env={"MILLRACE_CPU": kernel})
        shuffled = parts[:]
        random.Random(5).shuffle(shuffled)
        same("arguments in another order", *reversed(shuffled))
        moved = os.path.join(base, "elsewhere", "deep")
        shutil.copytree(bucket, moved)
        same("another place", *(os.path.join(moved, os.path.basename(p)) for p in parts))
        for root, _, names in os.walk(bucket):
            for name in names:
                os.utime(os.path.join(root, name), (1, 1))
        same("other file times", *parts)

        # Another form of the same rows, in itself as deterministic.
        modern = [os.path.join(base, f"modern{threads}") for threads in (1, 7)]
        for out, threads in zip(modern, (1, 7)):
            harness.millrace("run", *parts, "-o", out, "-q", "-j", threads, "--profile", "modern")
        check.expect("modern: 7 threads", [],
                     harness.difference(harness.tree(modern[0]), harness.tree(modern[1])))
        differing = harness.difference(wanted, harness.tree(modern[0]))
        check.expect_true("modern: other files", any(n.endswith(".parquet") for n in differing))
        check.expect_true(f"modern: the same reports: {differing}",
                          not {"report.partial", "report.csv", "quarantine.ndjson"} & {*differing})
        harness.millrace("verify", modern[0])
    check.finish()


if __name__ == "__main__":
    main()
