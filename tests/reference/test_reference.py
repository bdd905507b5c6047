#!/usr/bin/env python3
"""The reference itself: its JSON against json.loads(), its rows against rows
worked out by hand for data/samples."""

import json
import os
import random
import sys
import unittest

import hostile
import interpret
import jsontext
import lines
import reference

SAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../data/samples")


def rows_of(name):
    rows = []
    counts = reference.read([os.path.join(SAMPLES, name)], rows.append)
    return rows, counts.as_json()


def row_of(message, **more):
    result = interpret.interpret({"message": message, **more})
    return {k: v for k, v in result.row.items() if v is not None}


def sound_by_json(text):
    def refuse(_):
        raise ValueError("not JSON")

    try:
        return True, json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError):
        return False, None


def plain(node):
    if node.kind == "object":
        return {jsontext.replace_lone_surrogates(k): plain(n) for k, (_, n) in node.members().items()}
    if node.kind == "array":
        return [plain(n) for n in node.value]
    if node.kind == "string":
        return node.value
    return json.loads(node.raw)


def without_surrogates(value):
    if isinstance(value, dict):
        clean = jsontext.replace_lone_surrogates
        return {clean(k): without_surrogates(v) for k, v in value.items()}
    if isinstance(value, list):
        return [without_surrogates(v) for v in value]
    return jsontext.replace_lone_surrogates(value) if isinstance(value, str) else value


class JsonText(unittest.TestCase):
    def test_agrees_with_json_loads_on_sound_and_broken_payloads(self):
        seed = int(os.environ.get("MILLRACE_TEST_SEED", "1"))
        maker = hostile.Maker(seed)
        sound = 0
        for _ in range(4000):
            text = maker.payload()
            if maker.chance(2) and len(text) > 1:
                text = maker.broken(text)
            if text.count("[") > 200:
                continue  # json.loads() has no bound on depth
            expected, value = sound_by_json(text)
            try:
                node = jsontext.parse(text)
            except ValueError:
                self.assertFalse(expected, f"seed {seed}: {text!r}")
                continue
            self.assertTrue(expected, f"seed {seed}: {text!r}")
            self.assertEqual(plain(node), without_surrogates(value), f"seed {seed}: {text!r}")
            sound += 1
        self.assertGreater(sound, 1000)

    def test_allows_256_levels_and_no_more(self):
        jsontext.parse("[" * 256 + "]" * 256)
        with self.assertRaises(ValueError):
            jsontext.parse("[" * 257 + "]" * 257)

    def test_keeps_tokens_as_written(self):
        node = jsontext.parse('{"a" : 1.50, "b\\u0041":[ 1 ,2]}')
        self.assertEqual([(r, n.raw) for r, _, n in node.value], [("a", "1.50"), ("b\\u0041", "[ 1 ,2]")])


class Times(unittest.TestCase):
    def test_reads_what_runtimes_write(self):
        noon = 1672920000000
        for text, expected in (
            ("2023-01-05T12:00:00.123Z", (noon + 123, False)),
            ("2023-01-05T12:00:00.5Z", (noon + 500, False)),
            ("2023-01-05T14:00:00.123+02:00", (noon + 123, False)),
            ("2023-01-05T12:00:00.123", (noon + 123, True)),
            ("2023-01-05T12:00:00.123999Z", (noon + 123, True)),
            ("2023-02-30T12:00:00.123Z", (None, True)),
            ("2024-02-29T00:00:00Z", (1709164800000, False)),
            ("noon", None),
        ):
            self.assertEqual(lines.parse_time(text), expected, text)
        self.assertEqual(lines.parse_time("2023-01-05T12:00:00.5Z", True), (noon + 5, False))


