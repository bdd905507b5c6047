#!/usr/bin/env python3
"""Counts the instructions of the hot stages and compares them with recorded ones.

    bench/instructions.py MILLRACE MILLRACE-CORPUS            compare: exit 1 where one has grown
    bench/instructions.py MILLRACE MILLRACE-CORPUS --record   write bench/instructions.json anew
    bench/instructions.py MILLRACE MILLRACE-CORPUS --show     print, compare nothing

A count does not depend on what else runs on the machine, so a slower commit shows
whatever the noise. What is counted: each stage of `millrace bench` over a small
generated bucket, and `millrace run` as a whole, with the AVX2 kernels (valgrind
knows no AVX-512). Counts are instructions per byte of decoded JSON.

The tolerance: Debian 12 fixes the compiler, libc, libdeflate, simdjson and zstd, so
a count repeats to 0.1 %; what is left over is for a compiler's update and for where
the linker puts things. A count above it fails: a commit that means to be slower
records the new counts and says why. For one below it the check asks to record the
gain: until then it can be lost again unseen. With another compiler or another library the counts mean nothing:
the check is skipped and says so (exit 77).
"""

import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
BASELINE = os.path.join(HERE, "instructions.json")
TOLERANCE = 0.02
# What a count is the inclusive cost of.
STAGES = {
    "unwrap": "stage_unwrap", "split": "stage_split", "stage 1": "stage_tokens",
    "parse": "stage_parse", "walk": "stage_events", "unescape": "stage_unescape",
    "interpret": "stage_interpret", "group": "stage_group", "columns": "stage_columns",
    "parquet": "stage_parquet",
}
BUCKET = ["--seed", "7", "--size", "3M", "--object-size", "1M", "--shapes"]


def run(*command, env=None):
    done = subprocess.run(command, env={**os.environ, **(env or {})}, capture_output=True,
                          check=False, text=True)
    if done.returncode != 0:
        print(done.stdout[-2000:], done.stderr[-2000:], sep="\n")
        raise SystemExit(f"{' '.join(command)}: exit {done.returncode}")
    return done.stdout


def callgrind(folder, *command):
    """The lines of what callgrind counted."""
    out = os.path.join(folder, "callgrind.out")
    run("valgrind", "--tool=callgrind", "-q", f"--callgrind-out-file={out}", *command,
        env={"MILLRACE_CPU": "avx2"})
    with open(out, encoding="utf-8", errors="replace") as file:
        return file.readlines()


def inclusive(lines):
    """{function: instructions} with all that it calls."""
    names, costs, called = {}, {}, None
    is_cost = False
    for line in lines:
        if is_cost:
            costs[called] = costs.get(called, 0) + int(line.split()[1])
            is_cost = False
        elif line.startswith("calls="):
            is_cost = True
        else:
            named = re.match(r"(c?fn)=\((\d+)\)(?: (.*))?$", line)
            if named:
                what, number, name = named.groups()
                if name:
                    # What the compiler adds to a name says nothing here.
                    names[number] = re.sub(r"\.(constprop|lto_priv|isra|part|cold).*|'.*", "", name)
                if what == "cfn":
                    called = names[number]
    return costs


def total(lines):
    for line in reversed(lines):
        if line.startswith(("totals:", "summary:")):
            return int(line.split()[1])
    raise SystemExit("callgrind gave no total")


def count(millrace, corpus):
    """{stage: instructions per byte}."""
    counts = {}
    with tempfile.TemporaryDirectory(prefix="millrace-instructions-") as folder:
        # Objects as Firehose writes them, and the same records without gzip.
        for shape, name in (("A", "members"), ("D", "plain")):
            bucket = os.path.join(folder, name)
            run(corpus, "-o", bucket, *BUCKET, shape)
            if shape == "A":
                lines = callgrind(folder, millrace, "bench", bucket, "-q", "--runs", "1", "-j", "1",
                                  "--kernels", "avx2", "--no-whole", "--work", folder)
                costs = inclusive(lines)
                for stage, function in STAGES.items():
                    if function not in costs:
                        raise SystemExit(f"{function}: not found in what callgrind counted")
                    counts[stage] = costs[function]
            for what, more in (("report", ["--no-dataset"]), ("report and dataset", [])):
                out = os.path.join(folder, "out")
                lines = callgrind(folder, millrace, "run", bucket, "-q", "-j", "1", "--io", "threads", "--force",
                                  "-o", out, *more)
                counts[f"{what}, {name}"] = total(lines)
            with open(os.path.join(folder, "out", "ledger.json"), encoding="utf-8") as file:
                json_bytes = json.load(file)["decoded_bytes"]["total"]
    # Both buckets hold the same records.
    return {stage: round(n / json_bytes, 4) for stage, n in counts.items()}


def version(package):
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True,
                          check=False, text=True)
    return done.stdout or None


def conditions():
    """What decides the counts besides the program."""
    packages = ["gcc-12", "libc6", "libdeflate-dev", "libisal-dev", "libmimalloc-dev",
                "libsimdjson-dev", "libxxhash-dev", "libzstd-dev", "valgrind"]
    return {package: version(package) for package in packages}


def cannot_run():
    for program in ("valgrind", "dpkg-query"):
        if subprocess.run(["which", program], capture_output=True, check=False).returncode != 0:
            return f"no {program}"
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        if " avx2 " not in file.read():
            return "this machine has no AVX2"
    return None


def compare(recorded, counts):
    """Prints a line per stage; gives those outside the tolerance."""
    slower, faster = [], []
    for stage in sorted(recorded.keys() | counts.keys(), key=list(counts).index):
        was, now = recorded.get(stage), counts[stage]
        change = now / was - 1 if was else None
        print(f"{stage:28} {now:9.4f} instructions per byte, "
              + (f"{was:9.4f} recorded, {change:+.1%}" if was else "none recorded"))
        if was is None or change > TOLERANCE:
            slower.append(stage)
        elif change < -TOLERANCE:
            faster.append(stage)
    return slower, faster


def main():
    why = cannot_run()
    if why:
        print(f"skipped: {why}")
        sys.exit(77)
    with open(BASELINE, encoding="utf-8") as file:
        baseline = json.load(file)
    here = conditions()
    is_recording = "--record" in sys.argv
    if not is_recording and "--show" not in sys.argv and here != baseline["conditions"]:
        other = {k: v for k, v in here.items() if v != baseline["conditions"].get(k)}
        print(f"skipped: recorded with other packages than {other}")
        sys.exit(77)
    counts = count(sys.argv[1], sys.argv[2])
    slower, faster = compare(baseline["instructions_per_byte"], counts)
    if is_recording:
        with open(BASELINE, "w", encoding="utf-8") as file:
            json.dump({"conditions": here, "instructions_per_byte": counts}, file, indent=2)
            file.write("\n")
        print(f"recorded in {BASELINE}")
    elif "--show" not in sys.argv:
        record = f"record it: {sys.argv[0]} {sys.argv[1]} {sys.argv[2]} --record"
        if slower:
            print(f"more instructions by over {TOLERANCE:.0%}: {', '.join(slower)}. Find out why; "
                  f"where it is meant, say so in the commit and {record}")
        if faster:
            print(f"fewer instructions by over {TOLERANCE:.0%}: {', '.join(faster)}. To keep the "
                  f"gain, {record}")
        sys.exit(1 if slower else 0)


if __name__ == "__main__":
    main()
