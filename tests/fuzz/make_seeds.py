#!/usr/bin/env python3
"""Writes the corpus again: make_seeds.py FOLDER.

One small input per thing a reader can meet. Files named `seed-*` are written
here; others in the corpus were found by a fuzzer and are kept as they are.
MILLRACE names the program, which writes its own formats.
"""

import base64
import gzip
import json
import os
import subprocess
import sys
import tempfile
import zlib

MILLRACE = os.environ.get("MILLRACE", "build/millrace")

ID = "6bc28136-3fa1-45b4-b517-5ab0ce6649d0"
TIME = "2023-01-05T11:00:05.843Z"

MESSAGES = [
    f"{TIME}\t{ID}\tERROR\tInvoke Error \t" + json.dumps(
        {"errorType": "Error", "errorMessage": "no", "code": "E1", "stack": ["Error: no", "    at f (/var/task/a.js:1:2)"]}),
    f"{TIME}\t{ID}\tINFO\t" + json.dumps({"title": "Paid", "level": "warn", "message": {"a": 1, "title": "x", "details": {"k": [1, 2.5e3, None, "\u00e9\\"]}}}),
    f"{TIME} {ID} Task timed out after 3.00 seconds\n\n",
    f"START RequestId: {ID} Version: $LATEST\n",
    f"END RequestId: {ID}\n",
    f"REPORT RequestId: {ID}\tDuration: 128.83 ms\tBilled Duration: 200 ms\tMemory Size: 128 MB\tMax Memory Used: 74 MB\tInit Duration: 1.5 ms\tStatus: timeout\n"
    "XRAY TraceId: 1-5e-2\tSegmentId: 1\tSampled: true\t\n",
    f"RequestId: {ID} Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n",
    f"[ERROR]\t{TIME}\t{ID}\tfailed\nTraceback (most recent call last):\n  File \"/var/task/a.py\", line 3, in f\n    g()\nTypeError: x",
    f"I, [2019-10-26T10:04:01.689856 #8]  INFO {ID} -- : text",
    f"{TIME}\t{ID}\tfail\ttext",
    "2020/03/27 03:40:05 panic: runtime error\ngoroutine 1 [running]:\nmain.f(0x1)\n\t/a/x.go:5 +0x1d",
    "[Information] - text", "INIT_START Runtime Version: nodejs:18.v1\tRuntime Version ARN: arn:aws:lambda:eu-west-1::runtime:x",
    json.dumps({"time": TIME, "type": "platform.report", "record": {"requestId": ID, "status": "timeout", "metrics": {"durationMs": 3005.0, "memorySizeMB": 128}}}),
    json.dumps({"timestamp": TIME, "level": "ERROR", "requestId": ID, "message": {"errorType": "E", "errorMessage": "m", "stackTrace": ["at a (b.js:1:2)"]}}),
    json.dumps({"_aws": {"CloudWatchMetrics": []}, "level": 50, "a": 1, "a\u0000": "\ud800"}),
    '{"level":"INFO","level":"ERROR","a":{"b":1,"b":2}}', '{"a":{]},"level":"INFO"}', "ERROR {\"code\":\"forceRetryExecution\"}",
    "user@example.com 10.1.2.3 fe80::1 arn:aws:s3:::bucket/key https://a.b/c?d=1 0xdeadbeef 12.5ms 2023-01-05 " + ID,
]

JSON = ["null", "true", " [1,-0,0.5,1e9,-2.5E-3] ", '{"a":{"b":[{},[]]},"\\u0061":"\\ud83d\\ude00\\n"}', '"\\ud800"', "[1,]", '{"a":1,}',
        "01", "-", "1.", "\ufeff{}", '"\x01"', '{"a":{]},"level":"INFO"}', "[" * 300 + "]" * 300, "{}}{", '{"a":1}{"b":2}', "nul",
        '{"s":"' + "x" * 130 + '\\\\\\""}']


def record(messages, **more):
    events = [{"id": f"{i:056d}", "timestamp": 1672920000000 + i, "message": m} for i, m in enumerate(messages)]
    return json.dumps({"messageType": "DATA_MESSAGE", "owner": "123456789012", "logGroup": "/aws/lambda/f", "logStream": "2023/01/05/[$LATEST]a",
                       "subscriptionFilters": ["x"], "logEvents": events, **more}, separators=(",", ":")).encode()


