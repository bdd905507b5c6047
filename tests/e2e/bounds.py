#!/usr/bin/env python3
"""Whatever an object holds, a run keeps its memory budget and ends, and loses no neighbour.

Bombs, records past the cap, very many alert groups, objects and days. Runs have the
budget of budget.py and a limit of time.
MILLRACE_BOUNDS=all: 10 GB bombs, 10 million groups, a million objects, 36,000 days.
"""

import base64
import gzip
import json
import os

import bombs
import budget
import harness

IS_LONG = os.environ.get("MILLRACE_BOUNDS") == "all"
WORKERS = 2
LIMIT_S = 3600 if IS_LONG else 300

BOMB_BYTES = (10 << 30) if IS_LONG else (256 << 20)
GROUPS = 10_000_000 if IS_LONG else 120_000
OBJECTS = 1_000_000 if IS_LONG else 20_000
DAYS = 36_000 if IS_LONG else 900

GROUPS_KEPT = 100_000  # --max-groups
PARTITIONS_MAX = 16384  # src/limits.h: what comes after goes to one more
OBJECT_BYTES = 256  # beside the budget: what the list of objects takes for each
DAY_MS = 86_400_000
FIRST_MS = 1_672_920_000_000  # 2023-01-05 12:00


def entries(events):
    return ",".join(f'{{"id":"{number}","timestamp":{ms},"message":{message}}}'
                    for number, ms, message in events)


def record(events, log_group="/aws/lambda/f"):
    return ('{"messageType":"DATA_MESSAGE","owner":"123456789012",'
            f'"logGroup":{json.dumps(log_group)},"logStream":"s","subscriptionFilters":["x"],'
            f'"logEvents":[{entries(events)}]}}').encode()


def line(number, text="line"):
    return record([(number, FIRST_MS, json.dumps(f"{text} {number}"))])


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)


def run(check, what, bucket, out, *options, wanted=(0, 3), is_report_only=False, objects=1):
    """The ledger of a run within its budget, or None."""
    allowed = (budget.report_only if is_report_only else budget.with_dataset)(WORKERS)
    allowed += objects * OBJECT_BYTES
    done = budget.run("run", bucket, "-o", out, "-j", WORKERS, *options, budget_bytes=allowed,
                      limit_s=LIMIT_S)
    budget.expect_within(check, what, done, allowed, wanted)
    if done.status not in wanted:
        return None
    ledger = harness.load(out, "ledger.json")
    harness.sums_hold(check, ledger, what)
    return ledger


# ---- Bombs ----

