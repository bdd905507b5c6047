#!/usr/bin/env python3
"""A plan over many keys, listed rather than walked: within the memory of 200 bytes a
key and 64 MiB, balanced, and read back by a shard. 1 million keys; MILLRACE_KEYS for
more. Time and memory are printed.
"""

import os
import resource
import subprocess
import time

import budget
import harness

KEYS = int(os.environ.get("MILLRACE_KEYS", "1000000"))
SHARDS = 20
PER_HOUR = 1200


def entries():
    """As Firehose names objects, in the order a bucket lists them."""
    for hour in range((KEYS + PER_HOUR - 1) // PER_HOUR):
        when = time.gmtime(1672531200 + 3600 * hour)
        folder = time.strftime("%Y/%m/%d/%H", when)
        stamp = time.strftime("%Y-%m-%d-%H", when)
        lines = []
        for i in range(min(PER_HOUR, KEYS - hour * PER_HOUR)):
            size = 20000 + (i * 7919) % 30000
            lines.append(f"{size}\t{1672531200 + 3600 * hour + 3 * i}\t{folder}/"
                         f"cross-account-logging-sink-1-{stamp}-{i // 20:02d}-{i % 60:02d}-"
                         f"{hour:08x}-1234-4abc-8def-{i:012x}.gz\0")
        yield "".join(lines).encode()


def main():
    check = harness.Failures()
    with harness.folder() as base:
        bucket, plan, out = (os.path.join(base, n) for n in ("bucket", "PLAN", "out"))
        os.mkdir(bucket)
        began = time.monotonic()
        process = subprocess.Popen([harness.MILLRACE, "plan", bucket, "--files-from", "-", "-o", plan,
                                    "--shards", str(SHARDS)], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE)
        for part in entries():
            process.stdin.write(part)
        process.stdin.close()
        said = process.stdout.read().decode()
        _, status, used = os.wait4(process.pid, 0)
        took = time.monotonic() - began
        check.expect("exit status of plan", 0, os.waitstatus_to_exitcode(status))
        check.expect_true(f"all keys are planned: {said}", f"objects   {KEYS}," in said)
        share = float(said.split("the largest has ")[1].split()[0])
        check.expect_true(f"the largest shard has {share} times the mean", share <= 1.1)
        check.expect_true(f"plan took {used.ru_maxrss} KiB",
                          budget.SANITIZED or
                          used.ru_maxrss * 1024 <= 200 * KEYS + (64 << 20))
        seconds = used.ru_utime + used.ru_stime
        print(f"plan: {KEYS} keys, {took:.1f} s ({seconds:.1f} s of one core), "
              f"{used.ru_maxrss // 1024} MiB, {os.path.getsize(plan) >> 20} MiB written")

        # A shard reads it back, and finds that nothing is there.
        began = time.monotonic()
        shard = harness.millrace("run", "--plan", plan, "--shard", f"0/{SHARDS}", "-o", out, "-q",
                                 wanted=(2,))
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        check.expect_true(f"objects are missing: {shard.stderr[:200]}", b"(gone)" in shard.stderr)
        print(f"shard: read back and refused in {time.monotonic() - began:.1f} s")
    check.finish()


if __name__ == "__main__":
    main()
