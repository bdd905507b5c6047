#!/usr/bin/env python3
"""The static millrace in a root folder that holds nothing else: no library, no
/proc, no /dev, no shell. It must give the bytes that MILLRACE gives outside,
with every kernel of this processor, and take part in its work.

    bare.py                        the static build that MILLRACE names
    bare.py PROGRAM [EMULATOR]     another one; of another architecture under its
                                   emulator (qemu-aarch64-static), which then lies
                                   in the root folder too
"""

import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "e2e"))
import harness as h

INPUTS = ["--size", "2M", "--shapes", "A,B,C,D,E,G", "--seed", "7"]
SAMPLES = os.path.join(os.path.dirname(__file__), "..", "..", "data", "samples")
PROGRAM = sys.argv[1] if len(sys.argv) > 1 else h.MILLRACE
EMULATOR = sys.argv[2] if len(sys.argv) > 2 else None


def enter(root, *arguments, env=None):
    """Runs the copy of the program inside root; gives the finished process."""
    chroot = ["chroot", root] if os.geteuid() == 0 else ["unshare", "-r", "chroot", root]
    emulator = ["/emulator"] if EMULATOR else []
    return subprocess.run([*chroot, *emulator, "/millrace", *arguments], capture_output=True,
                          check=False, env={**os.environ, **(env or {})})


def kernels():
    """Those of the processor that the program sees, the best one last."""
    if EMULATOR:
        return ["scalar", "neon"]
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        flags = file.read()
    return (["scalar"] + (["neon"] if "asimd" in flags else []) +
            (["avx2"] if "avx2" in flags else []) + (["avx512"] if "avx512_vbmi2" in flags else []))


def compare(check, root, work, bucket):
    """The same bytes inside and outside, with each kernel and with the one chosen at run time."""
    done = h.millrace("run", "-q", os.path.join(root, bucket), "-o", os.path.join(work, bucket),
                      wanted=(0, 3))
    status = done.returncode
    outside = h.tree(os.path.join(work, bucket))
    for kernel in [*kernels(), ""]:
        what = f"{bucket} {kernel or 'chosen'}"
        out = f"{bucket}-{kernel or 'chosen'}"
        done = enter(root, "run", "-q", "/" + bucket, "-o", "/" + out, env={"MILLRACE_CPU": kernel})
        check.expect(f"{what}: exit status", status, done.returncode)
        check.expect(f"{what}: stderr", b"", done.stderr)
        check.expect(f"{what}: files that differ from a run outside", [],
                     h.difference(outside, h.tree(os.path.join(root, out))))
        check.expect(f"{what}: kernels", kernel or kernels()[-1],
                     h.load(root, out, "timing.json")["kernels"])
        check.expect(f"{what}: verify inside", 0, enter(root, "verify", "-q", "/" + out).returncode)


def share(check, work, bucket):
    """One plan, a shard by MILLRACE, the other by the program; merged by either."""
    program = [EMULATOR, PROGRAM] if EMULATOR else [PROGRAM]
    plan, out = os.path.join(work, "plan"), os.path.join(work, "shared")
    h.millrace("plan", "-q", bucket, "-o", plan, "--shards", 2)
    h.millrace("run", "-q", "--plan", plan, "--shard", "0/2", "-o", out)
    for arguments in ["run", "--plan", plan, "--shard", "1/2", "-o", out], ["merge", out]:
        done = subprocess.run([*program, *arguments, "-q"], capture_output=True, check=False)
        check.expect(f"{arguments[0]} of shared work: {done.stderr}", 0, done.returncode)
    check.expect("shared work: files that differ from one run", [],
                 h.difference(h.tree(os.path.join(work, "generated")), h.tree(out)))


def main():
    check = h.Failures()
    with h.folder() as work:
        root = os.path.join(work, "root")
        os.mkdir(root)
        shutil.copy(PROGRAM, os.path.join(root, "millrace"))
        if EMULATOR:
            shutil.copy(shutil.which(EMULATOR), os.path.join(root, "emulator"))
        if enter(root, "--version").returncode in (125, 126, 127, 1):
            print("chroot is not allowed here")
            return 77
        h.corpus(os.path.join(root, "generated"), *INPUTS)
        for samples in "bucket", "damaged":
            shutil.copytree(os.path.join(SAMPLES, samples), os.path.join(root, samples))
        for bucket in "generated", "bucket", "damaged":
            compare(check, root, work, bucket)
        share(check, work, os.path.join(root, "generated"))
    check.finish()
    return 0


if __name__ == "__main__":
    sys.exit(main())
