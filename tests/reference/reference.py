#!/usr/bin/env python3
"""The independent reference: rows and counts of an archive, the slow way.

    reference.py [--counts | --both] PATH...

prints one JSON object per row, keys as in the dataset, or the counts of the
ledger (with --both the counts go to standard error). A PATH is a folder (all
files below it, by name) or a file. It shares no code with the program; it
reads no zstd, and `fingerprint` is never given.
"""

import argparse
import base64
import binascii
import collections
import datetime
import json
import os
import re
import sys

import interpret
import jsontext
import unwrap

COLUMNS = (
    "timestamp logged_at event_id account_id region log_group log_stream kind level"
    " severity_number title message code error_type error_message stack reason promise"
    " request_id trace_id details attributes raw_message duration_ms init_ms billed_ms"
    " memory_mb max_memory_mb fingerprint source_object source_offset record_index event_index"
).split()

LAMBDA_STREAM_IN_FOLDER = re.compile(r"(\d{4})-(\d\d)-(\d\d)-(\[.*)$")
RAW_DATA = re.compile(rb'"rawData"\s*:\s*"([A-Za-z0-9+/=\\]*)"')


def time_text(ms):
    try:
        when = datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=ms)
    except OverflowError:
        return str(ms)
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03d}Z" if when.year >= 1000 else str(ms)


def region_in_name(name):
    for part in reversed(name.split("/")):
        found = re.findall(rf"(?<![a-z0-9]){unwrap.REGION}(?![0-9a-z])", part)
        if found:
            return found[-1]
    return None


def arn_region(document):
    for key, value in document.items():
        if isinstance(value, str) and key not in ("logGroup", "logStream", "rawData"):
            found = unwrap.ARN_REGION.search(value)
            if found:
                return found.group(1)
    return None


def clean(value):
    return jsontext.replace_lone_surrogates(value)


class Counts:
    def __init__(self):
        self.objects = collections.Counter(total=0, clean=0, damaged=0)
        self.stored = collections.Counter(total=0, parsed=0, padding=0, skipped=0, quarantined=0)
        self.decoded = collections.Counter(total=0, records=0, separators=0, quarantined=0)
        self.records = collections.Counter(total=0, data=0, control=0, unverified=0, quarantined=0)
        self.events = collections.Counter(total=0, rows=0, ignored=0, filtered=0, quarantined=0)
        self.levels = collections.Counter()
        self.kinds = collections.Counter()
        self.accounts = collections.Counter()
        self.days = collections.Counter()
        self.log_groups = collections.Counter()
        self.alerts = 0
        self.failures = set()

    def add_row(self, row, failure):
        self.events["rows"] += 1
        self.levels[row["level"]] += 1
        self.kinds[row["kind"]] += 1
        self.accounts[row.get("account_id", "null")] += 1
        self.log_groups[row.get("log_group", "null")] += 1
        self.days[row.get("timestamp", "null")[:10]] += 1
        is_alert = row.get("severity_number", 0) >= 17 or failure is not None
        is_alert |= row.get("title", "").startswith("[Action Required]")
        if row["kind"] == "metric" or not is_alert:
            return
        if failure is not None and "request_id" in row:
            key = (row["request_id"], failure)
            if key in self.failures:
                return
            self.failures.add(key)
        self.alerts += 1

    def as_json(self):
        plain = lambda c: dict(c)
        ordered = lambda c: dict(sorted(c.items()))
        return {
            "objects": plain(self.objects),
            "stored_bytes": plain(self.stored),
            "decoded_bytes": plain(self.decoded),
            "records": plain(self.records),
            "events": plain(self.events),
            "levels": ordered(self.levels),
            "kinds": ordered(self.kinds),
            "accounts": ordered(self.accounts),
            "days": ordered(self.days),
            "log_groups": ordered(self.log_groups),
            "alerts": self.alerts,
        }


