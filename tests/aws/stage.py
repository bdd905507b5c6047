#!/usr/bin/env python3
"""tools/stage against a real S3 server on loopback: days of two buckets fetched and reprocessed,
objects that arrive meanwhile, downloads killed half way, runs stopped anywhere. The end is always
what one run over everything gives."""

import os
import shutil
import signal
import subprocess
import sys
import time

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "..", "e2e"))
import harness as h

STAGE = os.path.join(here, "..", "..", "tools", "stage")
BUCKETS = ["111122223333-eu-west-1-cross-account-logging-sink",
           "111122223333-us-east-1-cross-account-logging-sink"]
ENV = {"AWS_ACCESS_KEY_ID": "S3RVER", "AWS_SECRET_ACCESS_KEY": "S3RVER", "AWS_DEFAULT_REGION": "us-east-1",
       "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/dev/null",
       "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_MAX_ATTEMPTS": "2"}


class Server:
    def __init__(self, folder):
        self.process = subprocess.Popen(["node", os.path.join(here, "s3_server.mjs"), folder, *BUCKETS],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = f"http://127.0.0.1:{self.process.stdout.readline().strip()}"

    def aws(self, *arguments):
        subprocess.run(["aws", "--endpoint-url", self.url, "s3", *arguments, "--only-show-errors"],
                       check=True, env={**os.environ, **ENV})

    def end(self):
        self.process.stdin.close()
        self.process.wait(timeout=10)


def command(server, into, out, since, until):
    return [STAGE, *BUCKETS, "--since", since, "--until", until, "-d", into, "-o", out, "--endpoint-url",
            server.url, "--millrace", h.MILLRACE, "--", "-q"]


def stage(*arguments, wanted=(0,)):
    done = subprocess.run(command(*arguments), capture_output=True, text=True, check=False,
                          env={**os.environ, **ENV})
    if done.returncode not in wanted:
        raise SystemExit(f"stage: exit {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


def interrupted(delay_s, signal_number, *arguments):
    """Starts staging, ends its process group after a while."""
    process = subprocess.Popen(command(*arguments), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               env={**os.environ, **ENV}, start_new_session=True)
    time.sleep(delay_s)
    try:
        os.killpg(process.pid, signal_number)
    except ProcessLookupError:
        pass
    process.wait()


def days_of(bucket):
    return sorted({root[len(bucket) + 1:][:10].replace("/", "-") for root, _, names in os.walk(bucket) if names})


def objects(folder):
    return {name: digest for name, digest in h.tree(folder).items() if not name.endswith(".truth.json")}


def rows(out):
    """What the dataset holds, whatever generations its files came in."""
    ledger = h.load(out, "ledger.json")
    report = h.load(out, "report.json")
    return ledger["events"], ledger["levels"], ledger["objects"], report["totals"], report["groups"]


def main():
    if shutil.which("aws") is None or not os.path.isdir(os.path.join(here, "node_modules")):
        print("the AWS CLI or the S3 server is not installed")
        return 77
    check = h.Failures()
    rng = h.seeded()
    with h.folder() as work:
        made = os.path.join(work, "made")
        os.mkdir(made)
        for i, bucket in enumerate(BUCKETS):
            h.corpus(os.path.join(made, bucket), "--size", "2M", "--days", 3, "--object-size", "64K",
                     "--seed", rng.randrange(1 << 30), "--shapes", "A,D" if i else "A")
        # What Firehose could not handle lies in a folder of its own, by day as well.
        first = days_of(os.path.join(made, BUCKETS[0]))[0]
        failed = os.path.join(made, BUCKETS[0], "processing-failed", first.replace("-", "/"), "00")
        h.corpus(os.path.join(work, "failures"), "--size", "64K", "--objects", 1, "--shapes", "G", "--seed", 3)
        os.makedirs(failed)
        for root, _, names in os.walk(os.path.join(work, "failures")):
            for name in names:
                shutil.copy(os.path.join(root, name), os.path.join(failed, name))
        since, until = first, days_of(os.path.join(made, BUCKETS[1]))[-1]

        whole = os.path.join(work, "whole")
        h.millrace("run", "-q", *(os.path.join(made, b) for b in BUCKETS), "-o", whole, wanted=(0, 3))

        server = Server(os.path.join(work, "s3"))
        try:
            for bucket in BUCKETS:
                server.aws("sync", os.path.join(made, bucket), f"s3://{bucket}")

            into, out = os.path.join(work, "staged"), os.path.join(work, "out")
            stage(server, into, out, since, until)
            check.expect("everything staged", objects(made), objects(into))
            check.expect("staged day by day, the end is that of one run", rows(whole), rows(out))
            check.expect("verify", 0, h.millrace("verify", "-q", out, wanted=None).returncode)
            before = h.tree(out)
            stage(server, into, out, since, until)
            check.expect("again: nothing changes", before, h.tree(out))
            check.expect("nothing left beside", [], [n for n in os.listdir(work) if n.endswith(".fetch")])

            # An object that arrives later, and what a killed download leaves behind.
            late = os.path.join(work, "late")
            h.corpus(late, "--size", "64K", "--objects", 1, "--seed", 99)
            [late_path] = [os.path.join(r, n) for r, _, ns in os.walk(late) for n in ns]
            key = until.replace("-", "/") + "/23/late-object"
            server.aws("cp", late_path, f"s3://{BUCKETS[1]}/{key}")
            partial = os.path.join(into, BUCKETS[1], os.path.dirname(key))
            os.makedirs(partial, exist_ok=True)
            with open(os.path.join(partial, "late-object.6eF3cA81"), "wb") as file:
                file.write(b"\x1f\x8b\x08half")
            stage(server, into, out, since, until)
            held = {line["name"] for line in h.lines(out, "objects.ndjson")[1:]}
            check.expect_true("the late object is in", any(name.endswith("late-object") for name in held))
            check.expect_true("the half one is not", not any("6eF3cA81" in name for name in held))
            check.expect("verify after the increment", 0, h.millrace("verify", "-q", out, wanted=None).returncode)
            final = rows(out)

            for round_number in range(int(os.environ.get("MILLRACE_STAGES", 3))):
                into, out = (os.path.join(work, f"{name}{round_number}") for name in ("staged", "out"))
                for _ in range(3):
                    interrupted(rng.uniform(0.2, 4), rng.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGINT]),
                                server, into, out, since, until)
                stage(server, into, out, since, until)
                check.expect(f"stopped three times ({round_number}): the same end", final, rows(out))
                shutil.rmtree(into)
                shutil.rmtree(out)
        finally:
            server.end()
        for wrong, what in (([], "no BUCKET"), ([BUCKETS[0], "-d", "x", "-o", "y", "--since", "yesterday"], "--since"),
                            ([BUCKETS[0], "-d", "x", "-o", "y", "--since", "2023-02-30"], "--since"),
                            (["No Bucket"], "not a bucket"), (["--wrong"], "unknown option")):
            done = subprocess.run([STAGE, *wrong], capture_output=True, text=True, check=False)
            check.expect(f"{wrong}: exit", 2, done.returncode)
            check.expect_true(f"{wrong}: {done.stderr!r} says {what}", what in done.stderr and
                              done.stderr.count("\n") == 1)
    check.finish()
    return 0


if __name__ == "__main__":
    sys.exit(main())
