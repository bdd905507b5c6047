#!/usr/bin/env python3
"""The report after the run: shown again, added up, compared, gated, explained.

Dailies added up are the run over all of them; a baseline marks what is new,
back and gone; --fail-on decides the exit status; explain says why.
"""

import json
import os
import time
import zlib

import harness

FORMS = {"json": "report.json", "html": "report.html", "md": "report.md", "csv": "report.csv"}
# Differ between a sum and one run over all: where dataset files were cut.
DATASET = ("files", "bytes")


def read(*names):
    with open(os.path.join(*names), "rb") as file:
        return file.read()


def line(day, level, title, **more):
    """A record of one event on that day of January 2023."""
    event = {"id": f"{day}{zlib.crc32(title.encode())}",
             "timestamp": 1672567200000 + (day - 1) * 86400000,
             "message": json.dumps({"level": level, "title": title, **more})}
    return json.dumps({"messageType": "DATA_MESSAGE", "owner": "123456789012",
                       "logGroup": "/aws/lambda/orders", "logStream": "s",
                       "subscriptionFilters": ["all"], "logEvents": [event]})


def bucket_of(base, name, *lines):
    """A bucket with one object of records."""
    path = os.path.join(base, name)
    os.makedirs(path)
    with open(os.path.join(path, "object"), "w", encoding="utf-8") as file:
        file.writelines(lines)
    return path


def run(bucket, out, *options, wanted=(0,)):
    return harness.millrace("run", bucket, "-o", out, "-q", "--set-account", "123456789012",
                            *options, wanted=wanted)


def comparable(report):
    report = json.loads(report)
    for name in DATASET:
        report["coverage"].get("dataset", {}).pop(name, None)
    return report


def check_adding(check, base):
    buckets = []
    for day in range(3):
        bucket = os.path.join(base, f"day{day}")
        harness.corpus(bucket, "--seed", 40 + day, "--size", "6M", "--objects", 6, "--days", 2,
                       "--shapes", "A,D,G")
        buckets.append(bucket)
        run(bucket, os.path.join(base, f"out{day}"), "-j", 2)
    outs = [os.path.join(base, f"out{day}") for day in range(3)]
    whole = os.path.join(base, "whole")
    harness.millrace("run", *buckets, "-o", whole, "-q", "--set-account", "123456789012")
    week = os.path.join(base, "week")
    done = harness.millrace("report", *outs, "-o", week)
    check.expect_true("the table of the sum is printed", b" alerts in " in done.stdout)
    check.expect_true("and where it is", b"3 runs added up; written to" in done.stderr)
    check.expect("report.partial is that of one run", read(whole, "report.partial"),
                 read(week, "report.partial"))
    check.expect("report.json is that of one run", comparable(read(whole, "report.json")),
                 comparable(read(week, "report.json")))
    check.expect("report.csv is that of one run", read(whole, "report.csv"),
                 read(week, "report.csv"))
    check.expect("files", sorted([*FORMS.values(), "report.partial", "ledger.json", "_SUCCESS",
                                  "manifest.jsonl"]), sorted(os.listdir(week)))
    wanted, got = harness.load(whole, "ledger.json"), harness.load(week, "ledger.json")
    for ledger in (wanted, got):
        for name in DATASET:
            ledger["dataset"].pop(name)
    check.expect("the ledger is that of one run", wanted, got)
    harness.sums_hold(check, got, "sum")
    check.expect("nothing is left beside", False, os.path.exists(week + ".work"))

    # In two steps and another order: the same bytes.
    some, rest = os.path.join(base, "some"), os.path.join(base, "rest")
    harness.millrace("report", "-q", outs[2], outs[0], "-o", some)
    harness.millrace("report", "-q", some, outs[1], "-o", rest)
    check.expect("sums of sums", [], harness.difference(harness.tree(week), harness.tree(rest)))

    # Not over anything but an earlier sum, and that only with --force.
    harness.millrace("report", "-q", *outs, "-o", some, wanted=(2,))
    harness.millrace("report", "-q", *outs, "-o", outs[0], "--force", wanted=(2,))
    harness.millrace("report", "-q", *outs, "-o", some, "--force")
    check.expect("replaced", [], harness.difference(harness.tree(week), harness.tree(some)))
    harness.millrace("report", *outs, wanted=(2,))
    harness.millrace("report", outs[0], outs[0], "-o", os.path.join(base, "twice"), wanted=(2,))
    harness.millrace("report", *outs, "-o", os.path.join(whole, "inside"), wanted=(2,))
    return outs, week


