#!/usr/bin/env python3
"""Writes records of awkward events, for comparing readers with each other.

    hostile.py [--seed N] [--records N] OUT

OUT is one plain object of `}{`-joined records. Every event is drawn from
pieces that the interpretation rules speak of, right and slightly wrong: line
heads, levels, words, payloads sound and unsound, system lines, extracted
fields. There is no truth about them but the rules.
"""

import argparse
import json
import random

ID = "1f0c3a5e-7b42-4c1d-9e8f-a0b1c2d3e4f5"
OTHER_ID = "9a8b7c6d-5e4f-4321-8765-0fedcba98765"
TIMES = [
    "2023-01-05T12:00:00.123Z",
    "2023-01-05T12:00:00.5Z",
    "2023-01-05T12:00:00Z",
    "2023-01-05T12:00:00.123456Z",
    "2023-01-05T12:00:00.123",
    "2023-02-30T12:00:00.123Z",
    "2024-02-29T23:59:59.999Z",
    "2023-01-05T25:00:00.000Z",
]
LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "WARNING", "ERROR", "FATAL", "CRITICAL"]
ODD_LEVELS = ["error", "Info", "NOTICE", "LOG", "fail", "crit", "trce", "dbug", "Information", ""]
WORDS = [
    "",
    "",
    "",
    "Invoke Error \t",
    "Uncaught Exception \t",
    "Unhandled Promise Rejection \t",
    "Received event: ",
    "[dd.trace_id=317 dd.span_id=142] ",
    "two\nlines ",
    "a } b ",
    "w" * 256 + " ",
    "w" * 257 + " ",
    "é" * 128 + " ",
    "é" * 129 + " ",
    "  \t ",
]
TEXTS = [
    "",
    "plain words",
    "ends in brace }",
    "{ opens",
    "}{",
    "Task timed out after 3.00 seconds",
    "task timed out after 3.00 seconds",
    "so Task timed out after 3.00 seconds",
    "Task timed out after 3 seconds",
    "FATAL ERROR: Reached heap limit - JavaScript heap out of memory",
    "FATAL ERROR: something else",
    "MemoryError",
    "MemoryErrors",
    "x MemoryError",
    "Java heap space: java.lang.OutOfMemoryError",
    "fatal error: runtime: out of memory",
    "failed to allocate memory (NoMemoryError)",
    "first\njava.lang.OutOfMemoryError",
    "boom\n    at f (/var/task/a.js:1:2)",
    "boom\r    at /var/task/a.js:1:2",
    "boom\n    at somewhere",
    'boom\n  File "/var/task/a.py", line 3, in f',
    "boom\n\ngoroutine 7 [running]:",
    "boom\n\tmain.go:12 +0x1d",
    "\tat com.example.A.b(A.java:1)",
    "LAMBDA_WARNING: Unhandled exception",
    "RequestId: " + ID + " Error: Runtime exited with error: signal: killed\nRuntime.ExitError",
    "RequestId: " + ID + " Process exited before completing request",
    "RequestId: nonsense Process exited before completing request",
    "Übergröße 漢字 🚚 \u2028 \x7f \x1b[31m",
    "literal \\n and \\t",
    "nul \x00 and bell \x07",
]
TAILS = ["", "", "\n", "\n\n", "\r\n", " ", "\t\n", " \n "]
KEYS = (
    "level log_level message title code errorType errorMessage error stack stackTrace reason"
    " promise details requestId AWSRequestId function_request_id timestamp trace_id traceId"
    " xray_trace_id prefix extra type _aws name"
).split()
STRINGS = [
    "",
    "x",
    "error",
    " Warn ",
    "Critical",
    "ForceRetryExecution",
    "forceretryEXECUTION",
    "a\nb",
    "tab\there",
    'quote " and \\ slash',
    "é漢🚚",
    ID,
    "[Action Required] look",
    "}{",
]
NUMBERS = ["0", "-0", "0.0", "0e9", "1", "30", "50", "30.0", "1.50", "-7", "1e400", "12345678901234567890"]


