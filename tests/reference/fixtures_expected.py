#!/usr/bin/env python3
"""Runs millrace over log payloads from other projects' own test suites.

    MILLRACE_FIXTURES=FOLDER fixtures_expected.py [PROGRAM]

The payloads are not part of this repository (their licences differ); without
the folder, or without the program (argument, or MILLRACE), this skips with
exit status 77. Each entry names a file below the folder and what a correct
reading finds; `rows` gives chosen columns of chosen rows by their number.
With PROGRAM `reference` the reference is checked instead.
"""

import collections
import json
import os
import shutil
import subprocess
import sys

import reference

DATADOG = "DataDog__datadog-serverless-functions/aws__logs_monitoring__"
SNAPSHOT = DATADOG + "tools__integration_tests__snapshots__cloudwatch_log"
POWERTOOLS = "aws-powertools__powertools-lambda-python/tests__events__"
DOTNET = (
    "aws__aws-lambda-dotnet/Tools__LambdaTestTool-v2__src__Amazon.Lambda.TestTool__Resources"
    "__SampleRequests__kinesis-firehose-"
)
AWSLABS = "awslabs__cloudwatch-logs-subscription-consumer/src__test__resources__"
LOGSTASH = "logstash-plugins__logstash-input-s3/spec__fixtures__"
NEWRELIC = "newrelic__aws-log-ingestion/test__events__"
VECTOR = "vectordotdev__vector/tests__data__"

DOG_ID = "f08bb4c8-d6b2-4f05-ac17-af7e2ba005fb"
TIMEOUT_TITLE = "Task timed out after 3.00 seconds (RequestId: %s)"


def case(kinds, data=1, control=0, levels=None, alerts=0, rows=None, count=None):
    """count: (column, value, number of rows that have it)."""
    total = sum(kinds.values())
    return {
        "records": {"data": data, "control": control, "quarantined": 0},
        "kinds": kinds,
        "levels": levels if levels is not None else ({"INFO": total} if total else {}),
        "alerts": alerts,
        "rows": rows or {},
        "count": count,
    }


ONE_LOG = {"log": 1}
ONE_TEXT = {"text": 1}

EXPECTED = {
    DATADOG
    + "tests__events__cloudwatch_logs.json": case(
        {"log": 13, "text": 4, "end": 1, "report": 1},
        levels={"DEBUG": 10, "INFO": 9},
        count=("request_id", DOG_ID, 16),
        rows={
            0: {
                "message": "datadog:Patched console output with trace context",
                "attributes": '{"status":"debug","prefix":"[dd.trace_id=3172564172058669914 '
                'dd.span_id=14292093692483532556]"}',
            },
            18: {
                "duration_ms": 619.31,
                "billed_ms": 700,
                "memory_mb": 128,
                "max_memory_mb": 118,
                "trace_id": "1-5e61292c-cc1229a4dfbeae1043928548",
            },
        },
    ),
    DATADOG
    + "tests__events__cloudwatch_logs_2.json": case(
        ONE_LOG, rows={0: {"message": "datadog:This is a custom message"}}
    ),
    DATADOG
    + "tests__events__cloudwatch_logs_ddtags.json": case(
        ONE_LOG, rows={0: {"message": "datadog:Patched console output with trace context"}}
    ),
    SNAPSHOT
    + ".json": case(
        {"text": 2},
        levels={"ERROR": 2},
        alerts=2,
        rows={0: {"message": "First test message", "event_id": "eventId1"}},
    ),
    SNAPSHOT + "_cloudtrail.json": case({"log": 4}),
    SNAPSHOT
    + "_coldstart.json": case(
        {"start": 1, "end": 1, "report": 1},
        rows={2: {"duration_ms": 1.76, "init_ms": 120.96, "billed_ms": 100, "memory_mb": 128}},
    ),
    SNAPSHOT + "_custom_tags.json": case(ONE_LOG, rows={0: {"message": "hello world"}}),
    SNAPSHOT + "_service_tag.json": case(ONE_LOG, rows={0: {"message": "hello world"}}),
    SNAPSHOT
    + "_timeout.json": case(
        {"start": 1, "end": 1, "report": 1, "timeout": 1},
        levels={"INFO": 3, "ERROR": 1},
        alerts=1,
        rows={
            3: {
                "title": TIMEOUT_TITLE % "7c9567b5-107b-4a6c-8798-0157ac21db52",
                "message": None,
                "logged_at": "2020-06-09T15:02:26.150Z",
            }
        },
    ),
    DATADOG
    + "tools__integration_tests__snapshots__step_functions_log.json": case(
        ONE_LOG, rows={0: {"attributes": '{"payload_error":"invalid JSON"}'}}
    ),
    POWERTOOLS + "cloudWatchLogEvent.json": case({"text": 2}, levels={"ERROR": 2}, alerts=2),
    POWERTOOLS
    + "cloudWatchLogEventWithPolicyLevel.json": case(
        {"text": 2}, levels={"ERROR": 2}, alerts=2
    ),
    POWERTOOLS
    + "kinesisFirehoseKinesisEvent.json": case(
        {"text": 2},
        data=2,
        rows={0: {"message": "Hello World"}, 1: {"message": '{"Hello": "World"}'}},
    ),
    POWERTOOLS
    + "kinesisStreamCloudWatchLogsEvent.json": case(
        {"start": 2, "end": 2, "report": 2}, data=2, rows={5: {"init_ms": None}}
    ),
    DOTNET + "cloudwatch-logs-processor.json": case({"text": 9}, data=3, control=1),
    DOTNET
    + "streams-as-source.json": case(
        ONE_TEXT, rows={0: {"message": "Hello, this is a test 123."}}
    ),
    AWSLABS
    + "access-log-example.json": case(
        {"text": 2}, rows={0: {"timestamp": "2015-01-13T02:28:53.213Z"}}
    ),
    AWSLABS + "aws-cloudtrail-log-example.json": case({"log": 2}),
    AWSLABS
    + "aws-lambda-log-example.json": case(
        {"log": 1, "text": 2},
        count=("request_id", "c342155b-1ec0-11e5-b0e2-f317438eb2f6", 3),
        rows={
            0: {"attributes": '{"key1":100,"key2":"value","key3":{ "key4": "level2" }}'},
            1: {"message": "Hello World"},
        },
    ),
    AWSLABS + "control-message-example.json": case({}, data=0, control=1),
    AWSLABS + "invalid-json-example.json": case(ONE_TEXT),
    AWSLABS + "no-message-type-example.json": case({}, data=0, control=1),
    LOGSTASH + "compressed.log.gz": case({"text": 2}, data=2),
    LOGSTASH + "invalid_utf8.gbk.log": case(ONE_TEXT),
    LOGSTASH + "json.log": case({"text": 2}, data=2, rows={0: {"message": '{ "hello": "world" }'}}),
    LOGSTASH + "json_with_message.log": case({"text": 2}, data=2),
    LOGSTASH
    + "multiple_compressed_streams.gz": case(
        {"text": 16}, data=16, rows={15: {"message": "more hello 16"}}
    ),
    NEWRELIC
    + "entry_lambda_oom.json": case(
        {"report": 1, "crash": 1},
        levels={"INFO": 1, "ERROR": 1},
        alerts=1,
        rows={
            1: {
                "title": "Error: Runtime exited with error: signal: killed "
                "(RequestId: 2ea49a23-ff39-4bf5-8761-439f99b7c5f6)",
                "error_type": "Runtime.ExitError",
            }
        },
    ),
    NEWRELIC + "entry_lambda_sam.json": case(ONE_TEXT),
    NEWRELIC
    + "entry_lambda_timeout.json": case(
        {"report": 1, "timeout": 1},
        levels={"INFO": 1, "ERROR": 1},
        alerts=1,
        rows={1: {"title": TIMEOUT_TITLE % "2ea49a23-ff39-4bf5-8761-439f99b7c5f6"}},
    ),
    NEWRELIC + "entry_rds.json": case(ONE_LOG),
    NEWRELIC + "entry_vpc_flow_logs.json": case(ONE_TEXT),
    NEWRELIC + "invoke_lambda.json": case(ONE_TEXT),
    VECTOR + "multipart-gzip.log.gz": case({"text": 12}, data=12),
    VECTOR + "multipart-zst.log.zst": case({"text": 12}, data=12),
}


