#!/usr/bin/env python3
"""90 days of small objects: within the memory budget, every row there, few files.

Firehose writes many small objects; events come days before and after their key's
day. 3,000 objects; MILLRACE_OBJECTS=100000 for more, which are larger too, so that
workers' tables fill up.
"""

import collections
import os
import re

import budget
import harness

OBJECTS = int(os.environ.get("MILLRACE_OBJECTS", "3000"))
BYTES_PER_OBJECT = 40000 if OBJECTS >= 50000 else 12000
DAYS = 90
WORKERS = 2

# src/limits.h: files are gathered to this size, and one of a day may be smaller.
FILE_BYTES = 64 << 20
# ledger, manifest, objects, quarantine, _SUCCESS, timing, the reports.
SMALL_FILES_MAX = 16


class Widest:
    """The largest number of files that lay in the work folder at once."""

    def __init__(self, work):
        self.work = work
        self.looks = self.files = 0

    def __call__(self):
        self.looks += 1
        if self.looks % 100 == 0:
            self.files = max(self.files, sum(len(names) for _, _, names in os.walk(self.work)))


def check_files(check, out):
    """One file for each day, and one more for each FILE_BYTES of it."""
    sizes = collections.defaultdict(list)
    files = 0
    for root, _, names in os.walk(out):
        files += len(names)
        for name in names:
            if name.endswith(".parquet"):
                day = re.fullmatch(r"dt=(.+)", os.path.basename(root)).group(1)
                sizes[day].append(os.path.getsize(os.path.join(root, name)))
    for day, of_day in sizes.items():
        check.expect_true(f"{day}: {len(of_day)} files of {of_day} bytes",
                          len(of_day) <= 1 + sum(of_day) // FILE_BYTES)
    parquet = sum(map(len, sizes.values()))
    check.expect_true(f"{files - parquet} files beside the dataset's",
                      files - parquet <= SMALL_FILES_MAX)
    return parquet, sum(map(sum, sizes.values()))


def check_rows(check, truth, out):
    ledger = harness.load(out, "ledger.json")
    harness.sums_hold(check, ledger, "ledger")
    check.expect("objects", truth["objects"], ledger["objects"]["total"])
    check.expect("damaged", 0, ledger["objects"]["damaged"])
    check.expect("rows", truth["events"]["rows"], ledger["events"]["rows"])
    check.expect("rows in files", truth["events"]["rows"], ledger["dataset"]["rows"])
    check.expect("levels", truth["levels"], ledger["levels"])
    got = collections.Counter()
    for entry in harness.lines(out, "manifest.jsonl"):
        if "rows" in entry:
            day = re.search(r"dt=([^/]+)/", entry["path"]).group(1)
            got["null" if day.startswith("__") else day] += entry["rows"]
    check.expect("rows by day", truth["partition_days"], dict(got))


def check_dataset(check, truth, bucket, base):
    out = os.path.join(base, "out")
    allowed = budget.with_dataset(WORKERS)
    work = Widest(out + ".work")
    done = budget.run("run", bucket, "-o", out, "-q", "-j", WORKERS, budget_bytes=allowed,
                      on_look=work)
    budget.expect_within(check, "with the dataset", done, allowed)
    if done.status != 0:
        return
    parquet, total = check_files(check, out)
    print(f"{parquet} Parquet files of {total} bytes; {work.files} files in the work folder "
          "at most")
    check_rows(check, truth, out)
    # A batch writes a few days' files and a handful of others; batches are at
    # least one a day, and none is smaller than 8 MiB without need.
    batches = DAYS + truth["stored_bytes"] // (8 << 20)
    check.expect_true(f"{work.files} files in the work folder", work.files <= 16 * batches)
    check.expect("the work folder is gone", False, os.path.exists(out + ".work"))
    verified = budget.run("verify", out, "-j", WORKERS, budget_bytes=allowed)
    budget.expect_within(check, "verify", verified, allowed)
    harness.remove(out)


def check_report_only(check, truth, bucket, base):
    out = os.path.join(base, "report")
    allowed = budget.report_only(WORKERS)
    done = budget.run("run", bucket, "-o", out, "-q", "-j", WORKERS, "--no-dataset",
                      budget_bytes=allowed)
    budget.expect_within(check, "the report alone", done, allowed)
    if done.status == 0:
        ledger = harness.load(out, "ledger.json")
        check.expect("rows of the report", truth["events"]["rows"], ledger["events"]["rows"])
        check.expect("no dataset", 0, ledger["dataset"]["files"])
    harness.remove(out)


def check_the_check(check, bucket, base):
    """A budget that no run can keep is seen to be overrun."""
    out = os.path.join(base, "small")
    done = budget.run("run", bucket, "-o", out, "-q", "-j", WORKERS, budget_bytes=2 * budget.MIB)
    check.expect_true("a run past its budget is ended", done.is_ended and done.status < 0)
    check.expect("and publishes nothing", False, os.path.exists(out))


def main():
    check = harness.Failures()
    with harness.folder() as base:
        bucket = os.path.join(base, "bucket")
        truth = harness.corpus(bucket, "--seed", 51, "--objects", OBJECTS, "--size",
                               OBJECTS * BYTES_PER_OBJECT, "--days", DAYS, "--shapes", "A,C,D,A",
                               "--gzip-level", 1, "--threads", WORKERS)
        check_dataset(check, truth, bucket, base)
        check_report_only(check, truth, bucket, base)
        if not budget.SANITIZED:
            check_the_check(check, bucket, base)
    check.finish()


if __name__ == "__main__":
    main()
