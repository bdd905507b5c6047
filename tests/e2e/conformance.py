#!/usr/bin/env python3
"""JSON's edges: each row of tests/conformance.md gives what it says there.

A value that is parsed comes out as Python's json reads it, a neighbour record is
always read, and the account adds up. `CONFORMANCE_SHOW=1` prints what each row gives.
"""

import ast
import json
import os
import re
import sys

import harness

TABLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "conformance.md")
ENVELOPE = (b'{"messageType":"DATA_MESSAGE","owner":"123456789012","logGroup":"/aws/lambda/f",'
            b'"logStream":"s","subscriptionFilters":["x"],%s"logEvents":[{"id":"1","timestamp":'
            b'1672920000000,"message":"%s"}]}')
NEIGHBOUR = ENVELOPE % (b"", b"the neighbour")

# Values too large to be written down.
MAKERS = {
    "nest": lambda n: b"[" * n + b"]" * n,
    "open": lambda n: b"[" * n,
    "nest_objects": lambda n: b'{"a":' * n + b"1" + b"}" * n,
    "string": lambda n: b'"' + b"s" * n + b'"',
    "escapes": lambda n: b'"' + b"\\u00e9" * n + b'"',
    "digits": lambda n: b"7" * n,
    "members": lambda n: b"{" + b",".join(b'"%d":1' % i for i in range(n)) + b"}",
    "same_keys": lambda n: b"{" + b",".join(b'"k":%d' % i for i in range(n)) + b"}",
    "spaces": lambda n: b" " * n + b"1",
}


def rows_of_tables():
    """(what, value, record, payload, more arguments) of each row."""
    with open(TABLES, encoding="utf-8") as file:
        for line in file:
            found = re.match(r"\| (`+) ?(.*?) ?\1(?: with `([^`]*)`)? *\| (\w+) \| (\w+) \|$", line)
            if not found:
                continue
            _, text, more, record, payload = found.groups()
            call = re.fullmatch(r"(\w+)\(([\d,]+)\)", text)
            if call:
                value = MAKERS[call.group(1)](int(call.group(2).replace(",", "")))
            else:
                value = ast.literal_eval('b"""' + re.sub(r'\\(?!x)', r'\\\\', text).replace('"', '\\"')
                                         + '"""') if text.isascii() else text.encode()
            yield text, value, record, payload, (more or "").split()


def read(base, data, more):
    path = os.path.join(base, "object")
    with open(path, "wb") as file:
        file.write(data)
    done = harness.millrace("events", "-q", path, *more, wanted=(0, 3))
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    account = harness.millrace("inspect", "--json", path, *more, wanted=(0, 3))
    assert done.returncode == account.returncode
    return rows, json.loads(account.stdout), done.returncode


def outcome_of_record(rows, ledger, status):
    messages = [row.get("message") for row in rows]
    if messages.count("the neighbour") != 2:
        return f"neighbours lost: {messages}"
    if "one" not in messages:
        return "quarantined" if status == 3 and ledger["records"]["quarantined"] else "lost"
    return "repaired" if ledger["repaired_records"] else "parsed"


def without_surrogates(value):
    if isinstance(value, str):
        return re.sub("[\ud800-\udfff]", "\ufffd", value)
    if isinstance(value, list):
        return [without_surrogates(v) for v in value]
    if isinstance(value, dict):
        return {without_surrogates(k): without_surrogates(v) for k, v in value.items()}
    return value


def outcome_of_payload(rows, value):
    """Also whether what was parsed is the value."""
    if len(rows) == 2:
        return "quarantined"
    row = rows[1]
    attributes = json.loads(row.get("attributes", "{}"))
    if attributes.get("payload_error") == "invalid JSON":
        has_text = row.get("level") == "INFO" and row.get("message", "").startswith('INFO {"x":')
        return "unsound" if has_text else f"unsound, but {row}"[:300]
    if row.get("level") != "WARN" or row.get("title") != "t":
        return f"a wrong row: {row}"[:300]
    text = value.decode("utf-8", "replace")
    wanted = without_surrogates(json.loads(text, strict=False, parse_int=str, parse_float=str))
    again = json.loads(row["attributes"], parse_int=str, parse_float=str)
    if without_surrogates(again).get("x", "absent") != wanted:
        return f"a wrong value: {row['attributes'][:200]}"
    is_repaired = "\ufffd" in row["attributes"] and "\ufffd".encode() not in value
    return "repaired" if is_repaired else "parsed"


def check_row(check, base, what, value, record, payload, more):
    data = NEIGHBOUR + ENVELOPE % (b'"x":' + value + b",", b"one") + NEIGHBOUR
    rows, ledger, status = read(base, data, more)
    harness.sums_hold(check, ledger, what)
    got_record = outcome_of_record(rows, ledger, status)
    # What is no UTF-8 lies raw in the message; the rest is escaped as JSON does.
    message = b'INFO {"x":' + value + b',"level":"WARN","title":"t"}'
    escaped = json.dumps(message.decode("latin-1"), ensure_ascii=False)[1:-1].encode("latin-1")
    rows, ledger, status = read(base, NEIGHBOUR + ENVELOPE % (b"", escaped) + NEIGHBOUR, more)
    harness.sums_hold(check, ledger, what)
    got_payload = outcome_of_payload(rows, value)
    if os.environ.get("CONFORMANCE_SHOW"):
        print(f"| `{what}` | {got_record} | {got_payload} |")
    check.expect(f"{what}: record, payload", (record, payload), (got_record, got_payload))


def main():
    check = harness.Failures()
    with harness.folder() as base:
        count = 0
        for row in rows_of_tables():
            check_row(check, base, *row)
            count += 1
        check.expect_true(f"{count} rows in the tables", count > 100)
    check.finish()


if __name__ == "__main__":
    sys.set_int_max_str_digits(0)
    main()