def read_with_reference(path):
    rows = []
    return rows, reference.read([path], rows.append).as_json()["records"]


def read_with_program(program, path):
    events = subprocess.run([program, "events", path], capture_output=True, check=True)
    rows = [json.loads(line) for line in events.stdout.splitlines()]
    account = subprocess.run([program, "inspect", "--json", path], capture_output=True, check=True)
    return rows, json.loads(account.stdout)["records"]


def alerts_of(rows):
    """Rows an alert report shows; these files repeat no failure of a request."""
    return sum(
        row["kind"] != "metric"
        and (
            row.get("severity_number", 0) >= 17
            or row.get("title", "").startswith("[Action Required]")
        )
        for row in rows
    )


def differences(expected, rows, records):
    for key, want in expected["records"].items():
        if records[key] != want:
            yield f"records.{key}: expected {want}, found {records[key]}"
    for key in ("kind", "level"):
        found = dict(collections.Counter(row[key] for row in rows))
        if found != expected[key + "s"]:
            yield f"{key}s: expected {expected[key + 's']}, found {found}"
    if alerts_of(rows) != expected["alerts"]:
        yield f"alerts: expected {expected['alerts']}, found {alerts_of(rows)}"
    if expected["count"]:
        column, value, number = expected["count"]
        found = sum(row.get(column) == value for row in rows)
        if found != number:
            yield f"rows with {column} {value}: expected {number}, found {found}"
    for number, columns in expected["rows"].items():
        row = rows[number] if number < len(rows) else {}
        for column, want in columns.items():
            if row.get(column) != want:
                yield f"row {number} {column}: expected {want!r}, found {row.get(column)!r}"


def main():
    folder = os.environ.get("MILLRACE_FIXTURES", "")
    program = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("MILLRACE", "millrace")
    if not os.path.isdir(folder):
        print("skipped: MILLRACE_FIXTURES names no folder")
        return 77
    if program != "reference" and shutil.which(program) is None:
        print(f"skipped: no program {program}")
        return 77
    wrong = 0
    for name, expected in EXPECTED.items():
        path = os.path.join(folder, name)
        if program == "reference" and name.endswith(".zst"):
            continue
        try:
            if program == "reference":
                rows, records = read_with_reference(path)
            else:
                rows, records = read_with_program(program, path)
            found = list(differences(expected, rows, records))
        except (OSError, ValueError, subprocess.CalledProcessError) as error:
            found = [str(error)]
        for line in found:
            print(f"{name}: {line}")
        wrong += bool(found)
    print(f"{len(EXPECTED)} files, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.setrecursionlimit(10000)
    sys.exit(main())
