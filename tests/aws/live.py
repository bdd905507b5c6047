#!/usr/bin/env python3
"""The live path: bootstrap between a stand-in of Lambda's runtime API and of S3 and SNS, on loopback.

The signatures of its requests are recomputed here; objects come and fail in the ways S3 can; every
event must end in a digest published, nothing to say, or an error told to Lambda."""

import gzip
import json
import os
import queue
import random
import shutil
import subprocess
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "..", "e2e"))
sys.path.insert(0, here)
import harness as h
import sigv4

S3_EVENT = os.environ.get("MILLRACE_S3_EVENT", "build/s3-event")
LAMBDA = os.path.join(here, "..", "..", "tools", "aws", "lambda")
SECRET, TOKEN, REGION = "secret/with+signs", "token==", "eu-west-1"
TOPIC = f"arn:aws:sns:{REGION}:111122223333:alerts"
BUCKET = f"111122223333-{REGION}-cross-account-logging-sink"


class World:
    """What the servers know: objects, events that wait, what came back."""

    def __init__(self):
        self.objects, self.broken = {}, {}
        self.events, self.answers = queue.Queue(), queue.Queue()
        self.published, self.problems = [], []
        self.sns_status = 200


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    world = None

    def log_message(self, *_):
        pass

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def answer(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def check_signature(self, service, body):
        headers = {k.lower(): v for k, v in self.headers.items()}
        found = sigv4.problem(self.command, self.path, headers, body, SECRET, service)
        if not found and headers.get("x-amz-security-token") != TOKEN:
            found = "no session token"
        if found:
            self.world.problems.append(found)
            self.answer(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>")
        return not found

    def do_GET(self):
        if self.path.endswith("/invocation/next"):
            event = self.world.events.get()
            if event is None:  # the end of the test
                self.answer(500)
                return
            self.answer(200, event[1], [("Lambda-Runtime-Aws-Request-Id", event[0])])
            return
        if not self.check_signature("s3", b""):
            return
        _, bucket, key = self.path.split("/", 2)
        key = urllib.parse.unquote(key, errors="surrogateescape")
        if bucket != BUCKET or key not in self.world.objects:
            self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
            return
        content = self.world.objects[key]
        if self.world.broken.get(key, 0) > 0:
            self.world.broken[key] -= 1
            self.answer(503, b"<Error><Code>SlowDown</Code></Error>")
            return
        self.answer(200, content)

    def do_POST(self):
        body = self.body()
        if "/runtime/" in self.path:
            self.world.answers.put((self.path.rsplit("/", 2)[-2], self.path.rsplit("/", 1)[-1], body))
            self.answer(202)
            return
        if not self.check_signature("sns", body):
            return
        if self.world.sns_status == 200:
            self.world.published.append(dict(urllib.parse.parse_qsl(body.decode())))
        self.answer(self.world.sns_status)


def notification(key, size, name="ObjectCreated:Put"):
    return json.dumps({"Records": [{
        "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": REGION, "eventName": name,
        "s3": {"s3SchemaVersion": "1.0", "bucket": {"name": BUCKET, "arn": "arn:aws:s3:::" + BUCKET},
               "object": {"key": urllib.parse.quote_plus(key, safe="/", errors="surrogateescape"),
                          "size": size, "eTag": "0" * 32}}}]}).encode()


class Runtime:
    """Bootstrap as Lambda starts it, in a folder with nothing but what is packaged."""

    def __init__(self, work):
        self.world = World()
        Handler.world = self.world
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        address = f"127.0.0.1:{self.server.server_port}"
        task, tmp = os.path.join(work, "task"), os.path.join(work, "tmp")
        for folder in (task, tmp):
            os.mkdir(folder)
        shutil.copy(os.path.join(LAMBDA, "bootstrap"), task)
        shutil.copy(h.MILLRACE, os.path.join(task, "millrace"))
        shutil.copy(S3_EVENT, os.path.join(task, "s3-event"))
        self.tmp = tmp
        self.process = subprocess.Popen(
            [os.path.join(task, "bootstrap")], stderr=subprocess.PIPE,
            env={"PATH": os.environ["PATH"], "TMPDIR": tmp, "AWS_LAMBDA_RUNTIME_API": address,
                 "AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "TOPIC_ARN": TOPIC,
                 "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_SESSION_TOKEN": TOKEN,
                 "AWS_ENDPOINT_URL_S3": "http://" + address, "AWS_ENDPOINT_URL_SNS": "http://" + address})

    def call(self, event):
        """Sends one event; gives what bootstrap answered ("response" or "error") and the body."""
        identity = f"{random.getrandbits(64):016x}"
        self.world.events.put((identity, event))
        got, verb, body = self.world.answers.get(timeout=120)
        assert got == identity, (got, identity)
        return verb, body

    def end(self):
        self.world.events.put(None)
        self.process.wait(timeout=30)
        self.server.shutdown()


def main():
    check = h.Failures()
    rng = h.seeded()
    with h.folder() as work:
        bucket = os.path.join(work, "bucket")
        h.corpus(bucket, "--size", "1M", "--objects", "1", "--shapes", "A", "--seed", rng.randrange(1 << 30),
                 "--error-rate", "0.2")
        paths = [os.path.join(root, name) for root, _, names in os.walk(bucket) for name in names]
        with open(paths[0], "rb") as file:
            alerts = file.read()
        quiet = gzip.compress(json.dumps({
            "messageType": "DATA_MESSAGE", "owner": "111122223333", "logGroup": "/aws/lambda/f",
            "logStream": "s", "subscriptionFilters": ["f"],
            "logEvents": [{"id": "1", "timestamp": 1673000000000, "message": "fine\n"}]}).encode())
        runtime = Runtime(work)
        world = runtime.world
        key = "2023/01/05/12/platform-eu-west-1-Log-Sink-1-2023-01-05-12-00-00-0a1b"

        def put(name, content):
            world.objects[name] = content
            return notification(name, len(content))

        def calls(what, event, wanted, published):
            before = len(world.published)
            verb, body = runtime.call(event)
            check.expect(f"{what}: answer", wanted, verb)
            check.expect(f"{what}: messages", published, len(world.published) - before)
            return body

        calls("alerts", put(key, alerts), "response", 1)
        if world.published:
            message = world.published[-1]
            check.expect("topic", TOPIC, message.get("TopicArn"))
            check.expect("action", "Publish", message.get("Action"))
            check.expect_true("subject says how many", "alert" in message.get("Subject", ""))
            check.expect_true("subject fits", len(message["Subject"]) <= 100)
            check.expect_true("message fits", len(message["Message"].encode()) <= 262144)
            report = json.loads(h.millrace("report", "-q", run(work, bucket), "--format", "json").stdout)
            title = report["groups"][0]["title"]
            # Ids and numbers of a title are shown as what they are.
            words = [word for word in title.split("(")[0].split() if word.isalpha()]
            check.expect_true(f"the message says what is wrong ({title!r})",
                              words and all(word in message["Message"] for word in words))
            check.expect_true("and where", f"s3://{BUCKET}/" in message["Message"])
        calls("nothing wrong", put(key + "-quiet", quiet), "response", 0)
        calls("empty object", put(key + "-empty", b""), "response", 0)
        calls("damaged object", put(key + "-damaged", quiet[:40]), "response", 1)
        check.expect("damage is in the subject", "Some logs could not be read",
                     world.published[-1].get("Subject"))
        for name in ("a b+c&d=ä%41/é.gz", "../../../escape", "a//b/./c", "x\ny\tz", "~tilde'(1)*!"):
            calls(f"key {name!r}", put(name, alerts), "response", 1)
        check.expect("files outside the work folder", [], [
            name for name in os.listdir(work) if name not in ("bucket", "bucket.truth.json", "task", "tmp", "out")])
        calls("the test event", b'{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"}', "response", 0)
        calls("no object there", notification("2023/gone", 5), "error", 0)
        calls("another size than the event's", notification(key, len(alerts) + 1), "error", 0)
        calls("an event of another service", b'{"detail-type":"Scheduled Event"}', "error", 0)
        calls("a removed object", notification(key, 1, "ObjectRemoved:Delete"), "error", 0)
        calls("no JSON", b"{", "error", 0)
        world.broken[key] = 2
        calls("S3 slows down twice", put(key, alerts), "response", 1)
        world.sns_status = 403
        body = calls("SNS refuses", put(key, alerts), "error", 0)
        check.expect_true("the error is JSON and says why", "403" in json.loads(body)["errorMessage"])
        world.sns_status = 200
        calls("the next call", put(key, alerts), "response", 1)
        check.expect("requests with wrong signatures", [], world.problems)
        left = [name for root, _, names in os.walk(runtime.tmp) for name in names]
        check.expect_true(f"what is left behind is small: {left}", len(left) < 12)
        runtime.end()
        check.expect("exit when the runtime ends", 1, runtime.process.returncode)
        check.expect("work folders left", [], os.listdir(runtime.tmp))
    check.finish()
    return 0


def run(work, bucket):
    out = os.path.join(work, "out")
    h.millrace("run", "-q", bucket, "-o", out, "--no-dataset")
    return out


if __name__ == "__main__":
    sys.exit(main())
