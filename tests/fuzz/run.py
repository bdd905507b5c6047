#!/usr/bin/env python3
"""Runs one fuzzer for a while: run.py FUZZER CORPUS.

MILLRACE_FUZZ_SECONDS says how long (10). New inputs are kept in the folder that
MILLRACE_FUZZ_NEW names, where it is set. What ends the fuzzer is printed, and
given as base64 so that it can be put into the corpus: `base64 -d > file`.
"""

import base64
import os
import subprocess
import sys
import tempfile


def main():
    fuzzer, corpus = sys.argv[1:3]
    seconds = int(os.environ.get("MILLRACE_FUZZ_SECONDS", "10"))
    with tempfile.TemporaryDirectory(prefix="millrace-fuzz-") as base:
        found = os.path.join(base, "found")
        new = os.environ.get("MILLRACE_FUZZ_NEW")
        new = os.path.join(new, os.path.basename(fuzzer)) if new else os.path.join(base, "new")
        os.makedirs(found)
        os.makedirs(new, exist_ok=True)
        # A folder of what a fuzzer writes must not be seen by what it tests.
        done = subprocess.run(
            [fuzzer, f"-max_total_time={seconds}", "-timeout=60", "-rss_limit_mb=2560",
             "-max_len=16384", "-print_final_stats=1", f"-artifact_prefix={found}/", new, corpus],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        text = done.stdout.decode(errors="replace").splitlines()
        print("\n".join(text[-60:] if done.returncode else text[-8:]))
        for name in os.listdir(found):
            with open(os.path.join(found, name), "rb") as file:
                print(name, base64.b64encode(file.read()).decode())
    sys.exit(1 if done.returncode else 0)


if __name__ == "__main__":
    main()
