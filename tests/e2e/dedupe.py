#!/usr/bin/env python3
"""With --dedupe one row stays of those with the same account, log group, log
stream and event id: the one of the earliest generation, in it the one in the
object with the smallest name, in that the first. Compared with a count over
`millrace events`; the same bytes with any number of threads, and after kills (6;
MILLRACE_KILLS for more).

Which rows stay is read from the Parquet files by DuckDB where the Node.js
packages of tests/readers are installed.
"""

import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import time

import harness

KILLS = int(os.environ.get("MILLRACE_KILLS", "6"))
READERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "readers")
HAS_READER = (shutil.which("node") is not None
              and os.path.isdir(os.path.join(READERS, "node_modules", "@duckdb")))
POSITION = ("source_object", "source_offset", "record_index", "event_index")
KEY = ("account_id", "log_group", "log_stream", "event_id")


# ---- Buckets ----

def record(events, group="/aws/lambda/shop", stream="2023/01/05/[$LATEST]1", owner="111122223333"):
    return json.dumps({"messageType": "DATA_MESSAGE", "owner": owner, "logGroup": group,
                       "logStream": stream, "subscriptionFilters": ["all"],
                       "logEvents": events}).encode()


def event(number, text="INFO ok", **more):
    return {"id": f"{number:056d}", "timestamp": 1672916400000 + number, "message": text, **more}


def numbered(first, last, **more):
    return record([event(i) for i in range(first, last)], **more)


def put(bucket, name, data):
    path = os.path.join(bucket, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)


def key_name(day, hour, number):
    return (f"2023/01/{day:02d}/{hour:02d}/logs-1-2023-01-{day:02d}-{hour:02d}-00-00-"
            f"00000000-0000-0000-0000-{number:012d}.gz")


def members(*records, level=6):
    return b"".join(gzip.compress(r, level, mtime=0) for r in records)


def copied(bucket):
    """Every object a second time, the copies' names before and behind; some on days
    that order otherwise than the names."""
    harness.corpus(bucket, "--seed", 71, "--size", "6M", "--objects", 12, "--days", 2,
                   "--shapes", "A,B,C,D,E,G,H")
    names = [os.path.relpath(os.path.join(root, name), bucket)
             for root, _, found in os.walk(bucket) for name in found]
    for i, name in enumerate(sorted(names)):
        to = (f"0-before/{name}", f"zz-behind/{name}", f"0-later/{key_name(20, 7, i)}",
              f"zz-earlier/{key_name(1, 7, i)}")[i % 4]
        with open(os.path.join(bucket, name), "rb") as file:
            put(bucket, to, file.read())


def overlapping(bucket):
    """Ranges of ids that overlap by parts, in objects of three days."""
    rng = random.Random(5)
    for i in range(24):
        first = rng.randrange(0, 2000)
        put(bucket, key_name(4 + i % 3, i, i),
            members(numbered(first, first + 150), numbered(first + 100, first + 300)))


def alike(bucket):
    """Nearly the same key: other account, group, stream; no id; an empty id."""
    same = {"events": [event(1), event(2)]}
    put(bucket, key_name(5, 1, 1), members(
        record(**same), record(**same, group="/aws/lambda/other"), record(**same, stream="b"),
        record(**same, owner="999988887777"), record(**same, group="/aws/lambda/sho",
                                                     stream="p2023/01/05/[$LATEST]1")))
    none = [{"timestamp": 1672916400000, "message": "no id"},
            {"id": "", "timestamp": 1672916400000, "message": "empty id"}]
    put(bucket, key_name(5, 2, 2), members(record(none), record(none), record(**same)))
    put(bucket, "lines/app.log", b"one line\none line\none line\n")


def inside(bucket):
    """Within one record, one member, one object."""
    twice = record([event(1), event(2), event(1), event(1, "ERROR another text")])
    put(bucket, key_name(5, 1, 1), members(twice, numbered(0, 50), twice))
    put(bucket, key_name(5, 2, 2), gzip.compress(twice + numbered(60, 80) + twice, mtime=0))


