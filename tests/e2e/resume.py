#!/usr/bin/env python3
"""Killed at any time, the same command ends with the same bytes.

A run is killed with SIGKILL at random times (20; MILLRACE_KILLS for more),
several times in a row, then run to its end and compared with an undisturbed
run. SIGTERM stops cleanly, resumably. A second run over the same OUT is
refused while the first one lives.
"""

import os
import signal
import subprocess
import time

import harness

KILLS = int(os.environ.get("MILLRACE_KILLS", "20"))


def start(*arguments):
    return subprocess.Popen(harness.command(*arguments), stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE)


def killed_after(seconds, *arguments):
    """Whether a run was still alive after that long; then it is not any more."""
    process = start(*arguments)
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
    process.communicate()
    return process.returncode == -signal.SIGKILL


def wait_for(path):
    while not os.path.exists(path):
        time.sleep(0.001)


def signalled(number, out, seconds, bucket):
    """Exit status and last words of a new run that gets a signal while it works.

    A run that is done before that long is no case: it is begun anew, for less time.
    """
    while True:
        harness.remove(out)
        harness.remove(out + ".work")
        process = start("run", bucket, "-o", out, "-j", 1)
        wait_for(os.path.join(out + ".work", "lock"))
        time.sleep(seconds)
        process.send_signal(number)
        _, said = process.communicate()
        if process.returncode != 0:
            return process.returncode, said
        seconds /= 2


def published(out):
    return os.path.exists(os.path.join(out, "_SUCCESS"))


def main():
    check = harness.Failures()
    rng = harness.seeded()
    with harness.folder() as base:
        bucket, whole, out = (os.path.join(base, n) for n in ("bucket", "whole", "out"))
        harness.corpus(bucket, "--seed", 31, "--size", "80M", "--objects", 40, "--days", 5,
                       "--shapes", "A,C,D")
        began = time.monotonic()
        harness.millrace("run", bucket, "-o", whole, "-q", "-j", 2)
        took = time.monotonic() - began
        wanted = harness.tree(whole)

        kills = 0
        while kills < KILLS:
            for _ in range(rng.randrange(1, 5)):
                kills += killed_after(rng.random() * took, "run", bucket, "-o", out, "-q",
                                      "-j", rng.choice((1, 2)))
                check.expect_true("a killed run publishes all or nothing",
                                  not os.path.exists(out) or published(out))
            harness.millrace("run", bucket, "-o", out, "-q", "-j", 2)
            check.expect("bytes after kills", [], harness.difference(wanted, harness.tree(out)))
            check.expect("the work folder is gone", False, os.path.exists(out + ".work"))
            harness.remove(out)

        for number in (signal.SIGTERM, signal.SIGINT):
            status, said = signalled(number, out, rng.random() * took / 2, bucket)
            check.expect(f"exit status after {number.name}", 128 + number, status)
            check.expect_true(f"says how to go on: {said}", b"goes on where this was" in said)
        harness.millrace("run", bucket, "-o", out, "-q")
        check.expect("bytes after SIGTERM", [], harness.difference(wanted, harness.tree(out)))
        again = harness.millrace("run", bucket, "-o", out)
        check.expect_true("a finished run says so", b"nothing to do" in again.stderr)

        harness.remove(out)
        first = start("run", bucket, "-o", out, "-j", 1)
        wait_for(os.path.join(out + ".work", "lock"))
        second = harness.millrace("run", bucket, "-o", out, wanted=None)
        first.communicate()
        check.expect("exit status of a second run", 6, second.returncode)
        check.expect("exit status of the first run", 0, first.returncode)
    check.finish()


if __name__ == "__main__":
    main()