class Maker:
    def __init__(self, seed):
        self.r = random.Random(seed)
        self.is_odd = True

    def pick(self, options):
        return self.r.choice(options)

    def chance(self, one_in):
        return self.r.randrange(one_in) == 0

    def space(self):
        return self.pick(["", "", "", "", " ", "\n  "])

    def string(self):
        if self.chance(6):
            return self.pick(
                ['"\\u0041"', '"\\ud83d\\ude00"', '"\\ud83d"', '"\\ude00x"', '"\\/"', '"\\u0000"']
            )
        text = self.pick(STRINGS)
        return json.dumps(text, ensure_ascii=self.chance(2))

    def value(self, depth=0):
        n = self.r.randrange(10)
        if n < 4 or depth > 3:
            return self.string()
        if n == 4:
            return self.pick(NUMBERS)
        if n == 5:
            return self.pick(["true", "false", "null"])
        if n == 6:
            inner = [self.string() for _ in range(self.r.randrange(4))]
            return "[" + ("," + self.space()).join(inner) + "]"
        if n == 7:
            inner = [self.value(depth + 1) for _ in range(self.r.randrange(3))]
            return "[" + self.space() + ",".join(inner) + self.space() + "]"
        return self.payload(depth + 1)

    def key(self):
        key = self.pick(KEYS)
        return '"' + key + '"' if not self.chance(30) else '"\\u006c' + key[1:] + '"'

    def level(self):
        levels = LEVELS + ODD_LEVELS
        return self.pick([json.dumps(self.pick(levels))] * 4 + NUMBERS + ["null", "true", "{}"])

    def payload(self, depth=0):
        members = []
        for _ in range(self.r.randrange(7)):
            key = self.key()
            value = self.level() if key == '"level"' else self.value(depth)
            if key == '"timestamp"' and self.chance(2):
                value = json.dumps(self.pick(TIMES))
            members.append(self.space() + key + self.space() + ":" + self.space() + value)
        if self.chance(25):
            members.append('"_aws":{"CloudWatchMetrics":[]}')
        return "{" + ",".join(members) + self.space() + "}"

    def broken(self, text):
        n = self.r.randrange(6)
        at = self.r.randrange(1, len(text))
        if n == 0:
            return text[:at] + text[at + 1 :]
        if n == 1:
            return text[:at] + self.pick(["}", "{", '"', ",", "\\", "\x01", "\n", "NaN"]) + text[at:]
        if n == 2:
            return text[:-1] + ",}"
        if n == 3:
            return '{"a":' + "[" * 255 + "]" * 255 + "}"
        if n == 4:
            return '{"a":' + "[" * 256 + "]" * 256 + "}"
        return text + text

    def head(self):
        time, level = self.pick(TIMES), self.pick(LEVELS)
        gap = self.pick(["\t", "\t", "\t", " ", "    "])
        any_id = self.pick([ID, ID, "undefined", "not-an-id", ""])
        token = self.pick(["trce", "dbug", "info", "warn", "fail", "crit"])
        plain = time[:19].replace("T", " ")
        return self.pick(
            [
                "",
                gap.join([time, any_id, level, ""]),
                gap.join([time, any_id, level, ""]),
                gap.join([time, any_id, self.pick(ODD_LEVELS), ""]),
                gap.join([time, any_id, ""]),
                gap.join([time, any_id, token, ""]),
                token + "\t",
                gap.join([f"[{level}]", time, any_id, ""]),
                f"[{level}]" + gap,
                f"[{self.pick(ODD_LEVELS)}] ",
                level + gap,
                level + ": ",
                f"{plain} {any_id} {level} Handler - ",
                f"{plain} {any_id} {level}  Handler:12 - ",
                f"I, [{time[:19]}.689856 #8]  INFO {ID} -- : ",
                f"E, [{time[:19]}.689856 #8] ERROR -- : ",
                plain.replace("-", "/") + " ",
                "[Information] - ",
            ]
        )

    def system(self):
        status = self.pick(["", "", "Status: timeout\t", "Status: error\tError Type: Runtime.ExitError\t"])
        duration = self.pick(["128.83", "3000.00", "3005.00", "3004.99", "1", "900000.5", "x"])
        gap = self.pick(["\t", "\t", "\t", "\\t", "  "])
        end = self.pick(["\n", "", "\\n"])
        report = (
            f"REPORT RequestId: {ID}\tDuration: {duration} ms\tBilled Duration: 200 ms\t"
            f"Memory Size: 128 MB\tMax Memory Used: 74 MB\t{status}"
        )
        if self.chance(3):
            report += "Init Duration: 120.96 ms\t"
        if self.chance(3):
            report += "\nXRAY TraceId: 1-5e61292c-cc1229a4dfbeae1043928548\tSegmentId: 07a8\tSampled: true\t"
        return self.pick(
            [
                f"START RequestId: {ID} Version: $LATEST{end}",
                f"END RequestId: {ID}{end}",
                report.replace("\t", gap) + end,
                report.replace("\t", gap) + end,
                f"INIT_START Runtime Version: nodejs:18.v9\tRuntime Version ARN: arn:aws:lambda:x{end}",
                f"INIT_REPORT Init Duration: {duration} ms\tPhase: init\tStatus: timeout{end}",
                f"INIT_REPORT Init Duration: 12.5 ms\tPhase: init\tStatus: error\tError Type: Runtime.Unknown{end}",
                f"RESTORE_REPORT Restore Duration: 12.5 ms{end}",
                f"EXTENSION\tName: x\tState: Ready\tEvents: [INVOKE]{end}",
                f"LOGS\tName: x\tState: Subscribed\tTypes: [Platform]{end}",
                f"TELEMETRY\tName: x\tState: Subscribed{end}",
                f"{self.pick(TIMES)} {ID} Task timed out after 3.00 seconds\n\n",
                f"{TIMES[0]} {ID} Task timed out after 3.00 seconds{end}{end}",
                f"{TIMES[0]}\t{ID}\tTask timed out after 3.00 seconds\n",
                f"{TIMES[0]} {ID} Task timed out after 3.00 seconds or so\n",
                "START of something",
                "REPORT RequestId: ",
            ]
        )

    def platform(self):
        name = self.pick(
            "start end report runtimeDone initStart initReport initRuntimeDone fault extension"
            " logsDropped restoreReport telemetrySubscription unknown".split()
        )
        record = {"requestId": ID}
        if self.chance(2):
            record["status"] = self.pick(["success", "failure", "error", "timeout", "odd"])
        if self.chance(3):
            record["errorType"] = "Runtime.ExitError"
        if self.chance(2) and name in ("report", "runtimeDone", "initReport"):
            record["metrics"] = {
                "durationMs": self.pick([128.83, 3005.0, 3004.994, 3000, 0.5]),
                "billedDurationMs": self.pick([200, 129]),
                "memorySizeMB": 128,
                "maxMemoryUsedMB": 74,
                "initDurationMs": 120.96,
            }
        if self.chance(4):
            record["tracing"] = {"type": "X-Amzn-Trace-Id", "value": "Root=1-5e-cc;Parent=1;Sampled=1"}
        if name == "fault":
            record = self.pick(TEXTS)
        time = self.pick(TIMES)
        line = {"time": time, "type": "platform." + name, "record": record}
        return json.dumps(line, separators=self.pick([(",", ":"), (", ", ": ")])) + "\n"

    def body(self):
        n = self.r.randrange(10)
        if n < 4:
            return self.pick(TEXTS)
        payload = self.payload()
        if self.chance(8) and len(payload) > 1:
            payload = self.broken(payload)
        return self.pick(WORDS) + payload

    def message(self):
        n = self.r.randrange(12)
        if n == 0:
            return self.system()
        if n == 1:
            return self.platform()
        text = self.head() + self.body() + self.pick(TAILS)
        if self.chance(20):
            text = "2023/01/05/[$LATEST]" + "0123456789abcdef" * 2 + f" {self.pick(TIMES)} " + text
        return text

    def extracted(self, message):
        fields = {}
        if not self.chance(8):
            fields["timestamp"] = self.pick(TIMES + ["", "undefined", "yesterday"])
        if not self.chance(8):
            fields["request_id"] = self.pick([OTHER_ID, ID, "undefined", ""])
        if not self.chance(6):
            level = self.pick(LEVELS + ["fail", "info", "[ERROR]", "Error", ""])
            event = (level + self.pick(["\t", " "]) if level else "") + self.body()
            fields["event"] = event
            if self.chance(2):
                message = f"{TIMES[0]}\t{ID}\t{event}" + self.pick(["", "\n"])
        if self.is_odd and self.chance(10):
            fields["ip"] = "127.0.0.1"
        return message, fields

    def event(self, number):
        message = self.message()
        event = {"id": f"{number:056d}", "timestamp": 1672920000000 + number, "message": message}
        if self.chance(3):
            message, fields = self.extracted(message)
            event["message"] = message
            event["extractedFields"] = fields
        if self.is_odd and self.chance(40):
            event["timestamp"] = self.pick([str(event["timestamp"]), None, "soon", 1.5])
        if self.is_odd and self.chance(40):
            event["message"] = self.pick([None, ["a", 1], {"level": "ERROR", "title": "t"}, 7, True])
        if self.is_odd and self.chance(60):
            del event["message"]
        if self.is_odd and self.chance(60):
            event["id"] = self.pick(["", "short", None])
        items = list(event.items())
        if self.is_odd and self.chance(5):
            self.r.shuffle(items)
        return dict(items)

    def record(self, number):
        # The others have the members that CloudWatch writes, in its order.
        self.is_odd = self.chance(2)
        record = {
            "messageType": "DATA_MESSAGE",
            "owner": "123456789012",
            "logGroup": "/aws/lambda/hostile",
            "logStream": "2023/01/05/[$LATEST]" + "ab" * 16,
            "subscriptionFilters": ["all"],
            "logEvents": [self.event(number * 8 + i) for i in range(8)],
        }
        if self.chance(20):
            record.pop(self.pick(["owner", "logGroup", "logStream", "messageType"]))
        if self.chance(20):
            record["policyLevel"] = "ACCOUNT_LEVEL_POLICY"
        text = json.dumps(record, ensure_ascii=self.chance(2), separators=(",", ":"))
        return text.encode("utf-8", "surrogatepass")


def main():
    parser = argparse.ArgumentParser(description="Writes awkward records.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--records", type=int, default=200)
    parser.add_argument("out")
    options = parser.parse_args()
    maker = Maker(options.seed)
    with open(options.out, "wb") as file:
        for number in range(options.records):
            file.write(maker.record(number))


if __name__ == "__main__":
    main()