def bomb_objects():
    """{name: (object, rows that it must give)}: a sound record stands before and behind."""
    head, tail = line(1), line(2)
    mib = BOMB_BYTES >> 20
    around = {"before": head, "after": tail}
    block = 1 << 20

    def member(data):
        return gzip.compress(data, mtime=0)

    inner = bombs.gzip_repeated(bytes(block), mib)
    objects = {
        "zeros": bombs.gzip_repeated(bytes(block), mib),
        "spaces": bombs.gzip_repeated(b" " * block, mib, **around),
        "string": bombs.gzip_repeated(b"x" * block, mib, head + b'{"messageType":"', tail),
        "nesting": bombs.gzip_repeated(b'{"a":' * (block // 5), mib // 16, head),
        "brackets": bombs.gzip_repeated(b"[" * block, mib // 3, head),
        "newlines": bombs.gzip_repeated(b"\n" * block, mib, **around),
        "empty documents": bombs.gzip_repeated(b"{}" * (block // 2), 4, **around),
        "opening quotes": bombs.gzip_repeated(b'{"' * (block // 2), 4, **around),
        "nested": member(head) + member(inner) + member(tail),
        "nested deeper": member(member(member(inner))),
        "empty members": member(head) + member(b"") * 200_000 + member(tail),
        "members of a byte": member(head) + member(b" ") * 200_000 + member(tail),
        "member heads": member(head) + b"\x1f\x8b\x08\0\0\0\0\0\x02\xff" * 3_000 + member(tail),
        "payload": head + b'{"awslogs":{"data":"' +
                   base64.b64encode(bombs.gzip_repeated(b" " * block, min(mib, 2048))) + b'"}}' +
                   tail,
    }
    # Where the text goes on without an end, what follows belongs to it.
    rows = {"zeros": 0, "nested deeper": 0, "string": 1, "nesting": 1, "brackets": 1}
    return {name: (data, rows.get(name, 2)) for name, data in objects.items()}


def check_bombs(check, base):
    for name, (data, rows) in bomb_objects().items():
        bucket, out = os.path.join(base, "bombs"), os.path.join(base, "out")
        write(os.path.join(bucket, "2023/01/05/12", name), data)
        ledger = run(check, f"bomb of {name}, {len(data)} bytes", bucket, out, "-q")
        if ledger is not None:
            check.expect_true(f"{name}: {ledger['events']['rows']} of {rows} rows around it",
                              ledger["events"]["rows"] >= rows)
        harness.remove(bucket)
        harness.remove(out)


# ---- Records past the cap ----

def check_large_records(check, base):
    """A record past --max-record is quarantined, its neighbours are not."""
    bucket, out = os.path.join(base, "large"), os.path.join(base, "out")
    text = "y" * 1000
    large = {size: record([(i, FIRST_MS, json.dumps(text)) for i in range(size << 10)])
             for size in (5, 70)}
    for size, middle in large.items():
        for shape, pack in (("plain", bytes), ("member", lambda d: gzip.compress(d, 1, mtime=0))):
            data = pack(line(1)) + pack(middle) + pack(line(2))
            write(os.path.join(bucket, "2023/01/05/12", f"{shape}-{size}"), data)
        data = gzip.compress(line(1) + middle + line(2), 1, mtime=0)
        write(os.path.join(bucket, "2023/01/05/12", f"whole-{size}"), data)
    for cap, fitting in (("64M", (5,)), ("1M", ()), ("256M", (5, 70))):
        ledger = run(check, f"--max-record {cap}", bucket, out, "-q", "--max-record", cap)
        if ledger is not None:
            rows = 2 * 6 + 3 * sum(size << 10 for size in fitting)
            check.expect(f"--max-record {cap}: rows", rows, ledger["events"]["rows"])
            check.expect(f"--max-record {cap}: damaged objects", 6 - 3 * len(fitting),
                         ledger["objects"]["damaged"])
        harness.remove(out)
    harness.remove(bucket)


# ---- Alert groups ----

def words(number):
    """Letters alone, so that no number is masked."""
    letters = "bcdfghjkmnpqrstvwxz"
    text = ""
    for _ in range(7):
        text += letters[number % len(letters)]
        number //= len(letters)
    return text


def check_groups(check, base):
    """Titles without end: the largest groups are kept, (other) takes the rest."""
    bucket, out = os.path.join(base, "groups"), os.path.join(base, "out")
    in_object, in_record = 100_000, 500
    for begin in range(0, GROUPS, in_object):
        path = os.path.join(bucket, "2023/01/05/12", f"{begin:08}")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with gzip.open(path, "wb", 1) as file:
            for at in range(begin, min(GROUPS, begin + in_object), in_record):
                file.write(record(
                    [(i, FIRST_MS, json.dumps(json.dumps(
                        {"level": "ERROR", "message": f"{words(i)} failed {words(i * 7)}"})))
                     for i in range(at, min(GROUPS, at + in_record))]))
    for options in ((), ("--no-dataset",)):
        what = f"{GROUPS} groups {' '.join(options)}"
        ledger = run(check, what, bucket, out, *options, is_report_only=bool(options))
        if ledger is None:
            continue
        check.expect(f"{what}: rows", GROUPS, ledger["events"]["rows"])
        report = harness.load(out, "report.json")
        kept, rest = report["groups"], report["other"]
        check.expect(f"{what}: kept", GROUPS_KEPT, len(kept))
        check.expect(f"{what}: (other)", GROUPS - GROUPS_KEPT, rest["groups"])
        check.expect(f"{what}: alerts", GROUPS, sum(g["count"] for g in kept) + rest["alerts"])
        for name in ("report.html", "report.md", "report.csv"):
            with open(os.path.join(out, name), encoding="utf-8") as file:
                check.expect_true(f"{what}: {name} says (other)", "(other)" in file.read())
        harness.remove(out)
    harness.remove(bucket)


# ---- Objects and days ----

def check_objects(check, base):
    bucket, out = os.path.join(base, "objects"), os.path.join(base, "out")
    for number in range(OBJECTS):
        # 4096 a folder, as deep as Firehose's hours.
        path = os.path.join(bucket, "2023", "01", f"{5 + number % 3:02}", f"{number >> 12:05}")
        if number >> 12 != (number - 3) >> 12 or number < 3:
            os.makedirs(path, exist_ok=True)
        with open(os.path.join(path, f"log-{number}"), "wb") as file:
            file.write(line(number))
    for options in ((), ("--no-dataset",)):
        what = f"{OBJECTS} objects {' '.join(options)}"
        ledger = run(check, what, bucket, out, *options, wanted=(0,),
                     is_report_only=bool(options), objects=OBJECTS)
        if ledger is not None:
            check.expect(f"{what}: rows", OBJECTS, ledger["events"]["rows"])
            files = sum(len(names) for _, _, names in os.walk(out))
            check.expect_true(f"{what}: {files} files", files <= 16)
        harness.remove(out)
    harness.remove(bucket)


def check_days(check, base):
    """Events of each of very many days in one object: a partition for each."""
    bucket, out = os.path.join(base, "days"), os.path.join(base, "out")
    first_ms = 946_728_000_000  # 2000-01-01 12:00
    text = b"".join(record([(day, first_ms + day * DAY_MS, '"text"')] * 3) for day in range(DAYS))
    for hour in range(3):
        write(os.path.join(bucket, f"2023/01/05/{hour:02}/fan"), gzip.compress(text, 1, mtime=0))
    ledger = run(check, f"{DAYS} days", bucket, out, "-q", wanted=(0,))
    if ledger is not None:
        check.expect("rows of all days", 9 * DAYS, ledger["dataset"]["rows"])
        folders = min(DAYS, PARTITIONS_MAX + 1)
        check.expect("a file for each day", folders, ledger["dataset"]["files"])
        check.expect("a folder for each day", folders,
                     len(os.listdir(os.path.join(out, "events"))))
    harness.remove(bucket)
    harness.remove(out)


def main():
    check = harness.Failures()
    with harness.folder() as base:
        check_bombs(check, base)
        check_large_records(check, base)
        check_groups(check, base)
        check_objects(check, base)
        check_days(check, base)
    check.finish()


if __name__ == "__main__":
    main()
