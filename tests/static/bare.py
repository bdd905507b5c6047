#!/usr/bin/env python3
"""The static millrace in a root folder that holds nothing else: no library, no
/proc, no /dev, no shell. It must give the bytes it gives outside, with every
kernel of this processor."""

import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "e2e"))
import harness as h

INPUTS = ["--size", "2M", "--shapes", "A,B,C,D,E,G", "--seed", "7"]


def enter(root, *arguments, env=None):
    """Runs the copy of millrace inside root; gives the finished process."""
    chroot = ["chroot", root] if os.geteuid() == 0 else ["unshare", "-r", "chroot", root]
    return subprocess.run([*chroot, "/millrace", *arguments], capture_output=True, check=False,
                          env={**os.environ, **(env or {})})


def kernels():
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        flags = file.read()
    return (["scalar"] + (["avx2"] if "avx2" in flags else []) +
            (["avx512"] if "avx512_vbmi2" in flags else []) +
            (["neon"] if "asimd" in flags else []))


def main():
    check = h.Failures()
    with h.folder() as work:
        root = os.path.join(work, "root")
        os.mkdir(root)
        shutil.copy(h.MILLRACE, os.path.join(root, "millrace"))
        if enter(root, "--version").returncode in (125, 126, 127, 1):
            print("chroot is not allowed here")
            return 77
        h.corpus(os.path.join(root, "bucket"), *INPUTS)

        h.millrace("run", "-q", os.path.join(root, "bucket"), "-o", os.path.join(work, "outside"))
        outside = h.tree(os.path.join(work, "outside"))
        for kernel in kernels():
            done = enter(root, "run", "-q", "/bucket", "-o", f"/{kernel}", env={"MILLRACE_CPU": kernel})
            check.expect(f"{kernel}: exit status", 0, done.returncode)
            check.expect(f"{kernel}: stderr", b"", done.stderr)
            check.expect(f"{kernel}: files that differ from a run outside", [],
                         h.difference(outside, h.tree(os.path.join(root, kernel))))
        check.expect("verify inside", 0, enter(root, "verify", "-q", "/scalar").returncode)
    check.finish()
    return 0


if __name__ == "__main__":
    sys.exit(main())