def check_showing(check, base, out):
    before = harness.tree(out)
    for form, name in FORMS.items():
        shown = harness.millrace("report", out, "--format", form).stdout
        check.expect(f"{form} on stdout", read(out, name), shown)
        to = os.path.join(base, "shown." + form)
        for _ in range(2):
            harness.millrace("report", out, "-o", to)
            check.expect(f"{form} by the file's ending", read(out, name), read(to))
    check.expect("- is stdout", read(out, "report.csv"),
                 harness.millrace("report", out, "--format=csv", "-o", "-").stdout)
    table = harness.millrace("report", out).stdout
    check.expect_true("a table is the default", b"ALERTS  LEVEL" in table)
    harness.millrace("report", out, "-o", os.path.join(out, "other.md"), wanted=(2,))
    harness.millrace("report", out, "-o", base, wanted=(2,))
    harness.millrace("report", out, "-o", os.path.join(base, "no", "such.md"), wanted=(2,))
    check.expect("the run stays as it was", before, harness.tree(out))
    check.expect("no leftovers", [], [n for n in os.listdir(base) if n.endswith(".partial")])


def changes(report):
    return {group["title"]: group.get("change") for group in report["groups"]}


def check_baseline(check, base):
    old, new = os.path.join(base, "old"), os.path.join(base, "new")
    bucket = bucket_of(base, "january", line(1, "ERROR", "stays"), line(1, "ERROR", "stays"),
                       line(1, "ERROR", "leaves"), line(1, "FATAL", "returns"))
    later = bucket_of(base, "later", line(5, "ERROR", "stays"), line(20, "FATAL", "returns"),
                      line(20, "ERROR", "comes"))
    run(bucket, old)
    run(later, new, "--baseline", old)
    wanted = {"stays": None, "returns": "back", "comes": "new"}
    report = harness.load(new, "report.json")
    check.expect("run --baseline", wanted, changes(report))
    gone = [group["title"] for group in report["baseline"]["gone"]]
    check.expect("gone", ["leaves"], gone)
    plain = os.path.join(base, "plain")
    run(later, plain)
    shown = harness.millrace("report", plain, "--baseline", old, "--format", "json").stdout
    check.expect("report --baseline gives the same bytes", read(new, "report.json"), shown)
    check.expect("without it nothing is marked", {None},
                 set(changes(harness.load(plain, "report.json")).values()))
    table = harness.millrace("report", plain, "--baseline", old).stdout
    check.expect_true("the table marks them", b"NEW: comes" in table and b"BACK: returns" in table)
    done = harness.millrace("run", later, "-o", new, "--set-account", "123456789012",
                            "--baseline", old)
    check.expect_true("the same baseline is the same run", b"nothing to do" in done.stderr)
    harness.millrace("run", later, "-o", new, "--set-account", "123456789012", "-q", wanted=(2,))

    # What cannot be compared says so in one line.
    rules = os.path.join(base, "rules")
    with open(rules, "w", encoding="utf-8") as file:
        file.write('title="noise" -> ignore\n')
    ruled = os.path.join(base, "ruled")
    run(later, ruled, "--rules", rules)
    aged = os.path.join(base, "aged")
    harness.millrace("report", old, plain, "-q", "-o", aged)
    partial = os.path.join(aged, "report.partial")
    text = read(partial).replace(b"millrace partial 2\n", b"millrace partial 0\n", 1)
    with open(partial, "wb") as file:
        file.write(text)
    refused = [("report", plain, "--baseline", ruled), ("report", plain, ruled, "-o", base + "/r"),
               ("report", plain, "--baseline", aged), ("report", aged),
               ("report", plain, old, "--baseline", ruled, "-o", base + "/r"),
               ("report", plain, "--baseline", base), ("report", base + "/none"),
               ("run", later, "-o", base + "/r", "--baseline", ruled),
               ("run", later, "-o", base + "/r", "--baseline", aged),
               ("run", later, "-o", base + "/r", "--baseline", base + "/none"),
               ("run", later, "-o", plain, "--baseline", plain, "--force")]
    for arguments in refused:
        done = harness.millrace(*arguments, wanted=(2,))
        what = " ".join(map(str, arguments))
        check.expect(f"{what}: lines", 1, done.stderr.count(b"\n"))
        check.expect(f"{what}: stdout", b"", done.stdout)
    check.expect("nothing was made", False, os.path.exists(base + "/r"))
    return old, plain, later


