#!/usr/bin/env python3
"""A disk that is really full: exit 75 and one clear line; with more room the same
command finishes with the same bytes.

OUT lies on a small tmpfs in a mount namespace of our own; where that is not
permitted the test is skipped.
"""

import os
import subprocess
import sys

import preload
from preload import harness

HERE = os.path.abspath(__file__)


def mount(path, size, how):
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"{how}size={size}k", "tmpfs", path],
                          capture_output=True, check=False)
    return done.returncode == 0


def fill(check, bucket, disk, wanted, status):
    """Room grows by a quarter until the run fits; every step but the last says so."""
    out, steps, room = os.path.join(disk, "out"), 0, 16
    while True:
        done = harness.millrace("run", bucket, "-o", out, "-q", "-j", 2, wanted=None)
        if done.returncode != 75:
            break
        steps += 1
        lines = done.stderr.decode().splitlines()
        check.expect_true(f"{room} KiB: one line: {lines}", len(lines) == 1 and
                          lines[0].startswith(f"millrace: {disk}/out") and lines[0].endswith(
                              "No space left on device; make room and run the same command again"))
        check.expect(f"{room} KiB: nothing is published", False, os.path.exists(out))
        room += max(4, room // 4)
        check.expect_true("the disk grows", mount(disk, room, "remount,"))
        if room > 1 << 20:
            break
    check.expect(f"exit status with {room} KiB", status, done.returncode)
    check.expect("full disk: bytes", [], harness.difference(wanted, harness.tree(out)))
    check.expect("full disk: the work folder is gone", False, os.path.exists(out + ".work"))
    return steps, room


def inside():
    check = harness.Failures()
    rng = harness.seeded()
    with harness.folder() as base:
        bucket, whole, disk = (os.path.join(base, n) for n in ("bucket", "whole", "disk"))
        preload.make_bucket(bucket, rng)
        status = harness.millrace("run", bucket, "-o", whole, "-q", wanted=(0, 3)).returncode
        os.mkdir(disk)
        if not mount(disk, 16, ""):
            print("skipped: a tmpfs cannot be mounted here")
            sys.exit(77)
        steps, room = fill(check, bucket, disk, harness.tree(whole), status)
        check.expect_true("it was full more than once", steps > 1)
        subprocess.run(["umount", disk], check=True)
    print(f"full at {steps} sizes, done with {room} KiB")
    check.finish()


def main():
    if os.environ.get("MILLRACE_OWN_MOUNTS") == "1":
        inside()
    can = subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False)
    if can.returncode != 0:
        print("skipped: no mount namespace of one's own here")
        sys.exit(77)
    sys.exit(subprocess.run(["unshare", "-m", "--propagation", "private", sys.executable, HERE],
                            check=False,
                            env={**os.environ, "MILLRACE_OWN_MOUNTS": "1"}).returncode)


if __name__ == "__main__":
    main()
