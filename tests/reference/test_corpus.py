#!/usr/bin/env python3
"""The corpus generator, and millrace on what it makes.

    test_corpus.py CORPUS_PROGRAM [MILLRACE_PROGRAM]

Every shape: the same bytes with one thread and three; the truth file's counts
equal the reference's reading; with MILLRACE_PROGRAM, its rows and counts equal
the reference's too, on generated, hostile and sample objects. Exit status 77
where a program is missing.
"""

import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SHAPES = "ABCDEFGHI"


def bytes_below(folder):
    found = {}
    for at, _, files in os.walk(folder):
        for name in files:
            path = os.path.join(at, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder)] = file.read()
    return found


def generate(program, folder, threads, *more):
    truth = folder + ".json"
    command = [program, "-o", folder, "--truth", truth, "--threads", str(threads), *more]
    subprocess.run(command, check=True, capture_output=True)
    return truth


def run(*command):
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(done.stdout[-3000:], done.stderr[-3000:])
    return done.returncode == 0


def check_shape(corpus, work, shape, seed):
    options = ["--size", "500K", "--object-size", "120K", "--shapes", shape]
    options += ["--error-rate", "0.3", "--seed", seed, "--functions", "60"]
    folder = os.path.join(work, "one-" + shape)
    truth = generate(corpus, folder, 1, *options)
    again = os.path.join(work, "three-" + shape)
    truth_again = generate(corpus, again, 3, *options)
    ok = bytes_below(folder) == bytes_below(again)
    with open(truth, "rb") as one, open(truth_again, "rb") as three:
        ok = one.read() == three.read() and ok
    if not ok:
        print(f"shape {shape}, seed {seed}: three threads write something else than one")
    return run(os.path.join(HERE, "check_truth.py"), folder, truth) and ok


def check_usage(corpus, work):
    out = os.path.join(work, "never")
    for arguments in (
        [],
        ["-o", out, "--size", "0"],
        ["-o", out, "--size", "9999999999999G"],
        ["-o", out, "--shapes", "Z"],
        ["-o", out, "--start", "2023-02-30"],
        ["-o", out, "--error-rate", "2"],
        ["-o", out, "extra"],
    ):
        done = subprocess.run([corpus, *arguments], capture_output=True, check=False)
        if done.returncode != 2 or not done.stderr or os.path.exists(out):
            print(f"{arguments}: exit {done.returncode}, expected usage (2)")
            return False
    return True


def check_millrace(millrace, work, seed):
    hostile = os.path.join(work, "hostile")
    ok = run(os.path.join(HERE, "hostile.py"), "--records", "300", "--seed", seed, hostile)
    paths = [os.path.join(work, "one-" + shape) for shape in SHAPES] + [hostile]
    paths.append(os.path.join(HERE, "../../data/samples"))
    compare = os.path.join(HERE, "compare.py")
    return run(compare, "--millrace", millrace, "--counts", *paths) and ok


def main():
    programs = sys.argv[1:]
    if not programs or any(shutil.which(p) is None for p in programs):
        print("skipped: no such program:", *programs)
        return 77
    seed = os.environ.get("MILLRACE_TEST_SEED", "1")
    with tempfile.TemporaryDirectory() as work:
        ok = check_usage(programs[0], work)
        for shape in SHAPES:
            ok = check_shape(programs[0], work, shape, seed) and ok
        if len(programs) > 1:
            ok = check_millrace(programs[1], work, seed) and ok
    print("ok" if ok else f"failed (seed {seed})")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
