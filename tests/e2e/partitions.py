#!/usr/bin/env python3
"""--partition-by: a folder per value, by Hive's rules, whatever the values hold.

Log groups, accounts and levels that try to lead elsewhere (../, NUL, newlines,
right-to-left marks, 4 KB) become folders below OUT/events and nothing else. The
rows are those of a run without the option; DuckDB reads the folders back as
columns where the Node.js packages of tests/readers are installed.
"""

import gzip
import json
import os
import re
import shutil
import subprocess
import tempfile
import urllib.parse

import harness

READERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "readers")
HAS_READER = (shutil.which("node") is not None
              and os.path.isdir(os.path.join(READERS, "node_modules", "@duckdb")))
NONE = "__HIVE_DEFAULT_PARTITION__"

GROUPS = ["/aws/lambda/shop", "../../../../escaped", "..", ".", "/", "//", "", "a/../../b",
          "line\nbreak\r", "nul\0byte", "\u202egnp.txt", "caf\u00e9 \u20ac", "x" * 300, "/" * 200,
          "y" * 4096, "y" * 4095 + "z", "50%25", "a=b", "*?[]{}^#:\\\"'", NONE, "-rf", "~root",
          "\u0001\u007f\u0085\u2028", "\U0001f600" * 70, " lead", "trail ", "events", "_SUCCESS"]


def record(group, account, first, events=4):
    return json.dumps({"messageType": "DATA_MESSAGE", "owner": account, "logGroup": group,
                       "logStream": "s", "subscriptionFilters": ["f"], "logEvents": [
                           {"id": f"{first + i:056d}", "timestamp": 1672916400000 + 40000000 * i,
                            "message": f"{('INFO', 'ERROR')[i % 2]} text {i}"}
                           for i in range(events)]}).encode()


def make_bucket(bucket):
    """Each group in two objects of different days, so that its files are gathered."""
    for day in (5, 6):
        name = (f"2023/01/{day:02d}/10/logs-1-2023-01-{day:02d}-10-00-00-"
                f"00000000-0000-0000-0000-{day:012d}.gz")
        path = os.path.join(bucket, name)
        os.makedirs(os.path.dirname(path))
        with open(path, "wb") as file:
            for i, group in enumerate(GROUPS):
                account = ("111122223333", "012345678901", "../../x")[i % 3]
                file.write(gzip.compress(record(group, account, 1000 * day + 10 * i), mtime=0))


def folders(out):
    """{folder below events: its files}; every one holds only folders or only files."""
    found = {}
    for root, below, names in os.walk(os.path.join(out, "events")):
        assert not (below and names)
        if names:
            found[os.path.relpath(root, os.path.join(out, "events"))] = names
    return found


def value_of(folder, name):
    """What Hive reads from a folder, None for no value."""
    parts = dict(part.split("=", 1) for part in folder.split("/"))
    return None if parts[name] == NONE else urllib.parse.unquote(parts[name])


def everything_below(path):
    return sorted(os.path.relpath(os.path.join(root, name), path)
                  for root, below, names in os.walk(path) for name in below + names)


def short(text):
    """Whether a folder can hold the whole of it."""
    escaped = re.sub(r"[\x00-\x1f\x7f\"#%'*/:=?\\{\[\]^]", "%XX", text).encode()
    return len(escaped) <= 255 - len("log_group=")


def check_groups(check, base, bucket):
    out = os.path.join(base, "inner", "out")
    os.makedirs(os.path.dirname(out))
    before = everything_below(base)
    harness.millrace("run", bucket, "-o", out, "-q", "--partition-by", "dt,log_group", "-j", 2)
    new = [path for path in everything_below(base) if path not in before]
    check.expect("nothing is written elsewhere", [],
                 [path for path in new if not path.startswith("inner/out")])
    found = folders(out)
    check.expect("no folder is deeper", {2}, {len(f.split("/")) for f in found})
    check.expect("one file a folder", {1}, {len(names) for names in found.values()})
    check.expect_true("names fit", all(len(os.fsencode(part)) <= 255
                                       for f in found for part in f.split("/")))
    values = {value_of(f, "log_group") for f in found}
    for group in GROUPS:
        if group in ("", NONE):
            check.expect_true("no value", None in values)
        elif short(group):
            check.expect_true(f"{group!r} is a folder", group in values)
        else:
            check.expect_true(f"{group[:10]!r}… is cut",
                              any(v and "~" in v and v.startswith(group[:20]) for v in values))
    check.expect("no two become one", len(set(GROUPS)) - 1, len(values))
    harness.millrace("verify", out)
    return out