class ObjectReader:
    """One object: peels, splits, reads records, gives rows to `emit`."""

    def __init__(self, name, data, counts, emit):
        self.name = name
        self.counts = counts
        self.emit = emit
        self.account = unwrap.Account(len(data))
        self.unit = None  # (offset, next record index)
        self.form = None
        self.envelope_region = None
        self.is_envelope_unverified = False
        run = unwrap.Run()
        run.is_plain = True
        run.add(data, 0)
        unwrap.Peeler(self.account, self.read_run).peel(run, 0)

    def next_index(self, offset):
        if self.unit is None or self.unit[0] != offset:
            self.unit = (offset, 0)
        index = self.unit[1]
        self.unit = (offset, index + 1)
        return index

    def read_run(self, run, fixed_offset=None):
        data = bytes(run.text)
        form = unwrap.form_of(data, self.name)
        where = lambda at: run.origin(at) if fixed_offset is None else fixed_offset
        if form in ("documents", "array"):
            self._read_documents(run, data, form, where)
        elif form == "binary":
            self._damaged(run, where(0), len(data), "binary")
        else:
            self._read_lines(run, data, form, where)

    def _read_documents(self, run, data, form, where):
        for begin, end, kind in unwrap.split_documents(data, form == "array"):
            if kind == "separator":
                self.account.decoded["separators"] += end - begin
            elif kind == "document":
                self._read_document(data[begin:end], where(begin), run, run.is_unverified(end))
            else:
                found = RAW_DATA.search(data[begin:end])
                if found:
                    encoded = found.group(1).replace(b"\\", b"")
                    self._payload(encoded, where(begin), None, run.is_unverified(end))
                else:
                    self._damaged(run, where(begin), end - begin, "not JSON")

    def _damaged(self, run, offset, length, reason):
        """A record's worth of text that holds no record."""
        self.account.quarantine(offset, length, reason, False)
        if run.is_plain:
            self.account.stored["parsed"] -= length
            self.account.stored["quarantined"] += length
        self._count_record("quarantined")

    def _read_lines(self, run, data, form, where):
        pieces = []  # [begin, end, export time or None]
        at = 3 if data[:3] == b"\xef\xbb\xbf" else 0
        self.account.decoded["separators"] += at
        while at < len(data):
            end = data.find(b"\n", at) + 1 or len(data)
            if run.is_truncated and data[end - 1 : end] != b"\n":
                self._damaged(run, where(at), end - at, "truncated line")
                break
            starts = unwrap.EXPORT_LINE.match(data, at) is not None
            if form == "export" and pieces and not starts:
                pieces[-1][1] = end
            elif data[at:end].strip(b" \t\r\n") == b"":
                self.account.decoded["separators"] += end - at
            else:
                pieces.append([at, end])
            at = end
        for begin, end in pieces:
            self._read_line(data[begin:end], form, where(begin), run.is_unverified(end))

    def _read_line(self, raw, form, offset, is_unverified):
        self.account.decoded["records"] += len(raw)
        self._count_record("data", is_unverified)
        index = self.next_index(offset)
        text, repaired = raw.decode("utf-8", "replace"), False
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError:
            repaired = True
        context = {"region": self.envelope_region or region_in_name(self.name)}
        event = {"message": text.rstrip("\n").rstrip("\r"), "repaired": repaired}
        if form == "export":
            folder = self.name.split("/")[-2] if "/" in self.name else None
            if folder is not None:
                found = LAMBDA_STREAM_IN_FOLDER.match(folder)
                context["log_stream"] = "/".join(found.groups()) if found else folder
            if unwrap.EXPORT_LINE.match(raw):
                event["timestamp"] = interpret.lines.parse_time(text[:24])[0]
                event["message"] = text[25:].rstrip("\n").rstrip("\r")
        self._event(event, context, offset, index, 0)

    def _count_record(self, kind, is_unverified=False):
        self.counts.records["total"] += 1
        self.counts.records[kind] += 1
        self.counts.records["unverified"] += is_unverified or self.is_envelope_unverified

    def _payload(self, encoded, offset, region, is_unverified):
        try:
            data = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            self.account.quarantine(offset, len(encoded), "bad base64", False)
            return
        outer = self.envelope_region, self.is_envelope_unverified
        self.envelope_region = region or outer[0]
        self.is_envelope_unverified |= is_unverified
        inner = unwrap.Run()
        inner.add(data, offset)
        reader = lambda run: self.read_run(run, offset)
        unwrap.Peeler(self.account, reader).peel(inner, 1, False)
        self.envelope_region, self.is_envelope_unverified = outer

    def _read_document(self, raw, offset, run, is_unverified):
        text, repaired = unwrap.repair(raw)
        try:
            node = jsontext.parse(text) if _is_deep(text) else None
            document = json.loads(text)
        except (ValueError, RecursionError):
            self._damaged(run, offset, len(raw), "not JSON")
            return
        del node
        region = arn_region(document)
        for payload, payload_region in _payloads(document):
            self._payload(payload, offset, payload_region or region, is_unverified)
        if _is_envelope(document):
            return
        self.account.decoded["records"] += len(raw)
        if document.get("messageType") == "CONTROL_MESSAGE" or _is_control_by_text(document):
            self._count_record("control")
            self.next_index(offset)
            return
        self._count_record("data", is_unverified)
        index = self.next_index(offset)
        if isinstance(document.get("logEvents"), list):
            self._record(document, text, repaired, offset, index)
            return
        context = {"region": self.envelope_region or region or region_in_name(self.name)}
        event = {"message": text, "repaired": repaired}
        event["is_foreign"] = True
        self._event(event, context, offset, index, 0)

    def _record(self, document, text, repaired, offset, index):
        string = lambda key: document[key] if isinstance(document.get(key), str) else None
        owner = string("@aws.account") or string("owner")
        context = {
            "account_id": owner,
            "region": string("@aws.region")
            or arn_region(document)
            or self.envelope_region
            or region_in_name(self.name),
            "log_group": string("logGroup"),
            "log_stream": string("logStream"),
        }
        raw_messages = None
        for i, entry in enumerate(document["logEvents"]):
            if not isinstance(entry, dict):
                self.counts.events["total"] += 1
                self.counts.events["quarantined"] += 1
                continue
            message = entry.get("message")
            if message is not None and not isinstance(message, str):
                raw_messages = raw_messages or _raw_messages(text)
                message = raw_messages[i]
            extracted = entry.get("extractedFields")
            if not isinstance(extracted, dict):
                extracted = None
            fields = {k: v for k, v in (extracted or {}).items() if isinstance(v, str)}
            mine = dict(context)
            mine["account_id"] = fields.get("@aws.account") or mine["account_id"]
            mine["region"] = fields.get("@aws.region") or mine["region"]
            event = {
                "id": entry.get("id"),
                "timestamp": _integer(entry.get("timestamp")),
                "message": message,
                "extracted": {k: clean(v) for k, v in fields.items()},
                "repaired": repaired,
            }
            self._event(event, mine, offset, index, i)

    def _event(self, event, context, offset, index, event_index):
        self.counts.events["total"] += 1
        if event["message"] is not None:
            event["message"] = clean(event["message"])
        result = interpret.interpret(event)
        if result.is_ignored:
            self.counts.events["ignored"] += 1
            return
        row = result.row
        for key, value in context.items():
            result.set(key, clean(value) if value is not None else None)
        if isinstance(event.get("id"), str) and event["id"]:
            row["event_id"] = clean(event["id"])
        result.set("timestamp", event.get("timestamp"))
        for key in ("timestamp", "logged_at"):
            if key in row:
                row[key] = time_text(row[key])
        row["source_object"] = self.name
        row["source_offset"] = offset
        row["record_index"] = index
        row["event_index"] = event_index
        self.counts.add_row(row, result.failure)
        self.emit({key: row[key] for key in COLUMNS if key in row})


