#!/usr/bin/env python3
"""Golden command-line runs: NAME.sh with NAME.exit, NAME.stdout and NAME.stderr.

Each script runs in an empty folder of its own, with `millrace` in its PATH and
SAMPLES naming the samples. The folder shows as DIR in what is compared, the
build as (build …), seconds as N, this machine's kernels as KERNELS.
GOLDEN_UPDATE=1 writes what was seen.
"""

import glob
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
MILLRACE = os.environ.get("MILLRACE", os.path.join(ROOT, "build", "millrace"))


def cleaned(text, folder):
    text = text.decode("utf-8", errors="replace").replace(folder, "DIR")
    text = re.sub(r"\(build [0-9a-f]{12}\)", "(build …)", text)
    # What -v says where the build or the kernel has no sandbox.
    text = re.sub(r"millrace: (network and programs are|writing files is) not forbidden: .*\n", "", text)
    text = re.sub(r"millrace: writing is not confined to .*\n", "", text)
    text = re.sub(r"this machine has (scalar|neon|avx2|avx512)\b", "this machine has KERNELS", text)
    return re.sub(r"in \d+\.\d s \(\d+\.\d\d GB/s of JSON\)", "in N s (N GB/s of JSON)", text)


def run(script):
    with tempfile.TemporaryDirectory(prefix="millrace-golden-") as folder:
        folder = os.path.realpath(folder)
        env = {**os.environ,
               "PATH": os.path.dirname(os.path.abspath(MILLRACE)) + ":" + os.environ["PATH"],
               "SAMPLES": os.path.join(ROOT, "data", "samples"), "NO_COLOR": "1"}
        done = subprocess.run(["bash", script], cwd=folder, env=env, capture_output=True,
                              stdin=subprocess.DEVNULL, check=False)
        return {"exit": f"{done.returncode}\n", "stdout": cleaned(done.stdout, folder),
                "stderr": cleaned(done.stderr, folder)}


def main():
    failed = 0
    scripts = sorted(glob.glob(os.path.join(HERE, "*.sh")))
    for script in scripts:
        base = script[:-len(".sh")]
        seen = run(script)
        for part, text in seen.items():
            path = f"{base}.{part}"
            if os.environ.get("GOLDEN_UPDATE"):
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
            with open(path, encoding="utf-8") as file:
                wanted = file.read()
            if wanted != text:
                failed += 1
                print(f"FAILED {os.path.basename(path)}\n--- wanted\n{wanted}--- got\n{text}")
    print(f"{len(scripts)} runs, {failed} differences")
    sys.exit(1 if failed or not scripts else 0)


if __name__ == "__main__":
    main()