def check_same_rows(check, base, bucket, parted):
    """Every byte of the reports, every row: as without the option."""
    plain = os.path.join(base, "plain")
    harness.millrace("run", bucket, "-o", plain, "-q")
    for name in ("report.partial", "report.csv", "quarantine.ndjson"):
        check.expect(name, harness.tree(plain)[name], harness.tree(parted)[name])
    a, b = harness.load(plain, "ledger.json"), harness.load(parted, "ledger.json")
    check.expect("rows", a["dataset"]["rows"], b["dataset"]["rows"])
    check.expect("events", a["events"], b["events"])
    refused = harness.millrace("run", bucket, "-o", plain, "--partition-by", "dt,level",
                               wanted=(2,))
    check.expect_true("another partition is another run", b"other options" in refused.stderr)


def check_deterministic(check, base, bucket):
    """Threads, a dataset in two generations, any order of columns."""
    for columns in ("account_id", "level,dt", "dt,account_id,region,log_group,kind,level"):
        outs = [os.path.join(base, columns.replace(",", "-") + str(i)) for i in range(2)]
        for out, threads in zip(outs, (1, 7)):
            harness.millrace("run", bucket, "-o", out, "-q", "--partition-by", columns, "-j",
                             threads)
        check.expect(f"{columns}: threads", [],
                     harness.difference(harness.tree(outs[0]), harness.tree(outs[1])))
        names = {tuple(part.split("=")[0] for part in f.split("/")) for f in folders(outs[0])}
        check.expect(f"{columns}: folders", {tuple(columns.split(","))}, names)
    staged, out = os.path.join(base, "staged"), os.path.join(base, "grown")
    for day in ("05", "06"):
        shutil.copytree(os.path.join(bucket, "2023/01", day),
                        os.path.join(staged, "bucket/2023/01", day))
        harness.millrace("run", os.path.join(staged, "bucket"), "-o", out, "-q",
                         "--partition-by", "dt,log_group")
    harness.millrace("verify", out, "--against", os.path.join(staged, "bucket"))
    check.expect("generations: a file each", {2}, {len(n) for n in folders(out).values()})


def check_too_many(check, memory):
    """What a batch spreads over more folders than it may goes to one of no value."""
    most, bucket, out = 16384, os.path.join(memory, "many"), os.path.join(memory, "many.out")
    os.makedirs(bucket)
    with open(os.path.join(bucket, "x"), "wb") as file:
        for i in range(most + 500):
            file.write(record(f"g{i}", "1", i, events=1))
    harness.millrace("run", bucket, "-o", out, "-q", "--partition-by", "log_group")
    found = folders(out)
    check.expect("too many: folders", most + 1, len(found))
    check.expect("too many: rows", most + 500, harness.load(out, "ledger.json")["dataset"]["rows"])
    if HAS_READER:
        files = os.path.join(out, "events", f"log_group={NONE}", "*.parquet")
        rows = query("SELECT count(*) AS rows, count(DISTINCT log_group) AS names FROM "
                     f"read_parquet('{files}', hive_partitioning = false)")
        check.expect("too many: the rest", [["500", "500"]], rows)


def query(sql):
    """Rows that DuckDB gives."""
    done = subprocess.run(["node", os.path.join(READERS, "query.mjs"), sql], check=True,
                          capture_output=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def check_read_back(check, out):
    """The path's column and the file's hold the same."""
    # As text: an account with leading zeros is not a number.
    types = "hive_partitioning = true, hive_types_autocast = false"
    files = os.path.join(out, "events", "**", "*.parquet")
    rows = query(f"SELECT log_group, count(*) FROM read_parquet('{files}', {types}) "
                 "GROUP BY log_group")
    counts = {group: int(count) for group, count in rows}
    for group in GROUPS:
        if short(group) and group not in ("", NONE):
            check.expect(f"DuckDB reads {group!r} from its folder", 8, counts.get(group))
    # Null for other types; of text it leaves Hive's word.
    check.expect("DuckDB reads what has no value", 16, counts.get(NONE))
    rows = query(f"SELECT log_group, count(*) FROM read_parquet('{files}', "
                 "hive_partitioning = false) GROUP BY log_group")
    check.expect("the files hold every name whole", sorted((group, 8) for group in GROUPS),
                 sorted((group or "", int(count)) for group, count in rows))


def main():
    check = harness.Failures()
    with harness.folder() as base:
        bucket = os.path.join(base, "bucket")
        make_bucket(bucket)
        parted = check_groups(check, base, bucket)
        check_same_rows(check, base, bucket, parted)
        check_deterministic(check, base, bucket)
        if HAS_READER:
            check_read_back(check, parted)
        else:
            print("no reader installed: folders are not read back as columns")
        # Sixteen thousand files to be synced: not on a disk.
        if os.access("/dev/shm", os.W_OK):
            with tempfile.TemporaryDirectory(prefix="millrace-e2e-", dir="/dev/shm") as memory:
                check_too_many(check, memory)
        said = harness.millrace("run", bucket, "-o", os.path.join(base, "x"), "--partition-by",
                                "log_stream", wanted=(2,)).stderr
        check.expect("another column is refused in one line", 1, said.count(b"\n"))
    check.finish()


if __name__ == "__main__":
    main()