def check_gates(check, base, old, plain, bucket):
    for gates, wanted in [
            (["new"], 4), (["error>2"], 4), (["error>3"], 0), (["fatal>0"], 4), (["fatal>1"], 0),
            (["alerts>2"], 4), (["alerts>3"], 0), (["alerts>3", "fatal>0"], 4)]:
        options = [f"--fail-on={gate}" for gate in gates]
        done = harness.millrace("report", plain, "--baseline", old, *options, wanted=None)
        check.expect(f"report --fail-on {gates}", wanted, done.returncode)
        check.expect(f"{gates}: said", wanted == 4, b"--fail-on" in done.stderr)
        check.expect_true(f"{gates}: the report is there", b"NEW: comes" in done.stdout)
    done = harness.millrace("report", plain, "--baseline", plain, "--fail-on", "new")
    check.expect("nothing is new to itself", b"", done.stderr)
    gated = os.path.join(base, "gated")
    run(bucket, gated, "--fail-on", "fatal>0", wanted=(4,))
    check.expect("a gate is no part of the run", harness.tree(plain), harness.tree(gated))
    run(bucket, gated, "--fail-on", "fatal>0", wanted=(4,))
    run(bucket, gated, "--fail-on", "fatal>1")
    # Some input is damaged as well: the gate wins.
    with open(os.path.join(bucket, "object2"), "wb") as file:
        file.write(b'{"messageType":"DATA_MESSAGE","logEvents":[{]}')
    run(bucket, os.path.join(base, "damaged"), wanted=(3,))
    run(bucket, os.path.join(base, "damaged2"), "--fail-on", "alerts>0", wanted=(4,))
    check.expect_true("and all is written", os.path.exists(os.path.join(base, "damaged2",
                                                                       "_SUCCESS")))


def check_privacy(check, base):
    """What is written is the owner's alone; --redact takes out more than the default."""
    bucket = bucket_of(base, "private", line(1, "ERROR", "Bo Ek has no address", code="K-1234"),
                       line(2, "ERROR", "password=hunter2 of K-9999", code="K-1234",
                            details={"customer": "K-1234", "plain": "x"}))
    rules = os.path.join(base, "redact")
    with open(rules, "w", encoding="utf-8") as file:
        file.write("# customers\nK-\\d+\n(Bo) Ek\n")
    out, again = os.path.join(base, "private-out"), os.path.join(base, "private-again")
    run(bucket, out, "--redact", rules)
    for root, folders, names in os.walk(out):
        for name in names:
            mode = os.stat(os.path.join(root, name)).st_mode & 0o777
            check.expect(f"mode of {name}", 0o600, mode)
        for name in folders:
            check.expect(f"mode of {name}/", 0o700, os.stat(os.path.join(root, name)).st_mode & 0o777)
    for name in FORMS.values():
        text = read(out, name)
        for secret in (b"K-1234", b"K-9999", b"Bo Ek", b"hunter2"):
            check.expect(f"{secret} in {name}", False, secret in text)
        check.expect_true(f"{name} says what was there", b"redacted" in text)
    run(bucket, again, "--no-redact", "--redact", rules)
    text = read(again, "report.json")
    check.expect("with --no-redact only one's own", (True, False),
                 (b"hunter2" in text, b"K-9999" in text))
    run(bucket, out, "--redact", rules)  # the same run
    with open(rules, "a", encoding="utf-8") as file:
        file.write("more\n")
    run(bucket, out, "--redact", rules, wanted=(2,))
    run(bucket, out, wanted=(2,))
    plain = os.path.join(base, "private-plain")
    run(bucket, plain)
    check.expect_true("without --redact they are there", b"K-1234" in read(plain, "report.json"))
    shown = harness.millrace("report", plain, "--format", "json", "--redact", rules).stdout
    check.expect("nor when shown again", False, b"K-1234" in shown)
    week = os.path.join(base, "private-week")
    harness.millrace("report", "-q", plain, again, "-o", week, "--redact", rules)
    check.expect("nor when added up", False, b"K-1234" in read(week, "report.html"))
    before = os.umask(0o177)
    try:
        harness.millrace("report", plain, "-o", os.path.join(base, "masked.md"))
    finally:
        os.umask(before)
    check.expect("mode of one report", 0o600,
                 os.stat(os.path.join(base, "masked.md")).st_mode & 0o777)