def gz(data):
    return gzip.compress(data, 6, mtime=0)


def objects():
    one, two = record(MESSAGES[:2]), record(MESSAGES[2:5])
    control = record(["CWL CONTROL MESSAGE: Checking health"], messageType="CONTROL_MESSAGE")
    extracted = json.loads(record(["x"]))
    extracted["logEvents"][0]["extractedFields"] = {"timestamp": TIME, "request_id": ID, "event": MESSAGES[0].split("\t", 2)[2]}
    packed = base64.b64encode(gz(one)).decode()
    yield "members", gz(one) + gz(control) + gz(two)
    yield "padded", gz(one) + bytes(40) + gz(two)
    yield "members-of-members", gz(gz(one) + gz(two))
    yield "joined-in-gzip", gz(one + two)
    yield "joined", one + two + control
    yield "lines", one + b"\n" + two + b"\n"
    yield "pretty", json.dumps(json.loads(one), indent=2).encode() + b"\n" + two
    yield "array", b"[" + one + b",\n" + two + b"]"
    yield "messages", "\n".join(MESSAGES[:8]).encode()
    yield "raw-data", json.dumps({"attemptsMade": 4, "errorCode": "x", "rawData": packed}).encode() + b'\n{"rawData":"' + packed.encode() + b'",}'
    yield "awslogs", json.dumps({"awslogs": {"data": packed}}).encode()
    yield "kinesis", json.dumps({"Records": [{"kinesis": {"data": packed}, "awsRegion": "eu-west-1"}]}).encode()
    yield "firehose", json.dumps({"records": [{"data": base64.b64encode(one).decode()}]}).encode()
    yield "export", f"{TIME} START a\n{TIME} two\nmore of two\n".encode()
    yield "zlib", zlib.compress(one)
    yield "base64", packed.encode()
    yield "truncated", gz(one + two)[:-9]
    yield "flipped", gz(one) + gz(two)[:40] + b"\x00" + gz(two)[41:] + gz(one)
    yield "destroyed", b"\x1f\xef\xbf\xbd\x08\x00"
    yield "broken-record", one + two.replace(b'"timestamp":', b'"timestamp"', 1) + one
    yield "invalid-utf8", one.replace(b"Invoke", b"Inv\xff\x01ke") + two
    yield "extracted", json.dumps(extracted).encode()
    yield "foreign", b'{"a":1}{"level":"ERROR","title":"x"}'
    yield "zip", b"PK\x03\x04\x14\x00"
    yield "seam-in-string", record(['a }{ "b":1 }{"logEvents":[]} c']) + two


def own_formats(base):
    """What millrace writes: partial, plan, parquet, manifest, objects, ledger, journal."""
    bucket, out = os.path.join(base, "bucket"), os.path.join(base, "out")
    os.mkdir(bucket)
    with open(os.path.join(bucket, "a"), "wb") as file:
        file.write(record(MESSAGES) + record(MESSAGES[:1])[:-9])
    subprocess.run([MILLRACE, "run", bucket, "-o", out, "-q"], check=False)

    def read(name):
        with open(os.path.join(out, name), "rb") as file:
            return file.read()
    day = next(d for d in os.listdir(os.path.join(out, "events")))
    part = os.path.join("events", day, os.listdir(os.path.join(out, "events", day))[0])
    ledger = read("ledger.json")
    done = (b'{"version":1,"batch":1,"revision":0,"attempt":"000001-0123","damaged":true,"keys":[7,"'
            + b"0123456789abcdef" * 2 + b'"],"chain":[0,5,true,false],"ledger":'
            + ledger.strip() + b',"files":[{"path":"events/dt=2023-01-05/part-000001-0001.parquet","rows":3,"bytes":9,"checksum":"'
            + b"0123456789abcdef" * 2 + b'","first_ms":-1,"last_ms":5}]}')
    rules = os.path.join(base, "rules")
    with open(rules, "w", encoding="utf-8") as file:
        file.write('title="Paid" -> ignore\n')
    yield "partial", "merged", read("report.partial")[:-8]
    for name, options in ("plain", []), ("options", ["--dedupe", "--rules", rules, "--partition-by", "level,dt"]):
        path = os.path.join(out, name + ".plan")
        subprocess.run([MILLRACE, "plan", "-q", bucket, "-o", path, "--shards", "3", *options], check=True)
        # Without its checksum, and with a source that is the same everywhere.
        yield "plan", name, read(name + ".plan")[:-33].replace(os.path.realpath(base).encode(), b"")
    yield "parquet_read", "dataset", read(part)
    yield "records", "finished", b"\0".join([done, read("manifest.jsonl"), read("objects.ndjson"), ledger, read("_SUCCESS")])
    yield "records", "forms", b'{"files":5}\0{"path":"../x","rows":1}\n\0{}\0{"levels":[]}\0'


