#!/usr/bin/env python3
"""Checks a generated archive's truth file against the reference's reading.

    check_truth.py BUCKET TRUTH

Exit 0 when every count and every problem agrees. The two share nothing but
the rules: the generator derives its counts from what it meant to write.
"""

import collections
import json
import re
import sys

import reference


def main():
    bucket, truth_path = sys.argv[1:]
    with open(truth_path, encoding="utf-8") as file:
        truth = json.load(file)
    titled = collections.Counter()
    rows = []
    counts = reference.read([bucket], rows.append)
    found = counts.as_json()
    wrong = []

    def expect(what, want, got):
        if want != got:
            wrong.append(f"{what}: truth {want!r}, reference {got!r}")

    expect("objects", truth["objects"], found["objects"]["total"])
    expect("damaged", truth["damaged"], found["objects"]["damaged"])
    expect("stored bytes", truth["stored_bytes"], found["stored_bytes"]["total"])
    expect("stored sum", found["stored_bytes"]["total"],
           sum(found["stored_bytes"][k] for k in ("parsed", "padding", "skipped", "quarantined")))
    for key in ("total", "data", "control"):
        expect(f"records.{key}", truth["records"][key], found["records"][key])
    for key in ("total", "rows", "ignored"):
        expect(f"events.{key}", truth["events"][key], found["events"][key])
    for key in ("levels", "kinds", "accounts", "days", "log_groups"):
        for name in sorted(set(truth[key]) | set(found[key])):
            expect(f"{key}.{name}", truth[key].get(name, 0), found[key].get(name, 0))
    expect("alerts", truth["alerts"]["total"], found["alerts"])
    for row in rows:
        if row["kind"] != "metric" and "title" in row:
            titled[(row["level"], row["title"])] += 1
    for problem in truth["alerts"]["problems"]:
        if problem["log_group"] is not None or problem["problem"] in ("timeout", "crash"):
            continue
        pattern = problem["title_pattern"]
        if problem["title"] is not None:
            pattern = re.escape(problem["title"])
        if pattern is None:
            continue
        got = sum(
            n
            for (level, title), n in titled.items()
            if level == problem["level"] and re.fullmatch(pattern, title)
        )
        expect(f"problem {problem['problem']}", problem["count"], got)
    for line in wrong:
        print(line)
    print(f"{len(rows)} rows, {len(wrong)} differences")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
