#!/usr/bin/env python3
"""tools/deploy/parallel with the real GNU parallel: a shard is killed on its first
try, and the tree is that of one process, byte for byte. Skipped (77) without it.
"""

import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import harness  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RECIPE = os.path.join(ROOT, "tools", "deploy", "parallel", "run")

# The third shard's first try ends as by a signal.
WRAPPER = """\
#!/bin/sh
if [ "$1" = run ] && [ "$PARALLEL_SEQ" = 3 ] && mkdir {folder}/was-killed 2>/dev/null; then
    kill -KILL $$
fi
exec {millrace} "$@"
"""


def main():
    if shutil.which("parallel") is None:
        print("skipped: GNU parallel is not installed (tools/deps engines)")
        sys.exit(77)
    check = harness.Failures()
    with harness.folder() as base:
        bucket, whole, out = (os.path.join(base, n) for n in ("bucket", "whole", "out"))
        harness.corpus(bucket, "--seed", 92, "--size", "12M", "--objects", 60, "--days", 12,
                       "--shapes", "A,C,D")
        with open(os.path.join(bucket, "damaged"), "wb") as file:
            file.write(b"no record\0{" * 9)
        harness.millrace("run", bucket, "-o", whole, "-q", wanted=(3,))
        os.mkdir(os.path.join(base, "bin"))
        with open(os.path.join(base, "bin", "millrace"), "w", encoding="utf-8") as file:
            file.write(WRAPPER.format(millrace=os.path.abspath(harness.MILLRACE), folder=base))
        os.chmod(file.name, 0o755)
        env = {**os.environ, "PATH": os.path.dirname(file.name) + ":" + os.environ["PATH"],
               "HOME": base}
        for _ in range(2):  # the second time nothing is left to do
            done = subprocess.run([RECIPE, "5", out, bucket, "--", "--jobs", "3"], env=env,
                                  capture_output=True, text=True, check=False)
            check.expect(f"exit status: {done.stderr}", 0, done.returncode)
            check.expect("the tree of one process", [],
                         harness.difference(harness.tree(whole), harness.tree(out)))
        check.expect_true("a shard was killed", os.path.exists(os.path.join(base, "was-killed")))
    check.finish()


if __name__ == "__main__":
    main()