def check_explain(check, base):
    bucket = bucket_of(
        base, "explained", line(1, "ERROR", "Order 4711 of bo@example.com is late\u202e\x1b[31m"),
        line(1, "INFO", "no alert"),
        line(2, "ERROR", "Order 12 of al@example.com is late\u202e\x1b[31m"))
    done = harness.millrace("explain", bucket)
    text = done.stdout.decode()
    blocks = text.split("\n\n")
    check.expect("a block per alert", 2, len(blocks))
    check.expect("one group", 1, len({block.splitlines()[0] for block in blocks}))
    check.expect_true("rule", "  rule       title: level class" in blocks[0])
    check.expect_true("masked", "  masked     Order <int> of <email> is late" in blocks[0])
    check.expect_true("spans", "  spans      int at 6: 4711\n" in blocks[0] and
                      "             email at 14: bo@example.com\n" in blocks[0])
    check.expect_true("safe for a terminal", "\x1b" not in text and "\u202e" not in text and
                      "\\u202e\\x1b[31m" in text)
    done = harness.millrace("explain", "--json", bucket)
    rows = [json.loads(row) for row in done.stdout.splitlines()]
    check.expect("objects of JSON", 2, len(rows))
    for row in rows:
        text = row["text"].encode()
        check.expect("spans and text", [text[s["begin"]:s["end"]].decode() for s in row["spans"]],
                     [s["text"] for s in row["spans"]])
    events = [e for e in harness.events(bucket) if "fingerprint" in e]
    check.expect("the fingerprints of events", [e["fingerprint"] for e in events],
                 [row["fingerprint"] for row in rows])
    check.expect("and their places",
                 [(e["source_object"], e["source_offset"], e["event_index"]) for e in events],
                 [(r["object"], r["offset"], r["event_index"]) for r in rows])
    rules = os.path.join(base, "explain.rules")
    with open(rules, "w", encoding="utf-8") as file:
        file.write('title="Order 12 *" -> ignore\ntitle="Order*" -> group="late orders"\n')
    ruled = harness.millrace("explain", "--rules", rules, bucket).stdout.decode()
    check.expect("ignored by a rule", 1, len(ruled.split("\n\n")))
    check.expect_true("grouped by a rule", "  group      late orders\n" in ruled)
    with open(os.path.join(bucket, "object"), "rb") as file:
        piped = harness.millrace("explain", "--json", "-", stdin=file).stdout
    check.expect("standard input", [row["fingerprint"] for row in rows],
                 [json.loads(row)["fingerprint"] for row in piped.splitlines()])


WORDS = ("order cart parcel label voucher refund invoice session address receipt tariff batch ledger "
         "stock price offer claim route pallet depot driver token quota basket wallet coupon survey "
         "banner catalog digest export import").split()
VERBS = ("load save parse merge send print verify close open split sign fetch store index rank "
         "sort ship book bill pack scan weigh route accept reject retry cancel refresh expire "
         "archive restore audit").split()


def check_week(check, base):
    """Seven dailies of a thousand problems each. The figure is printed, not judged: the machine
    may be busy."""
    days, outs = [], []
    for day in range(7):
        lines = [line(day + 1, "ERROR", f"Could not {verb} the {word}", details={"day": day})
                 for verb in VERBS for word in WORDS[:31]]
        lines += [line(day + 1, "ERROR", f"Only of day {'abcdefg'[day]}: no {word}")
                  for word in WORDS[:8]]
        days.append(bucket_of(base, f"day{day}", *lines))
        outs.append(os.path.join(base, f"out{day}"))
        run(days[-1], outs[-1], "--no-dataset")
        check.expect(f"groups of day {day}", 1000,
                     harness.load(outs[-1], "report.json")["totals"]["groups"])
    began = time.monotonic()
    week = os.path.join(base, "week")
    harness.millrace("report", "-q", *outs, "-o", week)
    print(f"7 reports of 1,000 groups added up in {time.monotonic() - began:.2f} s")
    whole = os.path.join(base, "whole")
    harness.millrace("run", *days, "-o", whole, "-q", "--set-account", "123456789012",
                     "--no-dataset")
    for name in [*FORMS.values(), "report.partial", "ledger.json"]:
        check.expect_true(f"{name} is that of one run", read(whole, name) == read(week, name))
    report = harness.load(week, "report.json")
    check.expect("groups of the week", 32 * 31 + 7 * 8, report["totals"]["groups"])
    check.expect("the largest was there every day", 7, report["groups"][0]["count"])
    check.expect_true("a page of a thousand groups is within its bound",
                      len(read(week, "report.html")) <= 1_000_000)
    check.expect_true("and so is what goes into a chat", len(read(week, "report.md")) <= 60_000)


