#!/usr/bin/env python3
"""gcc and clang give programs that write the same bytes.

Builds millrace alone with the other compiler, beside the build that is tested, and
runs both over a mixed bucket. MILLRACE_SOURCE and MILLRACE_BUILD name the folders.
"""

import os
import shutil
import subprocess
import sys

import harness

SKIPPED = 77
SOURCE = os.environ.get("MILLRACE_SOURCE", ".")
BUILD = os.environ.get("MILLRACE_BUILD", "build")


def is_clang():
    with open(os.path.join(BUILD, "compile_commands.json"), encoding="utf-8") as file:
        return "clang" in file.read(4096)


def build_with(c, cpp):
    """Path of the millrace that these compilers make."""
    folder = os.path.join(BUILD, "other-compiler")
    if not os.path.exists(os.path.join(folder, "build.ninja")):
        subprocess.run(["meson", "setup", folder, SOURCE], check=True, stdout=subprocess.DEVNULL,
                       env={**os.environ, "CC": c, "CXX": cpp})
    subprocess.run(["ninja", "-C", folder, "--quiet", "millrace"], check=True,
                   stdout=subprocess.DEVNULL)
    return os.path.join(folder, "millrace")


def main():
    c, cpp = ("gcc", "g++") if is_clang() else ("clang", "clang++")
    if shutil.which(c) is None or shutil.which(cpp) is None:
        print(f"skipped: there is no {c} here")
        sys.exit(SKIPPED)
    other = build_with(c, cpp)
    check = harness.Failures()
    with harness.folder() as base:
        bucket = os.path.join(base, "bucket")
        harness.corpus(bucket, "--seed", 71, "--size", "24M", "--objects", 90, "--days", 4,
                       "--shapes", "A,B,C,D,E,F,G,H,I")
        for options in ((), ("--profile", "modern"), ("--dedupe", "--raw", "always")):
            trees = []
            for program in (harness.MILLRACE, other):
                out = os.path.join(base, f"out{len(trees)}")
                subprocess.run([program, "run", bucket, "-o", out, "-q", *options], check=True,
                               stdout=subprocess.DEVNULL)
                trees.append(harness.tree(out))
                harness.remove(out)
            check.expect(f"{c} build, {options}: files that differ", [],
                         harness.difference(*trees))
            check.expect_true(f"{options}: there is a dataset", len(trees[0]) > 12)
    check.finish()


if __name__ == "__main__":
    main()
