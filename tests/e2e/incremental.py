#!/usr/bin/env python3
"""More objects than OUT holds are another generation; anything else is refused.

A bucket is staged day by day and run after each; report, ledger, rows and
quarantine then cover all days, earlier dataset files stay as they were, and the
sequence of runs alone decides the bytes, killed on the way or not.
"""

import os
import shutil
import signal
import subprocess
import time

import harness


def days_of(bucket):
    """{day: [paths below the bucket]} by key."""
    found = {}
    for root, _, names in os.walk(bucket):
        for name in names:
            path = os.path.relpath(os.path.join(root, name), bucket)
            found.setdefault("/".join(path.split("/")[:3]), []).append(path)
    return dict(sorted(found.items()))


def stage(bucket, to, paths):
    for path in paths:
        target = os.path.join(to, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy(os.path.join(bucket, path), target)


def comparable(report):
    """What must not depend on how the objects came: samples name no files."""
    return [(g["fingerprint"], g["count"], g["first_seen"], g["last_seen"], g["accounts"],
             g["log_groups"], g["by_hour"], g["requests"]) for g in report["groups"]]


def killed(base, *arguments):
    process = subprocess.Popen([harness.MILLRACE, *arguments], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    time.sleep(base)
    process.send_signal(signal.SIGKILL)
    process.wait()


def main():
    check = harness.Failures()
    rng = harness.seeded()
    with harness.folder() as base:
        bucket, staged, out, whole, again = (
            os.path.join(base, n) for n in ("bucket", "b", "out", "whole", "again"))
        harness.corpus(bucket, "--seed", 61, "--size", "20M", "--objects", 60, "--days", 4,
                       "--shapes", "A,C,D,G")
        days = days_of(bucket)
        with open(os.path.join(bucket, list(days.values())[1][0]), "ab") as file:
            file.write(b"garbage")
        earlier = {}
        generations = []
        for day, paths in days.items():
            stage(bucket, staged, paths)
            harness.millrace("run", staged, "-o", out, "-q", wanted=(0, 3))
            files = {k: v for k, v in harness.tree(out).items() if k.endswith(".parquet")}
            check.expect(f"{day}: earlier files stay", [],
                         [k for k, v in earlier.items() if files.get(k) != v])
            check.expect_true(f"{day}: new files", len(files) > len(earlier))
            earlier = files
            generations.append(harness.lines(out, "objects.ndjson")[0]["generation"])
        check.expect("generations", list(range(1, len(days) + 1)), generations)

        harness.millrace("run", staged, "-o", whole, "-q", wanted=(3,))
        for name in ("report.partial", "report.csv"):
            check.expect(f"{name} equals that of one run over all", harness.tree(whole)[name],
                         harness.tree(out)[name])
        check.expect("groups", comparable(harness.load(whole, "report.json")),
                     comparable(harness.load(out, "report.json")))
        ledger, wanted = harness.load(out, "ledger.json"), harness.load(whole, "ledger.json")
        harness.sums_hold(check, ledger, "four generations")
        check.expect("rows", wanted["dataset"]["rows"], ledger["dataset"]["rows"])
        for section in wanted:
            if section != "dataset":
                check.expect(f"ledger {section}", wanted[section], ledger[section])
        check.expect("quarantine", sorted(map(str, harness.lines(whole, "quarantine.ndjson"))),
                     sorted(map(str, harness.lines(out, "quarantine.ndjson"))))
        check.expect("objects", sorted(o["name"] for o in harness.lines(whole, "objects.ndjson")[1:]),
                     sorted(o["name"] for o in harness.lines(out, "objects.ndjson")[1:]))
        done = harness.millrace("run", staged, "-o", out)
        check.expect_true("nothing new says so", b"nothing to do" in done.stderr)

        # The same sequence again, killed on the way: the same bytes.
        harness.remove(staged)
        for paths in days.values():
            stage(bucket, staged, paths)
            for _ in range(3):
                killed(rng.random() * 0.3, "run", staged, "-o", again, "-q")
            harness.millrace("run", staged, "-o", again, "-q", wanted=(0, 3))
        check.expect("bytes of the same sequence", [],
                     harness.difference(harness.tree(out), harness.tree(again)))
        check.expect("the work folder is gone", False, os.path.exists(again + ".work"))

        # What does not fit is refused with one line, and OUT stays as it is.
        before = harness.tree(out)
        refused = harness.millrace("run", staged, "-o", out, "--raw", "always", wanted=(2,))
        check.expect_true("other options", b"other options" in refused.stderr)
        grown = os.path.join(staged, list(days.values())[0][0])
        with open(grown, "ab") as file:
            file.write(b"{}")
        refused = harness.millrace("run", staged, "-o", out, wanted=(2,))
        check.expect_true("a changed size", b"bytes when" in refused.stderr)
        check.expect("OUT after refusals", [], harness.difference(before, harness.tree(out)))
        harness.millrace("run", staged, "-o", out, "-q", "--force", wanted=(3,))
        harness.remove(whole)
        harness.millrace("run", staged, "-o", whole, "-q", wanted=(3,))
        check.expect("--force builds anew", [],
                     harness.difference(harness.tree(whole), harness.tree(out)))
    check.finish()


if __name__ == "__main__":
    main()
