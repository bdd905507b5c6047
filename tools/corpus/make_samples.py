#!/usr/bin/env python3
"""Writes data/samples: one small object per shape, from the text below.

    make_samples.py [FOLDER]

The events are written by hand, so that a reader of the samples can tell at a
glance what must come out; data/samples/README.md says so for each file.
"""

import base64
import gzip
import json
import os
import sys
import zlib

STREAM = "2023/01/05/[$LATEST]0f1e2d3c4b5a69788796a5b4c3d2e1f0"
ORDER_ID = "5f0f4a26-6c1e-4d0e-9c57-2f8f6f1d3a10"
SLOW_ID = "0a3c1b7e-91d4-4a53-8a0d-6b1f6f0c2e21"
NEW_ID = "c2b8d7a4-3f7e-4b8d-b1a9-7e5d4c3b2a19"
JSON_ID = "7d1e9b52-08c6-4f3d-a6e4-1b2c3d4e5f60"
NOON_MS = 1672920000000  # 2023-01-05T12:00:00Z


def event(number, message, ms=NOON_MS, **more):
    # A real id is its time in milliseconds times 2^144, plus a sequence.
    return {
        "id": str((ms + number << 144) + number),
        "timestamp": ms + number,
        "message": message,
        **more,
    }


def record(events, group="/aws/lambda/orders-prod-createOrder", owner="111122223333"):
    return {
        "messageType": "DATA_MESSAGE",
        "owner": owner,
        "logGroup": group,
        "logStream": STREAM,
        "subscriptionFilters": ["CrossAccountLogs"],
        "logEvents": events,
    }


def text_of(document):
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def packed(data):
    return gzip.compress(data, mtime=0)


CONTROL = {
    "messageType": "CONTROL_MESSAGE",
    "owner": "CloudwatchLogs",
    "logGroup": "",
    "logStream": "",
    "subscriptionFilters": [],
    "logEvents": [
        {
            "id": "",
            "timestamp": NOON_MS,
            "message": "CWL CONTROL MESSAGE: Checking health of destination Firehose.",
        }
    ],
}

DECLINED = '{"title":"Payment declined","code":"CARD_DECLINED","details":{"order":17,"raw":"}{"}}'

# Node.js: an invocation with an error that a program reports as JSON.
ORDERS = record(
    [
        event(0, f"START RequestId: {ORDER_ID} Version: $LATEST\n"),
        event(5, f"2023-01-05T12:00:00.005Z\t{ORDER_ID}\tINFO\torder 17 received\n"),
        event(9, f"2023-01-05T12:00:00.009Z\t{ORDER_ID}\tERROR\t{DECLINED}\n"),
        event(12, f"END RequestId: {ORDER_ID}\n"),
        event(
            12,
            f"REPORT RequestId: {ORDER_ID}\tDuration: 12.34 ms\tBilled Duration: 13 ms\t"
            "Memory Size: 128 MB\tMax Memory Used: 74 MB\tInit Duration: 151.2 ms\t\n",
        ),
    ]
)

# The article's filter: extracted fields, an old timeout, a retry to ignore.
EXTRACTED = record(
    [
        event(
            20,
            f"2023-01-05T12:00:00.020Z\t{ORDER_ID}\tWARN\t" '{"title":"Stock is low","left":2}\n',
            extractedFields={
                "timestamp": "2023-01-05T12:00:00.020Z",
                "request_id": ORDER_ID,
                "event": 'WARN\t{"title":"Stock is low","left":2}',
            },
        ),
        event(
            3000,
            f"2023-01-05T12:00:03.000Z {SLOW_ID} Task timed out after 3.00 seconds\n\n",
            extractedFields={
                "timestamp": "2023-01-05T12:00:03.000Z",
                "request_id": SLOW_ID,
                "event": "Task timed out after 3.00 seconds",
            },
        ),
        event(
            3100,
            f'2023-01-05T12:00:03.100Z\t{ORDER_ID}\tERROR\tInvoke Error \t{{"errorType":"Retry",'
            '"errorMessage":"again","code":"ForceRetryExecution","stack":["Retry: again"]}\n',
            extractedFields={
                "timestamp": "2023-01-05T12:00:03.100Z",
                "request_id": ORDER_ID,
                "event": 'ERROR\tInvoke Error \t{"errorType":"Retry","errorMessage":"again",'
                '"code":"ForceRetryExecution","stack":["Retry: again"]}',
            },
        ),
    ],
    group="/aws/lambda/stock-prod-reserveItem",
    owner="444455556666",
)

# Python and text in other scripts; a crash told twice, one alert.
PYTHON = record(
    [
        event(40, f"[WARNING]\t2023-01-05T12:00:00.40Z\t{NEW_ID}\tGrüße – 注文 🚚\n"),
        event(
            50,
            "[ERROR] KeyError: 'sku'\rTraceback (most recent call last):\r"
            "\u00a0\u00a0File \"/var/task/app.py\", line 7, in handler\n",
        ),
        event(
            60,
            f"RequestId: {NEW_ID} Error: Runtime exited with error: signal: killed\n"
            "Runtime.ExitError\n",
        ),
        event(
            61,
            f"REPORT RequestId: {NEW_ID}\tDuration: 801.5 ms\tBilled Duration: 802 ms\t"
            "Memory Size: 128 MB\tMax Memory Used: 128 MB\tStatus: error\t"
            "Error Type: Runtime.OutOfMemory\n",
        ),
    ],
    group="/aws/lambda/stock-prod-importPrices",
)

