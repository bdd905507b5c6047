#!/usr/bin/env python3
"""Filters: --since, --until, --late, --account, --log-group, --min-level.

What they leave out is counted: events in `filtered`, objects that their key puts
outside in `skipped` bytes. Rows are those that the same rules, written here once
more, choose among all of `millrace events`.
"""

import datetime
import fnmatch
import gzip
import json
import os

import harness

HOUR = 3600 * 1000
DAY = 24 * HOUR
NUMBERS = {"TRACE": 1, "DEBUG": 5, "INFO": 9, "WARN": 13, "ERROR": 17, "FATAL": 21}
LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]
START = 1672876800000  # 2023-01-05T00:00:00Z


def instant(ms):
    return datetime.datetime.fromtimestamp(ms / 1000, datetime.timezone.utc)


def text(ms):
    return instant(ms).strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03d}Z"


def record(account, group, events):
    return gzip.compress(json.dumps({
        "messageType": "DATA_MESSAGE", "owner": account, "logGroup": group, "logStream": "s",
        "subscriptionFilters": ["f"],
        "logEvents": [{"id": f"{i:056d}", "timestamp": at, "message": message}
                      for i, (at, message) in enumerate(events)]}).encode(), mtime=0)


def make_bucket(bucket):
    """An object an hour over two days and one with no time in its key; events up to
    a day older than their object, of every level and of none."""
    sizes = {}
    hours = [START + i * HOUR for i in range(48)] + [None]
    for i, at in enumerate(hours):
        events = []
        for k in range(12):
            when = (at or START) + k * 5 * 60000 - (DAY if k % 6 == 5 else 0)
            events.append((when, json.dumps({"level": LEVELS[k % 6], "message": f"m{k}"})
                           if k < 9 else f"a line {k}"))
        name = "undated" if at is None else instant(at).strftime("%Y/%m/%d/%H/") + (
            f"logs-1-{instant(at):%Y-%m-%d-%H-%M-%S}-00000000-0000-0000-0000-{i:012d}.gz")
        data = record(("111122223333", "444455556666")[i % 2],
                      ("/aws/lambda/shop", "/aws/lambda/shop-dev", "/ecs/api")[i % 3], events)
        path = os.path.join(bucket, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
        sizes["bucket/" + name] = (at, len(data))
    return sizes


class Filter:
    """Arguments, and what they mean."""

    def __init__(self, name, *arguments, since=None, until=None, late=15 * DAY, accounts=("*",),
                 groups=("*",), least=0):
        self.name, self.arguments = name, arguments
        self.since, self.until, self.late = since, until, late
        self.accounts, self.groups, self.least = accounts, groups, least

    def is_pruned(self, at):
        return at is not None and (
            (self.since is not None and at < self.since - HOUR)
            or (self.until is not None and at > self.until + self.late))

    def is_wanted(self, row):
        at = instant_ms(row["timestamp"])
        number = row.get("severity_number")
        return ((self.since is None or at >= self.since)
                and (self.until is None or at <= self.until)
                and any(fnmatch.fnmatchcase(row["account_id"], g) for g in self.accounts)
                and any(fnmatch.fnmatchcase(row["log_group"], g) for g in self.groups)
                and (number is None or number >= self.least))


def instant_ms(rfc3339):
    return round(datetime.datetime.fromisoformat(rfc3339.replace("Z", "+00:00"))
                 .timestamp() * 1000)


NOON = START + 12 * HOUR
FILTERS = [
    Filter("all"),
    Filter("since", "--since", "2023-01-05T12", since=NOON),
    Filter("since a day", "--since", "2023-01-06", since=START + DAY),
    Filter("until a day", "--until", "2023-01-05", until=START + DAY - 1),
    Filter("until an hour", "--until", "2023-01-05T12", "--late", "1h",
           until=NOON + HOUR - 1, late=HOUR),
    Filter("not late", "--until", "2023-01-05T12:30:15", "--late", "0h",
           until=NOON + 30 * 60000 + 15999, late=0),
    Filter("both", "--since", "2023-01-05T20", "--until", "2023-01-06T03", "--late", "30m",
           since=START + 20 * HOUR, until=START + 28 * HOUR - 1, late=30 * 60000),
    Filter("nothing left", "--since", "2024-01-01", since=1704067200000),
    Filter("an account", "--account", "111122223333", accounts=("111122223333",)),
    Filter("accounts", "--account", "1111*", "--account", "????55556666",
           accounts=("1111*", "????55556666")),
    Filter("no such account", "--account", "9*", accounts=("9*",)),
    Filter("a group", "--log-group", "/aws/lambda/shop", groups=("/aws/lambda/shop",)),
    Filter("groups", "--log-group", "/aws/lambda/*", groups=("/aws/lambda/*",)),
    Filter("a set", "--log-group", "/[ae]*s/*[pi]", groups=("/[ae]*s/*[pi]",)),
    *(Filter(f"at least {level}", "--min-level", level.lower(), least=NUMBERS[level])
      for level in LEVELS),
    Filter("together", "--since", "2023-01-05T12", "--min-level", "WARN", "--account", "1*",
           "--log-group", "*shop*", since=NOON, least=13, accounts=("1*",), groups=("*shop*",)),
]


def check_filter(check, base, bucket, sizes, rows, f):
    out = os.path.join(base, f.name.replace(" ", "-"))
    arguments = ["run", bucket, "-o", out, "-q", "-j", 2, *f.arguments]
    harness.millrace(*arguments)
    ledger = harness.load(out, "ledger.json")
    harness.sums_hold(check, ledger, f.name)
    pruned = {name for name, (at, _) in sizes.items() if f.is_pruned(at)}
    read = [row for row in rows if row["source_object"] not in pruned]
    wanted = [row for row in read if f.is_wanted(row)]
    check.expect(f"{f.name}: skipped bytes", sum(sizes[name][1] for name in pruned),
                 ledger["stored_bytes"]["skipped"])
    check.expect(f"{f.name}: all bytes", sum(size for _, size in sizes.values()),
                 ledger["stored_bytes"]["total"])
    check.expect(f"{f.name}: all objects", len(sizes), ledger["objects"]["total"])
    check.expect(f"{f.name}: events read", len(read), ledger["events"]["total"])
    check.expect(f"{f.name}: filtered", len(read) - len(wanted), ledger["events"]["filtered"])
    check.expect(f"{f.name}: rows", len(wanted), ledger["events"]["rows"])
    check.expect(f"{f.name}: rows in files", len(wanted), ledger["dataset"]["rows"])
    levels = {}
    for row in wanted:
        if "level" in row:
            levels[row["level"]] = levels.get(row["level"], 0) + 1
    check.expect(f"{f.name}: levels", levels,
                 {level: n for level, n in ledger["levels"].items() if n > 0})
    entries = [e for e in harness.lines(out, "manifest.jsonl") if "first" in e]
    if wanted:
        times = [instant_ms(row["timestamp"]) for row in wanted]
        check.expect(f"{f.name}: first and last", (text(min(times)), text(max(times))),
                     (min(e["first"] for e in entries), max(e["last"] for e in entries)))
    alerts = sum(group["count"] for group in harness.load(out, "report.json")["groups"])
    check.expect(f"{f.name}: alerts are of rows", alerts,
                 sum(row.get("fingerprint") is not None for row in wanted))
    harness.millrace("verify", out, "--against", bucket,
                     *(a for pair in zip(f.arguments[::2], f.arguments[1::2])
                       if pair[0] in ("--since", "--until", "--late") for a in pair))
    return len(pruned), len(wanted)


def check_use(check, base, bucket):
    """Filters decide bytes; those that cannot be meant are refused in one line."""
    out = os.path.join(base, "all")
    for more in (("--min-level", "error"), ("--since", "2023-01-05"), ("--account", "1*")):
        said = harness.millrace("run", bucket, "-o", out, *more, wanted=(2,)).stderr
        check.expect_true(f"{more}: other options: {said}", b"other options" in said)
    for more in (("--min-level", "loud"), ("--since", "yesterday"), ("--until", "2023-13-01"),
                 ("--late", "soon")):
        said = harness.millrace("run", bucket, "-o", out, *more, wanted=(2,)).stderr
        check.expect(f"{more}: one line: {said}", 1, said.count(b"\n"))
        check.expect_true(f"{more}: names it", more[0].encode() in said)
    said = harness.millrace("run", bucket, "-o", os.path.join(base, "never"), "--since",
                            "2023-01-06", "--until", "2023-01-05", wanted=(2,)).stderr
    check.expect(f"since behind until: one line: {said}", 1, said.count(b"\n"))


def main():
    check = harness.Failures()
    with harness.folder() as base:
        bucket = os.path.join(base, "bucket")
        sizes = make_bucket(bucket)
        rows = harness.events(bucket)
        seen = [check_filter(check, base, bucket, sizes, rows, f) for f in FILTERS]
        check.expect_true("some prune", any(pruned for pruned, _ in seen))
        check.expect("each leaves something else", True, len({n for _, n in seen}) > 12)
        check_use(check, base, bucket)
    check.finish()


if __name__ == "__main__":
    main()