class Rules(unittest.TestCase):
    ID = hostile.ID

    def test_a_timeout_counts_only_as_lambdas_own_line(self):
        words = "Task timed out after 3.00 seconds"
        row = row_of(f"2023-01-05T12:00:00.123Z {self.ID} {words}\n\n")
        self.assertEqual((row["kind"], row["title"]), ("timeout", f"{words} (RequestId: {self.ID})"))
        self.assertNotIn("message", row)
        for text in (words, f"2023-01-05T12:00:00.123Z\t{self.ID}\tINFO\t{words}\n"):
            self.assertEqual(row_of(text)["kind"], "text", text)

    def test_rounds_a_timeouts_seconds_half_up(self):
        for duration, seconds in (("3005.00", "3.01"), ("3004.99", "3.00"), ("6000.00", "6.00")):
            row = row_of(
                f"REPORT RequestId: {self.ID}\tDuration: {duration} ms\tStatus: timeout\t\n"
            )
            self.assertEqual(
                row["title"], f"Task timed out after {seconds} seconds (RequestId: {self.ID})"
            )

    def test_takes_columns_from_an_object_message(self):
        row = row_of(
            '{"level":"info","message":{"title":"t","level":"Warning","x":1.50},'
            '"x":2,"y":[ 1 ],"stack":["a","b"]}'
        )
        self.assertEqual(row["level"], "WARN")
        self.assertEqual(row["title"], "t")
        self.assertEqual(row["stack"], "a\nb")
        self.assertEqual(row["attributes"], '{"x":1.50,"y":[ 1 ]}')

    def test_ignores_retries_in_any_case(self):
        for text in (
            '{"code":"forceretryexecution"}',
            '{"message":{"code":"FORCERETRYEXECUTION"}}',
        ):
            self.assertTrue(interpret.interpret({"message": text}).is_ignored, text)
        self.assertFalse(interpret.interpret({"message": '{"code":["x"]}'}).is_ignored)

    def test_keeps_an_unsound_payload_as_a_log(self):
        row = row_of("[ERROR] {not json}\n")
        self.assertEqual((row["kind"], row["level"]), ("log", "ERROR"))
        self.assertEqual(row["message"], "{not json}")
        self.assertEqual(row["attributes"], '{"payload_error":"invalid JSON"}')
        self.assertEqual(row["raw_message"], "[ERROR] {not json}\n")

    def test_a_stack_frame_makes_text_an_error(self):
        self.assertEqual(row_of("boom\n    at f (/a.js:1:2)")["level"], "ERROR")
        self.assertEqual(row_of("boom\n    at noon")["level"], "INFO")


class Samples(unittest.TestCase):
    SAME = ("A-members", "B-gzip-of-members", "C-gzip-of-records", "D-records",
            "E-lines-of-records", "G-failed-deliveries")

    def test_the_same_records_in_six_shapes_give_the_same_rows(self):
        place = ("source_object", "source_offset", "record_index", "region")
        first = None
        for name in self.SAME:
            rows, counts = rows_of("bucket/" + name)
            self.assertEqual(counts["levels"], {"ERROR": 7, "INFO": 4, "WARN": 2}, name)
            self.assertEqual(
                counts["kinds"],
                {"crash": 1, "end": 1, "log": 3, "report": 3, "start": 1, "text": 3, "timeout": 1},
                name,
            )
            self.assertEqual(counts["events"]["ignored"], 1, name)
            self.assertEqual(counts["records"]["control"], 1, name)
            self.assertEqual(counts["alerts"], 6, name)
            rows = [{k: v for k, v in row.items() if k not in place} for row in rows]
            first = first or rows
            self.assertEqual(rows, first, name)

    def test_the_error_row_holds_every_column_it_should(self):
        rows, _ = rows_of("bucket/D-records")
        self.assertEqual(
            rows[2],
            {
                "timestamp": "2023-01-05T12:00:00.009Z",
                "logged_at": "2023-01-05T12:00:00.009Z",
                "event_id": str((1672920000009 << 144) + 9),
                "account_id": "111122223333",
                "log_group": "/aws/lambda/orders-prod-createOrder",
                "log_stream": "2023/01/05/[$LATEST]0f1e2d3c4b5a69788796a5b4c3d2e1f0",
                "kind": "log",
                "level": "ERROR",
                "severity_number": 17,
                "title": "Payment declined",
                "code": "CARD_DECLINED",
                "request_id": "5f0f4a26-6c1e-4d0e-9c57-2f8f6f1d3a10",
                "details": '{"order":17,"raw":"}{"}',
                "source_object": "D-records",
                "source_offset": 0,
                "record_index": 0,
                "event_index": 2,
            },
        )

    def test_an_export_gives_its_stream_and_joins_continuations(self):
        rows, counts = rows_of("bucket/I-export")
        self.assertEqual(counts["alerts"], 2)
        java = rows[0]
        self.assertEqual(java["log_stream"], "2023/01/05/[$LATEST]0f1e2d3c4b5a69788796a5b4c3d2e1f0")
        self.assertEqual((java["level"], java["timestamp"]), ("ERROR", "2023-01-05T12:00:03.000Z"))
        self.assertIn("\n\tat com.example", java["message"])

    def test_damage_costs_one_member_only(self):
        rows, counts = rows_of("damaged/A-one-byte-changed")
        self.assertEqual(len(rows), 11)
        self.assertEqual(counts["stored_bytes"]["quarantined"], 638)
        rows, counts = rows_of("damaged/C-truncated")
        self.assertEqual(counts["records"]["unverified"], 2)
        self.assertEqual(counts["records"]["quarantined"], 1)


if __name__ == "__main__":
    sys.setrecursionlimit(10000)
    unittest.main()
