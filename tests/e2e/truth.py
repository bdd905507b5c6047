#!/usr/bin/env python3
"""What millrace says of generated buckets against what the generator wrote.

Every count of ledger.json, every group of report.json and every row, with one
and with two threads; the two trees are the same bytes.
"""

import collections
import os
import re

import harness

BUCKETS = {
    "every shape": ("--seed", 11, "--size", "24M", "--objects", 90,
                    "--shapes", "A,B,C,D,E,F,G,H,I", "--days", 3),
    "the usual shapes": ("--seed", 12, "--size", "40M", "--objects", 40,
                         "--shapes", "A,B,C,D,E,G,H", "--days", 2, "--incident"),
    "one large plain object": ("--seed", 13, "--size", "48M", "--objects", 1, "--shapes", "D"),
    "one large gzip object": ("--seed", 14, "--size", "120M", "--objects", 1, "--shapes", "A",
                              "--gzip-level", 1),
    "many small objects": ("--seed", 15, "--size", "10M", "--objects", 1500, "--shapes", "A,C,D"),
}


def check_ledger(check, name, truth, ledger):
    harness.sums_hold(check, ledger, name)
    check.expect(f"{name}: objects", truth["objects"], ledger["objects"]["total"])
    check.expect(f"{name}: damaged", truth["damaged"], ledger["objects"]["damaged"])
    check.expect(f"{name}: stored", truth["stored_bytes"], ledger["stored_bytes"]["total"])
    check.expect(f"{name}: decoded", truth["decoded_bytes"], ledger["decoded_bytes"]["records"])
    for section, keys in (("records", ("total", "data", "control")),
                          ("events", ("total", "rows", "ignored"))):
        for key in keys:
            check.expect(f"{name}: {section}.{key}", truth[section][key], ledger[section][key])
    check.expect(f"{name}: levels", truth["levels"], ledger["levels"])
    check.expect(f"{name}: kinds", {k: v for k, v in truth["kinds"].items() if v},
                 ledger["kinds"])
    check.expect(f"{name}: rows in files", truth["events"]["rows"], ledger["dataset"]["rows"])


def check_functions(check, name, truth, report):
    """Timeouts and crashes of functions, whichever line told of them: one per invocation."""
    for kind, column in (("timeout", "timeouts"), ("crash", "crashes")):
        # The engine's own word of a crash is a problem of its own: it has no request.
        want = collections.Counter()
        for problem in truth["alerts"]["problems"]:
            if problem["kind"] == kind and problem["title"] is None:
                want[problem["log_group"] or "(none)"] += problem["count"]
        got = {f["log_group"]: f[column] for f in report["functions"] if f[column]}
        check.expect(f"{name}: {column} of functions", dict(want), got)


def check_rows(check, name, truth, rows):
    """Rows counted by what they say of themselves."""
    for column, key in (("level", "levels"), ("kind", "kinds"), ("account_id", "accounts"),
                        ("log_group", "log_groups")):
        got = collections.Counter(row.get(column, "null") for row in rows)
        check.expect(f"{name}: rows by {column}", {k: v for k, v in truth[key].items() if v},
                     dict(got))
    days = collections.Counter(row.get("timestamp", "null")[:10] for row in rows)
    check.expect(f"{name}: rows by day", truth["days"], dict(days))


def check_partitions(check, name, truth, out):
    got = collections.Counter()
    for entry in harness.lines(out, "manifest.jsonl"):
        if "rows" in entry:
            day = re.search(r"dt=([^/]+)/", entry["path"]).group(1)
            got["null" if day.startswith("__") else day] += entry["rows"]
    check.expect(f"{name}: rows by partition", truth["partition_days"], dict(got))