def noise(rng, count):
    return rng.randbytes(count // 2).hex()


def large_records(first, count):
    """Records of about 40 kB that gzip only halves."""
    rng = random.Random(first)
    return [record([event(first + 20 * i + j, "INFO " + noise(rng, 2000)) for j in range(20)])
            for i in range(count)]


def sliced(bucket):
    """Large objects, cut into slices: the same records at both ends of each."""
    records = large_records(0, 250)
    put(bucket, key_name(5, 1, 1), members(*records, *records[::-1], level=0))
    put(bucket, key_name(6, 1, 2), b"".join(records[:240] + records[10:240]))
    put(bucket, key_name(6, 2, 3), members(*records[:5]))


def broken_slices(bucket):
    """Slices that do not meet: what looks like a member at a cut lies in another,
    which is no record and is quarantined."""
    rounds = [large_records(100000 * i, 60) for i in range(8)]
    nested = [gzip.compress(members(*records), 0, mtime=0) for records in rounds]
    head = members(*large_records(0, 60))
    put(bucket, key_name(5, 1, 1), head + b"".join(nested) + head)
    put(bucket, key_name(5, 0, 2), members(*large_records(0, 3)))


BUCKETS = {"copied": copied, "overlapping": overlapping, "alike": alike, "inside": inside,
           "sliced": sliced, "broken slices": broken_slices}


# ---- What is wanted ----

def position_of(row):
    return (row["source_object"].encode(), *(row[name] for name in POSITION[1:]))


def first_rows(rows, generation_of=None):
    """Positions of the rows that stay; an object's generation goes before its name."""
    first, stay = {}, []
    for row in rows:
        position = position_of(row)
        if not row.get("event_id"):
            stay.append(position)
            continue
        key = tuple(row.get(name) for name in KEY)
        place = (generation_of[row["source_object"]] if generation_of else 0, position)
        if key not in first or place < first[key]:
            first[key] = place
    return sorted(stay + [position for _, position in first.values()])


def positions(out):
    done = subprocess.run(["node", os.path.join(READERS, "positions.mjs"), out], check=True,
                          capture_output=True)
    rows = (json.loads(line) for line in done.stdout.splitlines())
    return sorted((row[0].encode(), *row[1:]) for row in rows)


def error_count(report):
    return sum(group["count"] for group in report["groups"])


# ---- Checks ----

def check_bucket(check, base, name):
    bucket = os.path.join(base, name.replace(" ", "-"))
    BUCKETS[name](bucket)
    rows = harness.events(bucket)
    stay = first_rows(rows)
    wanted = (3,) if name == "broken slices" else (0,)
    check.expect_true(f"{name}: has duplicates", len(stay) < len(rows))
    trees = []
    for threads in (1, 2, 7):
        out = f"{bucket}.out{threads}"
        said = harness.millrace("run", bucket, "-o", out, "--dedupe", "-j", threads,
                                wanted=wanted).stderr
        trees.append(harness.tree(out))
    check.expect(f"{name}: 2 threads", [], harness.difference(trees[0], trees[1]))
    check.expect(f"{name}: 7 threads", [], harness.difference(trees[0], trees[2]))
    check.expect(f"{name}: slices that do not meet", name == "broken slices",
                 b"slices do not meet" in said)
    ledger, report = harness.load(out, "ledger.json"), harness.load(out, "report.json")
    harness.sums_hold(check, ledger, name)
    harness.sums_hold(check, report["coverage"], f"{name}: report")
    check.expect(f"{name}: rows", len(stay), ledger["events"]["rows"])
    check.expect(f"{name}: rows in files", len(stay), ledger["dataset"]["rows"])
    check.expect(f"{name}: duplicates", len(rows) - len(stay), ledger["events"]["duplicates"])
    if HAS_READER:
        check.expect_true(f"{name}: the smallest names stay", stay == positions(out))

    harness.millrace("run", bucket, "-o", out + ".plain", "-q", wanted=wanted)
    plain = harness.load(out + ".plain", "ledger.json")
    check.expect(f"{name}: no number without --dedupe", None, plain["events"]["duplicates"])
    check.expect(f"{name}: rows without --dedupe", len(rows), plain["events"]["rows"])
    ledger["events"] = plain["events"] = None
    for key in ("stored_bytes", "decoded_bytes", "records", "objects", "quarantine"):
        check.expect(f"{name}: {key} as without", plain[key], ledger[key])
    return bucket


def check_alerts(check, base):
    """An alert is counted once, filtered copies do not hide others."""
    bucket, out = os.path.join(base, "alerts"), os.path.join(base, "alerts.out")
    failing = record([event(1, '{"level":"ERROR","message":"payment failed"}'), event(2)])
    for i in range(3):
        put(bucket, key_name(5 + i, 1, i), members(failing))
    harness.millrace("run", bucket, "-o", out, "--dedupe", "-q")
    check.expect("alerts: counted once", 1, error_count(harness.load(out, "report.json")))
    later = os.path.join(base, "later.out")
    put(bucket, "00-first/2023/01/05/01/x", members(record([event(3, timestamp=0)])))
    put(bucket, key_name(7, 2, 9), members(record([event(3)])))
    harness.millrace("run", bucket, "-o", later, "--dedupe", "-q", "--since", "2023-01-01")
    events = harness.load(later, "ledger.json")["events"]
    check.expect("alerts: filtered", 1, events["filtered"])
    check.expect("alerts: duplicates", 4, events["duplicates"])
    check.expect("alerts: rows", 3, events["rows"])


def check_kills(check, bucket, rng):
    """Killed at any time; the second reading is resumed as the first is."""
    arguments = ["run", bucket, "--dedupe", "-q", "-j", "2", "-o"]
    began = time.monotonic()
    harness.millrace(*arguments, bucket + ".whole")
    took = time.monotonic() - began
    wanted, out = harness.tree(bucket + ".whole"), bucket + ".killed"
    kills = again = 0
    for _ in range(40 * KILLS):
        if kills >= KILLS:
            break
        process = subprocess.Popen([harness.MILLRACE, *arguments, out], stderr=subprocess.DEVNULL)
        try:
            process.wait(timeout=rng.uniform(0.3, 1) * took)
        except subprocess.TimeoutExpired:
            process.kill()
        process.wait()
        kills += process.returncode == -signal.SIGKILL
        again += any(".r" in name for _, _, names in os.walk(out + ".work") for name in names)
        check.expect_true("all or nothing", not os.path.exists(out)
                          or os.path.exists(os.path.join(out, "_SUCCESS")))
        if os.path.exists(out) or rng.random() < 0.3:
            harness.millrace(*arguments, out)
            check.expect("bytes after kills", [], harness.difference(wanted, harness.tree(out)))
            check.expect("the work folder is gone", False, os.path.exists(out + ".work"))
            harness.remove(out)
    harness.millrace(*arguments, out)
    check.expect("bytes after the last kill", [], harness.difference(wanted, harness.tree(out)))
    print(f"{kills} kills, {again} of them during the second reading")


def check_repeated(check, base):
    """A finished run says so; the same events again, in a new object, are no rows."""
    bucket, out = os.path.join(base, "more"), os.path.join(base, "more.out")
    put(bucket, key_name(5, 1, 1), members(numbered(0, 5)))
    harness.millrace("run", bucket, "-o", out, "--dedupe", "-q")
    said = harness.millrace("run", bucket, "-o", out, "--dedupe").stderr
    check.expect_true("a finished run says so", b"nothing to do" in said)
    put(bucket, key_name(4, 1, 2), members(numbered(0, 5)))
    harness.millrace("run", bucket, "-o", out, "--dedupe", "-q")
    ledger = harness.load(out, "ledger.json")
    check.expect("repeated: duplicates", 5, ledger["events"]["duplicates"])
    check.expect("repeated: rows", 5, ledger["dataset"]["rows"])
    harness.millrace("run", bucket, "-o", out, "--dedupe", "--force", "-q")
    check.expect("forced", 5, harness.load(out, "ledger.json")["events"]["duplicates"])
    os.remove(os.path.join(out, "keys", "000001"))
    put(bucket, key_name(4, 1, 3), members(numbered(0, 5)))
    said = harness.millrace("run", bucket, "-o", out, "--dedupe", wanted=(1,)).stderr
    check.expect_true(f"keys are gone: {said}",
                      b"/keys/000001: is gone" in said and b"--force" in said)


def staged_in_turn(bucket, to, turns, run):
    """Copies every n-th object, then the others, and runs after each; gives each
    object's generation."""
    names = sorted(harness.tree(bucket))
    generation_of = {}
    for turn in range(turns):
        for name in names[turn::turns]:
            os.makedirs(os.path.dirname(os.path.join(to, name)), exist_ok=True)
            shutil.copy(os.path.join(bucket, name), os.path.join(to, name))
            generation_of[f"{os.path.basename(to)}/{name}"] = turn
        run(turn)
    return generation_of


def check_generations(check, bucket, rng):
    """Three generations of interleaved objects: the earliest wins, rows, ledger and
    report agree, with any number of threads and killed on the way."""
    what = f"generations of {os.path.basename(bucket)}"
    staged = os.path.join(bucket + ".turns", os.path.basename(bucket))
    outs = [f"{bucket}.turns{i}" for i in range(4)]

    def run(turn):
        for i, out in enumerate(outs):
            arguments = ["run", staged, "-o", out, "-q", "--dedupe", "-j", (1, 2, 7, 2)[i]]
            if i == 3:
                arguments.append("--no-dataset")
            for _ in range(2 if i == 1 else 0):
                process = subprocess.Popen([harness.MILLRACE, *map(str, arguments)],
                                           stderr=subprocess.DEVNULL)
                time.sleep(rng.random() * 0.2)
                process.kill()
                process.wait()
            harness.millrace(*arguments, wanted=(0, 3))

    generation_of = staged_in_turn(bucket, staged, 3, run)
    rows = harness.events(staged)
    stay = first_rows(rows, generation_of)
    trees = [harness.tree(out) for out in outs]
    check.expect(f"{what}: 2 threads, killed", [], harness.difference(trees[0], trees[1]))
    check.expect(f"{what}: 7 threads", [], harness.difference(trees[0], trees[2]))
    ledger = harness.load(outs[0], "ledger.json")
    report = harness.load(outs[0], "report.json")
    harness.sums_hold(check, ledger, what)
    harness.sums_hold(check, report["coverage"], f"{what}: report")
    check.expect(f"{what}: rows", len(stay), ledger["events"]["rows"])
    check.expect(f"{what}: rows in files", len(stay), ledger["dataset"]["rows"])
    check.expect(f"{what}: duplicates", len(rows) - len(stay), ledger["events"]["duplicates"])
    check.expect(f"{what}: without a dataset", ledger["events"],
                 harness.load(outs[3], "ledger.json")["events"])
    check.expect(f"{what}: the same groups without a dataset",
                 harness.load(outs[3], "report.json")["groups"], report["groups"])
    listed = sum(size for path, size in file_sizes(outs[0]) if path.startswith("keys/"))
    with_id = len({tuple(row.get(n) for n in KEY) for row in rows if row.get("event_id")})
    check.expect(f"{what}: every key is listed once", 16 * with_id, listed)
    harness.millrace("verify", outs[0])
    harness.millrace("verify", outs[0], "--against", staged)
    if HAS_READER:
        check.expect_true(f"{what}: the earliest stay", stay == positions(outs[0]))


def file_sizes(out):
    return [(os.path.relpath(os.path.join(root, name), out),
             os.path.getsize(os.path.join(root, name)))
            for root, _, names in os.walk(out) for name in names]


def main():
    check = harness.Failures()
    rng = harness.seeded()
    if not HAS_READER:
        print("no reader installed: which rows stay is not looked at")
    with harness.folder() as base:
        buckets = {name: check_bucket(check, base, name) for name in BUCKETS}
        check_alerts(check, base)
        check_repeated(check, base)
        for name in ("copied", "overlapping", "alike", "sliced"):
            check_generations(check, buckets[name], rng)
        check_kills(check, buckets["sliced"], rng)
    check.finish()


if __name__ == "__main__":
    main()
