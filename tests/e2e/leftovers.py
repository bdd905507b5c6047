#!/usr/bin/env python3
"""What an unfinished run left is finished, added to, or refused; never lost.

A run over two days is killed once a batch is committed. The bucket then grows:
the same command finishes the old plan and adds the new objects, with the bytes
of the two runs one after the other. Work that does not fit is refused with one
line, and damaged work fails the run.
"""

import os
import shutil
import subprocess
import time

import harness


def days_of(bucket):
    """Paths below the bucket, a list per day."""
    found = {}
    for root, _, names in os.walk(bucket):
        for name in names:
            path = os.path.relpath(os.path.join(root, name), bucket)
            found.setdefault("/".join(path.split("/")[:3]), []).append(path)
    return [sorted(found[day]) for day in sorted(found)]


def stage(bucket, to, paths):
    for path in paths:
        target = os.path.join(to, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy(os.path.join(bucket, path), target)


def committed(work):
    """Paths of the commits below the work folder."""
    return [os.path.join(root, name) for root, _, names in os.walk(work) for name in names
            if os.path.basename(root) == "done"]


def leave_unfinished(staged, out, *more):
    """Leaves a run of which some batches, not all, are committed."""
    while True:
        harness.remove(out)
        harness.remove(out + ".work")
        process = subprocess.Popen([harness.MILLRACE, "run", staged, "-o", out, "-q", "-j", "1",
                                    *more], stderr=subprocess.DEVNULL)
        while process.poll() is None and not committed(out + ".work"):
            time.sleep(0.001)
        process.kill()
        process.wait()
        if not os.path.exists(out) and committed(out + ".work"):
            return


def refused(check, what, wanted, *arguments, status=2):
    said = harness.millrace(*arguments, wanted=(status,)).stderr
    check.expect(f"{what}: one line: {said}", 1, said.count(b"\n"))
    check.expect_true(f"{what}: {said}", wanted in said)


def check_grown(check, base, bucket, days):
    staged, out, wanted = (os.path.join(base, n) for n in ("grown", "grown.out", "grown.wanted"))
    stage(bucket, staged, days[0] + days[1])
    harness.millrace("run", staged, "-o", wanted, "-q")
    leave_unfinished(staged, out)
    stage(bucket, staged, days[2] + days[3])
    harness.millrace("run", staged, "-o", wanted, "-q")
    said = harness.millrace("run", staged, "-o", out).stderr
    check.expect_true(f"grown: says so: {said}", b"they come first" in said)
    check.expect_true(f"grown: goes on: {said}", b"going on with earlier work" in said)
    check.expect("grown: generations", 2, harness.lines(out, "objects.ndjson")[0]["generation"])
    check.expect("grown: bytes", [], harness.difference(harness.tree(wanted), harness.tree(out)))
    check.expect("grown: the work folder is gone", False, os.path.exists(out + ".work"))


def check_published(check, base, bucket, days):
    """Killed after it published, before it cleaned up; then the bucket grows."""
    staged, out = os.path.join(base, "left"), os.path.join(base, "left.out")
    stage(bucket, staged, days[0])
    harness.millrace("run", staged, "-o", out, "-q")
    plan = harness.lines(out, "objects.ndjson")[0]["plan"]
    os.makedirs(os.path.join(out + ".work", plan, "done"))
    with open(os.path.join(out + ".work", plan, "done", "000000.json"), "wb"):
        pass
    stage(bucket, staged, days[1])
    harness.millrace("run", staged, "-o", out, "-q")
    check.expect("left: generations", 2, harness.lines(out, "objects.ndjson")[0]["generation"])
    check.expect("left: the work folder is gone", False, os.path.exists(out + ".work"))


def check_refused(check, base, bucket, days):
    staged, out = os.path.join(base, "other"), os.path.join(base, "other.out")
    stage(bucket, staged, days[0] + days[1])
    leave_unfinished(staged, out)
    run = ("run", staged, "-o", out)
    refused(check, "other options", b"other options", *run, "--raw", "always")
    path = os.path.join(staged, days[1][0])
    with open(path, "ab") as file:
        file.write(b"{}")
    refused(check, "a size changed", b"bytes when the work", *run)
    os.rename(path, os.path.join(base, "aside"))
    refused(check, "an object is gone", b"not in the source now", *run)
    check.expect_true("refused work stays", committed(out + ".work"))
    harness.millrace(*run, "-q", "--force")
    check.expect("forced: the work folder is gone", False, os.path.exists(out + ".work"))


def check_nothing_done(check, base, bucket, days):
    """A plan of which nothing is committed stands in nobody's way."""
    staged, out = os.path.join(base, "nothing"), os.path.join(base, "nothing.out")
    stage(bucket, staged, days[0] + days[1])
    leave_unfinished(staged, out)
    for path in committed(out + ".work"):
        os.remove(path)
    os.remove(os.path.join(staged, days[1][0]))
    harness.millrace("run", staged, "-o", out, "-q")
    check.expect("nothing done: the work folder is gone", False, os.path.exists(out + ".work"))


def check_damaged(check, base, bucket, days):
    staged, out = os.path.join(base, "damaged"), os.path.join(base, "damaged.out")
    stage(bucket, staged, days[0] + days[1])
    for name, change in (("parquet", "flip"), ("parquet", "cut"), ("parquet", "remove"),
                         ("partial", "flip"), ("partial", "cut"), (".json", "cut")):
        leave_unfinished(staged, out)
        done = committed(out + ".work")[0]
        attempt = harness.load(done)["attempt"]
        folder = os.path.join(os.path.dirname(os.path.dirname(done)), "attempt", attempt)
        path = done if name == ".json" else next(
            os.path.join(root, n) for root, _, names in os.walk(folder) for n in sorted(names)
            if n.endswith(name))
        if change == "remove":
            os.remove(path)
        else:
            with open(path, "r+b") as file:
                file.seek(os.path.getsize(path) // 2)
                file.write(b"\x55\xaa\x55") if change == "flip" else file.truncate()
        what = f"damaged work: {name} {change}"
        named = os.path.basename(path).encode()
        refused(check, what, named, "run", staged, "-o", out, "-q", status=1)
        refused(check, what, b"remove ", "run", staged, "-o", out, "-q", status=1)
        check.expect(f"{what}: nothing is published", False, os.path.exists(out))


def main():
    check = harness.Failures()
    with harness.folder() as base:
        bucket = os.path.join(base, "bucket")
        harness.corpus(bucket, "--seed", 67, "--size", "24M", "--objects", 24, "--days", 4,
                       "--shapes", "A,D")
        days = days_of(bucket)
        for part in (check_grown, check_published, check_refused, check_nothing_done,
                     check_damaged):
            part(check, base, bucket, days)
    check.finish()


if __name__ == "__main__":
    main()
