#!/usr/bin/env python3
"""Both fan-outs give the same bytes, and the one that works here is chosen.

Over large and small objects, one of them huge, with 1, 2 and 5 threads. Where
io_uring is refused (a seccomp filter in front of the run) threads do the work,
-v says so and why; --io uring is then one clear line and exit status 2.
"""

import os
import shutil
import subprocess

import harness

REFUSE = os.environ.get("MILLRACE_REFUSE_URING")
ADVICE = {
    "EPERM": "Operation not permitted (a container's seccomp filter, or the sysctl "
             "kernel.io_uring_disabled)",
    "ENOSYS": "Function not implemented (this kernel has none, or a seccomp filter hides it)",
}


def can_use_uring(bucket, base):
    probe = harness.millrace("run", bucket, "-o", os.path.join(base, "probe"), "-q", "--io",
                             "uring", io="", wanted=(0, 2))
    return probe.returncode == 0


def same_bytes(check, bucket, base, ways):
    wanted = None
    for io in ways:
        for threads in (1, 2, 5):
            for more in ([], ["--no-pin"]):
                out = os.path.join(base, "out")
                harness.millrace("run", bucket, "-o", out, "-q", "-j", threads, "--io", io, *more,
                                 io="")
                tree = harness.tree(out)
                wanted = wanted or tree
                check.expect(f"{io}, {threads} threads {more}", [],
                             harness.difference(wanted, tree))
                harness.remove(out)


def refused(check, bucket, base, answer):
    def run(*arguments):
        out = os.path.join(base, "refused")
        done = subprocess.run([REFUSE, answer, harness.MILLRACE, "run", bucket, "-o", out, "-v",
                               *arguments], capture_output=True, check=False)
        harness.remove(out)
        # Builds with sanitizers say that as well.
        said = [line for line in done.stderr.decode().splitlines(True)
                if not line.endswith("this build has no sandbox\n")]
        return done.returncode, "".join(said)

    status, said = run()
    check.expect(f"{answer}: exit status", 0, status)
    why = f"io_uring_setup: {ADVICE[answer]}"
    check.expect_true(f"{answer}: says why: {said}", "millrace: input by threads alone, as "
                      f"io_uring is refused: {why}\n" in said)
    status, said = run("--io", "uring")
    check.expect(f"{answer}: --io uring: exit status", 2, status)
    check.expect(f"{answer}: --io uring", f"millrace: --io uring: {why}; --io auto does without\n",
                 said)


def main():
    check = harness.Failures()
    with harness.folder() as base:
        bucket = os.path.join(base, "bucket")
        os.mkdir(bucket)
        for name, arguments in {
                "small": ("--objects", 60, "--shapes", "A,C,D", "--size", "3M"),
                "large": ("--objects", 30, "--shapes", "A,D", "--size", "60M"),
                "plain": ("--objects", 1, "--shapes", "D", "--size", "30M"),
                "whole": ("--objects", 1, "--shapes", "C", "--size", "30M")}.items():
            harness.corpus(os.path.join(bucket, name), "--seed", 3, *arguments)
            os.remove(os.path.join(bucket, name) + ".truth.json")
        ways = ["threads"]
        if can_use_uring(bucket, base):
            ways.append("uring")
            said = harness.millrace("run", bucket, "-o", os.path.join(base, "said"), "-v", io="")
            check.expect_true(f"says what it uses: {said.stderr}",
                              b"millrace: input by io_uring (" in said.stderr)
        same_bytes(check, bucket, base, ways)
        if REFUSE is not None:
            shutil.rmtree(os.path.join(bucket, "large"))
            for answer in ADVICE:
                refused(check, bucket, base, answer)
    check.finish()


if __name__ == "__main__":
    main()
