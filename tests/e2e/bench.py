#!/usr/bin/env python3
"""millrace bench: what is measured, of what, and that it leaves nothing. No time is judged."""

import json
import os
import signal
import statistics
import subprocess
import time

import harness

LIMITS = ["memory read", "memcpy", "zstd", "write, fsync"]
PLAIN = ["read", "hand-over plain", "group", "columns", "parquet", "- sort", "- dictionary",
         "- encode", "- zstd", "- write"]
BY_KERNEL = ["split", "glance", "stage 1", "parse", "repair", "walk", "unescape", "interpret", "mask", "pack",
             "report", "report, dataset"]


def bench(bucket, work, *more, wanted=(0,)):
    done = harness.millrace("bench", bucket, "--json", "--work", work, *more, wanted=wanted)
    return json.loads(done.stdout), done.stderr.decode()


def near(a, b):
    return abs(a - b) <= 1e-6 * max(abs(a), abs(b))


def check_rows(check, what, got, expected):
    rows = sorted((f["stage"], f["kernels"], f["threads"]) for f in got["figures"]
                  if f["stage"] != "hand-over uring")  # not where io_uring is refused
    check.expect(f"{what}: rows", sorted(expected, key=str), sorted(rows, key=str))
    for f in got["figures"]:
        name = f"{what}: {f['stage']}"
        check.expect_true(f"{name}: is measured", f["bytes"] > 0 and min(f["seconds"]) > 0)
        check.expect(f"{name}: runs", got["runs"], len(f["seconds"]))
        median = statistics.median(f["seconds"])
        check.expect_true(f"{name}: median", near(median, f["median_s"]))
        check.expect_true(f"{name}: rate", near(f["json_bytes"] / median / 1e9, f["json_gb_per_s"]))


def every_row(check, folder):
    """Both threads, two kernels, gzip members: the table is whole, and its bytes are the truth's."""
    bucket, work = f"{folder}/bucket", f"{folder}/work"
    os.mkdir(work)
    truth = harness.corpus(bucket, "--seed", 5, "--size", "1M", "--object-size", "100K")
    got, _ = bench(bucket, work, "--runs", 2, "-j", "1,2", "--kernels", "scalar")
    expected = [(s, None, t) for s in LIMITS + PLAIN + ["libdeflate", "unwrap"] for t in (1, 2)]
    expected += [(s, "scalar", t) for s in BY_KERNEL for t in (1, 2)]
    check_rows(check, "members", got, expected)
    whole = harness.millrace("run", bucket, "-o", f"{folder}/out", "-q")
    del whole
    ledger = harness.load(f"{folder}/out", "ledger.json")
    check.expect("objects", ledger["objects"]["total"], got["objects"])
    check.expect("stored", ledger["stored_bytes"]["total"], got["stored_bytes"])
    check.expect("decoded", ledger["decoded_bytes"]["total"], got["json_bytes"])
    check.expect("events", ledger["events"]["total"], got["events"])
    check.expect_true("truth", truth)
    for f in got["figures"]:
        if f["stage"] in ("memory read", "split", "libdeflate", "unwrap", "report"):
            check.expect(f"{f['stage']}: bytes", got["json_bytes"], f["bytes"])
        if f["stage"] == "read":
            check.expect("read: bytes", got["stored_bytes"], f["bytes"])
        if f["stage"] in ("walk", "interpret", "group", "columns", "report"):
            check.expect(f"{f['stage']}: events", got["events"], f["events"])
    check.expect("nothing is left", [], os.listdir(work))
    table = harness.millrace("bench", bucket, "-q", "--work", work, "--runs", 1, "-j", 1, "--kernels",
                             "scalar").stdout.decode().splitlines()
    widths = {line.index(" %") for line in table if " % " in line or line.endswith(" %")}
    check.expect_true("the table has columns", len(widths) == 1)


def sample(check, folder):
    """More text than --max-bytes: whole objects up to it, and it is said."""
    bucket, work = f"{folder}/bucket", f"{folder}/work"
    got, said = bench(bucket, work, "--runs", 1, "-j", 1, "--kernels", "scalar", "--max-bytes", "400K")
    check.expect_true("a sample", 0 < got["objects"] < 10)
    check.expect_true("what is left out", got["objects_left_out"] > 0)
    check.expect_true("the bound", got["json_bytes"] <= 400 * 1024)
    check.expect_true("it is said", "measuring a sample" in said)
    rows = {f["stage"]: f for f in got["figures"]}
    check.expect("the whole runs over the sample", got["json_bytes"], rows["report"]["bytes"])
    done = harness.millrace("bench", bucket, f"{folder}/bucket", "-q", "--max-bytes", "400K", wanted=(2,))
    check.expect_true("two sources have no sample", done.stderr)


def every_shape(check, folder):
    """Shapes of every kind, and damage: they are measured, whatever is in them."""
    bucket, work = f"{folder}/shapes", f"{folder}/work"
    harness.corpus(bucket, "--seed", 6, "--size", "300K", "--object-size", "30K", "--shapes",
                   "A,B,C,D,E,F,G,H,I")
    got, _ = bench(bucket, work, "--runs", 1, "-j", 1, "--kernels", "scalar")
    expected = [(s, None, 1) for s in LIMITS + PLAIN + ["libdeflate", "unwrap"]]
    expected += [(s, "scalar", 1) for s in BY_KERNEL]
    check_rows(check, "shapes", got, expected)
    random = harness.seeded()
    for root, _, names in os.walk(bucket):
        for name in names:
            path = os.path.join(root, name)
            with open(path, "r+b") as file:
                data = bytearray(file.read())
                for _ in range(3):
                    data[random.randrange(len(data))] = random.randrange(256)
                file.seek(0)
                file.write(data)
    got, _ = bench(bucket, work, "--runs", 1, "-j", 2, "--kernels", "scalar", "--no-whole")
    check.expect_true("damaged objects are measured", len(got["figures"]) >= 10)
    check.expect("no whole", [], [f for f in got["figures"] if f["kind"] == "whole"])


def interrupted(check, folder):
    """SIGINT ends it with 130, and its folder goes."""
    bucket, work = f"{folder}/bucket", f"{folder}/work"
    with subprocess.Popen([harness.MILLRACE, "bench", bucket, "--runs", "99", "--work", work],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as child:
        while b"run 2" not in child.stderr.readline():
            time.sleep(0)
        child.send_signal(signal.SIGINT)
        child.stderr.read()
        check.expect("interrupted", 130, child.wait())
    check.expect("interrupted: nothing is left", [], os.listdir(work))


def main():
    check = harness.Failures()
    with harness.folder() as folder:
        every_row(check, folder)
        sample(check, folder)
        every_shape(check, folder)
        interrupted(check, folder)
    check.finish()


if __name__ == "__main__":
    main()