# What the report calls problems without a title: their error, or first line.
SHOWN = {
    "no-title-code": r"could not write report",
    "no-title-error": r"TypeError: Cannot read properties of undefined \(reading 'id'\)",
    "text-econnreset": r"read ECONNRESET while talking to ip-[0-9-]+\..*\.compute\.internal",
    "text-stack": r"TypeError: fetch failed",
    "text-parse": r'could not parse line \d+ of stock\.csv: unexpected "}{" at column \d+',
    "text-fatal": r"giving up after \d attempts",
    "text-unicode": r"Zahlung für Kunde \d+ fehlgeschlagen – bitte prüfen",
    "node-invoke-error": r"Error: Missing stage variables",
    "node-invoke-code": r"TimeoutError: socket hang up",
    "node-uncaught": r"ReferenceError: config is not defined",
    "node-rejection": r"Runtime\.UnhandledPromiseRejection: Error: ENOTFOUND",
    "node-retry-cr": r"step failed",
    "node8-error": r"Error: Process failed with status \d+",
    "python-key-error": r"KeyError: 'orderId'",
    "python-client-error": r"ClientError: An error occurred \(AccessDenied\) .*",
    "python-log": r"could not lock row \d+",
    "python-critical": r"disk quota exceeded on /tmp",
    "java-trace": r"Index out of range: java\.lang\.IndexOutOfBoundsException",
    "ruby-error": r"Function<ZeroDivisionError>: divided by 0",
    "dotnet-crit": r"Unable to load settings from s3://config/.*",
    "go-panic": r"boundsError: runtime error: index out of range \[\d+\] with length \d+",
    "go-text-panic": r"panic: assignment to entry in nil map",
    "json-error": r"AggregateError: All promises were rejected",
    "json-python": r"IndexError: list index out of range",
    "json-java": r"no route to [0-9.]+",
}


def matches_shown(problem, group):
    """The same text is another problem in another form: the rule tells which."""
    base = re.sub("-(json|log4j)$", "", problem["problem"])
    pattern = SHOWN[base]
    if problem["problem"].endswith("-log4j"):
        pattern = "Handler - " + pattern
    rule = "stack" if problem["kind"] == "log" else "text"
    return (group["rule"] == rule and group["level"] == problem["level"] and
            group["kind"] == problem["kind"] and
            re.fullmatch(pattern, group["title"], re.S) is not None)


def matches(problem, group):
    if problem["log_group"] is not None or problem["kind"] in ("timeout", "crash"):
        groups = list(group["log_groups"])
        wanted = [] if problem["log_group"] is None else [problem["log_group"]]
        cause = "Task timed out" if problem["kind"] == "timeout" else None
        is_timeout = ": Task timed out" in f": {group['title']}"
        return group["rule"] == "platform" and groups == wanted and is_timeout == bool(cause)
    pattern = problem["title_pattern"]
    if problem["title"] is not None:
        pattern = re.escape(problem["title"])
    if pattern is None:
        return matches_shown(problem, group)
    return (group["level"] == problem["level"] and
            re.fullmatch(pattern, group["title"], re.S) is not None)


def check_groups(check, name, truth, report):
    check.expect(f"{name}: alerts", truth["alerts"]["total"], report["totals"]["alerts"])
    left = list(report["groups"])
    for problem in truth["alerts"]["problems"]:
        found = [group for group in left if matches(problem, group)]
        what = f"{name}: {problem['problem']} {problem['log_group'] or ''}"
        check.expect(f"{what}: groups", 1, len(found))
        check.expect(f"{what}: count", problem["count"], sum(g["count"] for g in found))
        left = [group for group in left if group not in found]
    check.expect(f"{name}: groups of no problem", [], [group["title"] for group in left])


def check_bucket(check, name, arguments):
    with harness.folder() as base:
        bucket, one, two = (os.path.join(base, n) for n in ("bucket", "one", "two"))
        truth = harness.corpus(bucket, *arguments)
        harness.millrace("run", bucket, "-o", one, "-j", 1, "-q")
        harness.millrace("run", bucket, "-o", two, "-j", 2, "-q")
        check.expect(f"{name}: bytes with 1 and 2 threads", [],
                     harness.difference(harness.tree(one), harness.tree(two)))
        check_ledger(check, name, truth, harness.load(one, "ledger.json"))
        check_groups(check, name, truth, harness.load(one, "report.json"))
        check_functions(check, name, truth, harness.load(one, "report.json"))
        check_partitions(check, name, truth, one)
        check_rows(check, name, truth, harness.events(bucket, wanted=(0,)))


def main():
    check = harness.Failures()
    for name, arguments in BUCKETS.items():
        check_bucket(check, name, arguments)
    check.finish()


if __name__ == "__main__":
    main()
