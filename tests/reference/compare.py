#!/usr/bin/env python3
"""Compares `millrace events` with the reference, row by row.

    compare.py [--millrace PROGRAM] [--max N] [--counts] PATH...

Every file at or below the paths is read by both. Rows are matched by where
they come from (offset, record, event) and compared as parsed JSON; the first
differing rows are shown column by column. `fingerprint` is left out, and so
are files the reference does not read (zstd). --counts also compares what
`millrace inspect --json` says of the file with the reference's ledger. Exit
status: 0 all equal, 1 some differ, 2 wrong use, 77 no program to compare.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys

import reference

IGNORED = ("fingerprint",)
COUNTED = ("stored_bytes", "decoded_bytes", "records", "events", "levels", "kinds")


def program_rows(program, path):
    """(rows, error): exit statuses above 3 and broken output are errors."""
    done = subprocess.run([program, "events", path], capture_output=True, check=False)
    if done.returncode not in (0, 3):
        return None, f"exit {done.returncode}: {done.stderr.decode(errors='replace')[:300]}"
    rows = []
    for line in done.stdout.split(b"\n"):
        if line:
            try:
                rows.append(json.loads(line.decode("utf-8")))
            except ValueError as error:
                return None, f"not a line of JSON ({error}): {line[:200]!r}"
    return rows, None


def place(row):
    return row.get("source_offset"), row.get("record_index"), row.get("event_index")


def differing_columns(want, got):
    keys = [k for k in reference.COLUMNS if k in want or k in got]
    keys += sorted(k for k in got if k not in reference.COLUMNS)
    return [k for k in keys if k not in IGNORED and want.get(k) != got.get(k)]


def show(path, want, got, columns):
    print(f"{path} at {place(want)}: {want.get('kind')}")
    for column in columns:
        print(f"    {column}")
        print(f"        reference {json.dumps(want.get(column), ensure_ascii=False)[:600]}")
        print(f"        millrace  {json.dumps(got.get(column), ensure_ascii=False)[:600]}")


def compare_rows(path, wanted, got, left):
    """Number of differing rows; shows at most `left`."""
    differences = 0
    ours = {}
    for row in got:
        if place(row) in ours:
            print(f"{path}: two rows at {place(row)}")
            differences += 1
        ours[place(row)] = row
    for row in wanted:
        other = ours.pop(place(row), None)
        columns = ["(no such row)"] if other is None else differing_columns(row, other)
        if not columns:
            continue
        differences += 1
        if differences > left:
            continue
        if other is None:
            print(f"{path}: no row at {place(row)}: {json.dumps(row, ensure_ascii=False)[:300]}")
        else:
            show(path, row, other, columns)
    for row in ours.values():
        differences += 1
        if differences <= left:
            print(f"{path}: unexpected row: {json.dumps(row, ensure_ascii=False)[:300]}")
    return differences


def compare_counts(program, path, counts):
    done = subprocess.run(
        [program, "inspect", "--json", path], capture_output=True, check=False
    )
    try:
        got = json.loads(done.stdout)
    except ValueError:
        print(f"{path}: inspect --json: exit {done.returncode}, {done.stdout[:200]!r}")
        return 1
    want = counts.as_json()
    wrong = 0
    for part in COUNTED:
        for key in sorted(set(want[part]) | set(got.get(part, {}))):
            mine, theirs = want[part].get(key, 0), got.get(part, {}).get(key, 0) or 0
            if mine != theirs:
                print(f"{path}: {part}.{key}: reference {mine}, millrace {theirs}")
                wrong += 1
    return wrong


def is_readable(path):
    with open(path, "rb") as file:
        return file.read(4) != b"\x28\xb5\x2f\xfd"


def main():
    parser = argparse.ArgumentParser(description="Compares millrace with the reference.")
    parser.add_argument("--millrace", default=os.environ.get("MILLRACE", "millrace"))
    parser.add_argument("--max", type=int, default=5, help="rows to show (default 5)")
    parser.add_argument("--counts", action="store_true", help="compare the counts too")
    parser.add_argument("paths", nargs="+")
    options = parser.parse_args()
    if shutil.which(options.millrace) is None:
        print(f"no program {options.millrace}", file=sys.stderr)
        return 77
    files = rows_total = differences = 0
    for _, path in sorted(reference.objects_of(options.paths)):
        if not is_readable(path):
            continue
        wanted = []
        counts = reference.read([path], wanted.append)
        got, error = program_rows(options.millrace, path)
        files += 1
        rows_total += len(wanted)
        if error is not None:
            print(f"{path}: {error}")
            differences += 1
            continue
        differences += compare_rows(path, wanted, got, max(0, options.max - differences))
        if options.counts:
            differences += compare_counts(options.millrace, path, counts)
    print(f"{files} files, {rows_total} rows, {differences} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.setrecursionlimit(10000)
    sys.exit(main())