def _is_deep(text):
    return text.count("[") + text.count("{") > jsontext.DEPTH_MAX


def _raw_messages(text):
    events = jsontext.parse(text).members()["logEvents"][1].value
    found = []
    for node in events:
        message = node.members().get("message") if node.kind == "object" else None
        found.append(message[1].raw if message else None)
    return found


def _integer(value):
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
        return int(value)
    return None


def _is_control_by_text(document):
    events = document.get("logEvents")
    if "messageType" in document or not isinstance(events, list) or not events:
        return False
    texts = [e.get("message") if isinstance(e, dict) else None for e in events]
    return all(isinstance(t, str) and t.startswith("CWL CONTROL MESSAGE") for t in texts)


def _payloads(document):
    """(base64, region) of shape G and H documents."""
    if isinstance(document.get("logEvents"), list):
        return
    if isinstance(document.get("rawData"), str):
        yield document["rawData"].encode(), None
        return
    awslogs = document.get("awslogs")
    if isinstance(awslogs, dict) and isinstance(awslogs.get("data"), str):
        yield awslogs["data"].encode(), None
        return
    for key in ("Records", "records"):
        entries = document.get(key)
        for entry in entries if isinstance(entries, list) else []:
            if not isinstance(entry, dict):
                continue
            kinesis = entry.get("kinesis")
            data = kinesis.get("data") if isinstance(kinesis, dict) else entry.get("data")
            if isinstance(data, str):
                yield data.encode(), arn_region(entry) or entry.get("awsRegion")


def _is_envelope(document):
    return any(True for _ in _payloads(document))


def objects_of(paths):
    for path in paths:
        base = os.path.basename(os.path.normpath(path))
        if os.path.isfile(path):
            yield base, path
            continue
        for folder, folders, files in os.walk(path):
            folders.sort()
            for file in files:
                full = os.path.join(folder, file)
                if os.path.getsize(full) > 0:
                    yield base + "/" + os.path.relpath(full, path), full


def read(paths, emit):
    counts = Counts()
    for name, path in sorted(objects_of(paths)):
        with open(path, "rb") as file:
            data = file.read()
        reader = ObjectReader(name, data, counts, emit)
        counts.objects["total"] += 1
        counts.objects["damaged" if reader.account.damage else "clean"] += 1
        counts.stored.update(reader.account.stored)
        decoded = reader.account.decoded
        decoded["total"] = decoded["records"] + decoded["separators"] + decoded["quarantined"]
        counts.decoded.update(decoded)
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--counts", action="store_true", help="print the counts, not the rows")
    parser.add_argument("--both", action="store_true", help="rows, and the counts on stderr")
    parser.add_argument("paths", nargs="+")
    options = parser.parse_args()
    emit = lambda row: print(json.dumps(row, ensure_ascii=False))
    counts = read(options.paths, (lambda row: None) if options.counts else emit)
    if options.counts or options.both:
        out = sys.stdout if options.counts else sys.stderr
        print(json.dumps(counts.as_json(), indent=1, ensure_ascii=False), file=out)


if __name__ == "__main__":
    sys.setrecursionlimit(10000)
    main()