def failed(day, request, message, group="/aws/lambda/slow"):
    event = {"id": f"{day}{zlib.crc32(message.encode())}", "message": message.format(request),
             "timestamp": 1672567200000 + (day - 1) * 86400000}
    return json.dumps({"messageType": "DATA_MESSAGE", "owner": "123456789012", "logGroup": group,
                       "logStream": "s", "subscriptionFilters": ["all"], "logEvents": [event]})


def check_failures(check, base):
    """One alert per request id and cause, in whatever objects, batches and runs its lines lie."""
    timed_out = "2023-01-01T00:00:00.000Z {} Task timed out after 3.00 seconds\n\n"
    report_line = ("REPORT RequestId: {}\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\t"
                   "Memory Size: 128 MB\tMax Memory Used: 120 MB\tStatus: timeout\n")
    killed = "RequestId: {} Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n"
    ids = [f"{n:08x}-7b2a-4e0c-9d55-0123456789ab" for n in range(3)]
    buckets = [bucket_of(base, "told", *(failed(1, i, timed_out) for i in ids)),
               bucket_of(base, "reported", *(failed(1, i, report_line) for i in ids)),
               bucket_of(base, "twice", failed(2, ids[0], timed_out), failed(1, ids[0], killed))]
    outs = [os.path.join(base, f"failed{n}") for n in range(3)]
    for bucket, out in zip(buckets, outs):
        run(bucket, out)
    week, whole = os.path.join(base, "failed-sum"), os.path.join(base, "failed-whole")
    harness.millrace("report", "-q", *outs, "-o", week)
    harness.millrace("run", *buckets, "-o", whole, "-q")
    for out in (week, whole):
        report = harness.load(out, "report.json")
        check.expect("alerts", 4, report["totals"]["alerts"])
        check.expect("a group per function and cause", {"timeout": 3, "crash": 1},
                     {"timeout" if "timed out" in g["title"] else "crash": g["count"]
                      for g in report["groups"]})
        function = report["functions"][0]
        check.expect("and the function's figures", [3, 3, 1, 3],
                     [function[k] for k in ("invocations", "timeouts", "crashes",
                                            "near_memory_limit")])
    # The filter that cuts lines into fields lets no REPORT line through: it is said.
    notice = b"lets no REPORT line through"
    event = {"id": "1", "timestamp": 1672567200000, "message": timed_out.format(ids[0]),
             "extractedFields": {"timestamp": "2023-01-01T00:00:00.000Z", "request_id": ids[0],
                                 "event": "Task timed out after 3.00 seconds"}}
    cut = bucket_of(base, "cut", json.dumps({
        "messageType": "DATA_MESSAGE", "owner": "123456789012", "logGroup": "/aws/lambda/slow",
        "logStream": "s", "subscriptionFilters": ["all"], "logEvents": [event]}))
    out = os.path.join(base, "cut-out")
    run(cut, out)
    for text in (read(out, "report.html"), read(out, "report.md"),
                 harness.millrace("report", out).stdout):
        check.expect_true("no REPORT line can come", notice in text)
    check.expect("it can", False, notice in read(outs[0], "report.html"))


def main():
    check = harness.Failures()
    with harness.folder() as base:
        outs, _ = check_adding(check, base)
        check_showing(check, base, outs[0])
    with harness.folder() as base:
        check_week(check, base)
    with harness.folder() as base:
        check_failures(check, base)
    with harness.folder() as base:
        check_gates(check, base, *check_baseline(check, base))
    with harness.folder() as base:
        check_explain(check, base)
        check_privacy(check, base)
    check.finish()


if __name__ == "__main__":
    main()