def command_lines():
    yield "run", ["run", "bucket", "-o", "out", "-j", "2", "--since", "2023-01-05", "--include", "*.gz"]
    yield "all", ["run", "a", "-oout", "--max-record=1M", "--fail-on", "error>10", "--min-level", "warn", "--set-region", "eu-west-1", "--late", "2d", "--raw=always"]
    yield "inspect", ["inspect", "a", "--at", "12", "--json"]
    yield "verify", ["verify", "out", "--against", "a", "b"]
    yield "bad", ["run", "--nothing", "\x1b[31m", "-j", "-1"]
    yield "help", ["report", "--help"]
    yield "dashes", ["events", "-qv", "--", "-", "--", "-o"]


LISTINGS = {
    "lines": b"2023/01/05/12/a.gz\nb\n\nfolder/c",
    "entries": b"3\t1672920000.25\tb\x003\t-1672920000\ta/b\x000\t-\tempty\x007\t1.123456789012\tx.partial\x00",
    "refused": b"3\t1\ta\x003\t1\t../b\x00",
    "dots": b"a/..b/.../c\n./d\na/../b\n",
}

RULES = ['title~"^Payment .* declined$" log_group="/aws/lambda/pay*" -> group="payments declined"\0Payment 5 declined',
         '# comment\n\nmessage="*health check*" -> ignore level=ERROR owner="a"\n-> level=WARN\0a health check',
         'title~"(a+)+$" -> ignore\0aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', 'title="\\"\\*" account="?" level="WARN" -> group="x"\0"*', "title~\"(\" -> ignore\0",
         'title="a\n\0', "level=WARN -> \0"]


def main():
    root = sys.argv[1]

    def seed(fuzzer, name, data):
        folder = os.path.join(root, fuzzer)
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "seed-" + name), "wb") as file:
            file.write(data)

    for i, text in enumerate(JSON):
        seed("json", f"{i:02}", text.encode("utf-8", "surrogatepass"))
    for i, text in enumerate(MESSAGES):
        seed("interpret", f"{i:02}", b"\x0c\0\0\0\0" + text.encode())
        seed("mask", f"{i:02}", text.encode())
    seed("interpret", "extracted", b"\x0c" + b"\0".join([MESSAGES[0].split("\t", 2)[2].encode(), ID.encode(), TIME.encode(), b"5", MESSAGES[0].encode()]))
    for name, data in objects():
        seed("object", name, (b"\x01" if name == "export" else b"\x00") + data)
        seed("unwrap", name, b"\x01" + data)
        if data[:1] in b"{[2S" and len(data) < 6000:
            seed("split", name, (b"\x10\x01" if name == "export" else b"\x10\x00") + data)
            seed("seam", name, b"\x03\x80" + data)
    for i, text in enumerate(RULES):
        seed("rules", f"{i}", text.encode())
    for name, data in LISTINGS.items():
        seed("listing", name, data)
    for name, line in command_lines():
        seed("command_line", name, "\0".join(line).encode())
    seed("parquet_write", "texts", b"\x02\x01" + b"".join(bytes([len(w)]) + w.encode() for w in ["a", "bb", "", "a", "cc"] * 8) + b"\xff\xff")
    seed("parquet_write", "modern", b"\x07\x00" + bytes(range(1, 9)) * 40)
    with tempfile.TemporaryDirectory() as base:
        for fuzzer, name, data in own_formats(base):
            seed(fuzzer, name, data)


if __name__ == "__main__":
    main()
