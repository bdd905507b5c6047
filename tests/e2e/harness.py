"""What the end-to-end tests share: programs, temporary folders, trees, reports.

Every test is a program: exit 0 when all holds, 1 with one line per failure, 77
when it cannot run here. MILLRACE and MILLRACE_CORPUS name the programs;
MILLRACE_IO, where it is set, is how every run fans out (`--io`).
"""

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

MILLRACE = os.environ.get("MILLRACE", "build/millrace")
CORPUS = os.environ.get("MILLRACE_CORPUS", "build/millrace-corpus")
IO = os.environ.get("MILLRACE_IO", "")

# Differs between runs by design, and is outside the manifest.
UNSTABLE = {"timing.json"}


class Failures:
    """Collects what does not hold, so that one run shows everything."""

    def __init__(self):
        self.lines = []
        self.checks = 0

    def expect(self, what, want, got):
        self.checks += 1
        if want != got:
            self.lines.append(f"{what}: wanted {want!r}, got {got!r}")

    def expect_true(self, what, holds):
        self.expect(what, True, bool(holds))

    def finish(self):
        for line in self.lines[:40]:
            print("FAILED", line[:600])
        print(f"{self.checks - len(self.lines)} of {self.checks} checks hold")
        sys.exit(1 if self.lines else 0)


def seeded():
    """A random generator whose seed is printed, and taken from the environment."""
    seed = int(os.environ.get("MILLRACE_TEST_SEED", random.randrange(1 << 32)))
    print(f"seed {seed} (MILLRACE_TEST_SEED)")
    return random.Random(seed)


def folder():
    return tempfile.TemporaryDirectory(prefix="millrace-e2e-")


def corpus(bucket, *arguments):
    """Generates a bucket; gives its truth."""
    truth = str(bucket) + ".truth.json"
    subprocess.run([CORPUS, "-o", bucket, "--truth", truth, *map(str, arguments)],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(truth, encoding="utf-8") as file:
        return json.load(file)


def command(*arguments, io=IO):
    """The command line of a run of millrace."""
    words = [MILLRACE, *map(str, arguments)]
    return words + ["--io", io] if io and arguments[0] == "run" else words


def millrace(*arguments, env=None, wanted=(0,), io=IO, **more):
    """Runs millrace; gives the finished process. Another exit status is an error."""
    done = subprocess.run(command(*arguments, io=io), capture_output=True, check=False,
                          env={**os.environ, **(env or {})}, **more)
    if wanted is not None and done.returncode not in wanted:
        print(done.stdout.decode(errors="replace")[-2000:])
        print(done.stderr.decode(errors="replace")[-2000:])
        raise SystemExit(f"millrace {' '.join(map(str, arguments))}: exit {done.returncode}, "
                         f"wanted {wanted}")
    return done


def tree(path):
    """{relative path: digest} of every file below path."""
    found = {}
    for root, _, names in os.walk(path):
        for name in names:
            full = os.path.join(root, name)
            with open(full, "rb") as file:
                found[os.path.relpath(full, path)] = hashlib.sha256(file.read()).hexdigest()
    return {k: v for k, v in found.items() if k not in UNSTABLE}


def difference(a, b):
    """Names of files that differ between two trees, or are in one alone."""
    return sorted(k for k in a.keys() | b.keys() if a.get(k) != b.get(k))


def load(path, *names):
    with open(os.path.join(path, *names), encoding="utf-8") as file:
        return json.load(file)


def lines(path, *names):
    with open(os.path.join(path, *names), encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def events(*paths, env=None, wanted=(0, 3)):
    """Rows of `millrace events`."""
    done = millrace("events", "-q", *paths, env=env, wanted=wanted)
    return [json.loads(line) for line in done.stdout.splitlines()]


def sums_hold(check, ledger, what):
    stored, decoded, event = ledger["stored_bytes"], ledger["decoded_bytes"], ledger["events"]
    check.expect(f"{what}: stored bytes add up", stored["total"],
                 stored["parsed"] + stored["padding"] + stored["skipped"] + stored["quarantined"])
    check.expect(f"{what}: decoded bytes add up", decoded["total"],
                 decoded["records"] + decoded["separators"] + decoded["quarantined"])
    check.expect(f"{what}: events add up", event["total"],
                 event["rows"] + event["ignored"] + event["filtered"] +
                 (event["duplicates"] or 0) + event["quarantined"])


def remove(path):
    shutil.rmtree(path, ignore_errors=True)