# Lambda's JSON log format: a timeout that only the report tells.
JSON_FORMAT = record(
    [
        event(
            70,
            '{"timestamp":"2023-01-05T12:00:00.070Z","level":"ERROR","requestId":"%s","message":'
            '{"errorType":"TypeError","errorMessage":"x is not a function","stackTrace":'
            '["TypeError: x is not a function","    at handler (/var/task/i.mjs:3:9)"]}}\n'
            % JSON_ID,
        ),
        event(
            6070,
            '{"time":"2023-01-05T12:00:06.070Z","type":"platform.report","record":{"requestId":'
            '"%s","metrics":{"durationMs":6000.0,"billedDurationMs":6000,"memorySizeMB":256,'
            '"maxMemoryUsedMB":91},"status":"timeout"}}\n' % JSON_ID,
        ),
    ],
    group="/aws/lambda/search-prod-query",
)

RECORDS = [text_of(r) for r in (ORDERS, CONTROL, EXTRACTED, PYTHON, JSON_FORMAT)]
MEMBERS = b"".join(packed(r) for r in RECORDS)

LINES = (
    f"START RequestId: {ORDER_ID} Version: $LATEST\n"
    f"2023-01-05T12:00:00.009Z\t{ORDER_ID}\tERROR\t{DECLINED}\n"
    "\n"
    "plain words\n"
    f"END RequestId: {ORDER_ID}\n"
)

EXPORT = (
    "2023-01-05T12:00:03.000Z java.lang.IllegalStateException: no stock\n"
    "\tat com.example.Stock.take(Stock.java:41)\n"
    f"2023-01-05T12:00:00.000Z START RequestId: {ORDER_ID} Version: $LATEST\n"
    f"2023-01-05T12:00:00.009Z 2023-01-05T12:00:00.009Z\t{ORDER_ID}\tERROR\t{DECLINED}\n"
)


def failed_delivery(data):
    return (
        text_of(
            {
                "attemptsMade": 4,
                "arrivalTimestamp": NOON_MS,
                "errorCode": "Lambda.FunctionError",
                "errorMessage": "The Lambda function was successfully invoked but it returned an "
                "error result.",
                "attemptEndingTimestamp": NOON_MS + 61000,
                "rawData": base64.b64encode(data).decode(),
                "lambdaArn": "arn:aws:lambda:eu-central-1:111122223333:function:transform:$LATEST",
            }
        )
        + b"\n"
    )


def saved_events():
    encoded = lambda data: base64.b64encode(data).decode()
    yield text_of({"awslogs": {"data": encoded(packed(RECORDS[0]))}})
    yield text_of(
        {
            "Records": [
                {
                    "kinesis": {"data": encoded(zlib.compress(RECORDS[3]))},
                    "eventSource": "aws:kinesis",
                    "eventSourceARN": "arn:aws:kinesis:us-east-1:111122223333:stream/logs",
                }
            ]
        }
    )
    yield text_of(
        {
            "deliveryStreamArn": "arn:aws:firehose:us-east-1:111122223333:deliverystream/logs",
            "records": [{"recordId": "1", "data": encoded(RECORDS[4])}],
        }
    )


def damaged():
    """The third member's data is broken; its neighbours are sound."""
    parts = [packed(r) for r in RECORDS]
    broken = bytearray(parts[2])
    broken[len(broken) // 2] ^= 0xFF
    return b"".join(parts[:2]) + bytes(broken) + b"".join(parts[3:])


FILES = {
    "bucket/A-members": MEMBERS,
    "bucket/B-gzip-of-members": packed(MEMBERS),
    "bucket/C-gzip-of-records": packed(b"".join(RECORDS)),
    "bucket/D-records": b"".join(RECORDS),
    "bucket/E-lines-of-records": b"\n".join(RECORDS) + b"\n",
    "bucket/F-messages": LINES.encode(),
    "bucket/G-failed-deliveries": b"".join(failed_delivery(packed(r)) for r in RECORDS),
    "bucket/H-saved-events": b"".join(saved_events()),
    "bucket/I-export/8a7b6c5d-4e3f-4a2b-9c1d-0e1f2a3b4c5d/" + STREAM.replace("/", "-")
    + "/000000.gz": packed(EXPORT.encode()),
    "bucket/I-export/aws-logs-write-test": b"Permission Check Successful",
    "damaged/A-one-byte-changed": damaged(),
    "damaged/C-truncated": packed(b"".join(RECORDS))[:-450],
}


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "../../data/samples")
    for name, data in FILES.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)


if __name__ == "__main__":
    main()
