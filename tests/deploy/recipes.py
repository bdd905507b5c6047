#!/usr/bin/env python3
"""The recipes of tools/deploy, as far as they run without their services.

AWS Batch: the AWS CLI checks every call against its own model of the service; the
commands of the job definition and of both calls are then run as the service would.
Kubernetes: the manifest is read, and its commands are run the same way. The user data
of an EC2 instance runs with stand-ins for what needs the instance. All end with the
tree of one process. Skipped (77) without the AWS CLI or PyYAML.
"""

import json
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import harness  # noqa: E402

try:
    import yaml
except ImportError:
    yaml = None

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DEPLOY = os.path.join(ROOT, "tools", "deploy")
AWS = shutil.which("aws")
ENGINE_VARIABLES = ("AWS_BATCH_JOB_ARRAY_INDEX", "AWS_BATCH_JOB_ARRAY_SIZE", "SLURM_ARRAY_TASK_ID",
                    "JOB_COMPLETION_INDEX", "PARALLEL_SEQ")

# Notes each call, lets the CLI check it, and answers as the service would.
AWS_STAND_IN = """\
#!/usr/bin/env bash
printf '%s\\0' "$@" >> "$CALLS"
printf '\\n' >> "$CALLS"
{aws} "$@" --generate-cli-skeleton output > /dev/null || exit
echo "job-$(grep -c submit-job "$CALLS")"
"""


def text_of(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


def program(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, 0o755)


def run(command, base, env, cwd=None):
    clean = {k: v for k, v in os.environ.items() if k not in ENGINE_VARIABLES}
    return subprocess.run(command, env={**clean, "PATH": f"{base}/bin:" + os.environ["PATH"],
                                        "AWS_DEFAULT_REGION": "eu-west-1", **env},
                          capture_output=True, text=True, check=False, cwd=cwd)


# ---- Scripts ----

def check_scripts(check):
    scripts = [os.path.join(root, name) for root, _, names in os.walk(DEPLOY) for name in names
               if os.access(os.path.join(root, name), os.X_OK) and not name.endswith(".py")]
    check.expect_true("there are scripts", len(scripts) >= 5)
    for path in scripts:
        name = os.path.relpath(path, DEPLOY)
        done = subprocess.run(["bash", "-n", path], capture_output=True, text=True, check=False)
        check.expect(f"{name}: {done.stderr}", 0, done.returncode)
        if shutil.which("shellcheck"):
            done = subprocess.run(["shellcheck", "-s", "bash", path], capture_output=True, text=True,
                                  check=False)
            check.expect(f"{name}: {done.stdout}", 0, done.returncode)


def check_scale(check):
    """The page's sums follow from README's rates."""
    done = run([os.path.join(DEPLOY, "scale.py"), "--check"], ROOT, {})
    check.expect(f"SCALE.md: {done.stderr}", 0, done.returncode)


# ---- AWS Batch ----

def options_of(words):
    """{option: value} of a call's words."""
    return {w: words[i + 1] for i, w in enumerate(words[:-1]) if w.startswith("--")}


def check_aws_batch(check, base, bucket, wanted):
    out, plan, calls = (os.path.join(base, n) for n in ("b.out", "b.plan", "calls"))
    program(os.path.join(base, "bin", "aws"), AWS_STAND_IN.format(aws=AWS))
    env = {"CALLS": calls}
    definition_path = os.path.join(DEPLOY, "aws-batch", "job-definition.json")
    done = run(["aws", "batch", "register-job-definition", "--cli-input-json",
                "file://" + definition_path], base, env)
    check.expect(f"register-job-definition: {done.stderr}", 0, done.returncode)
    definition = json.loads(text_of(definition_path))
    harness.millrace("plan", bucket, "-o", plan, "--shards", 4)
    done = run([os.path.join(DEPLOY, "aws-batch", "submit"), "queue", plan, out], base, env)
    check.expect(f"submit: {done.stderr}", 0, done.returncode)
    with open(calls, "rb") as file:
        submitted = [line.decode().split("\0")[:-1] for line in file.read().split(b"\n")[1:] if line]
    check.expect("two calls", 2, len(submitted))
    array, merge = map(options_of, submitted)
    check.expect("array size", "size=4", array["--array-properties"])
    check.expect("merge waits for the array", "jobId=job-1", merge["--depends-on"])
    check.expect("prints the merge's id", "job-2", done.stdout.strip())

    parameters = dict(p.split("=", 1) for p in array["--parameters"].split(","))
    check.expect("parameters have defaults", set(definition["parameters"]), set(parameters))
    command = [parameters.get(w.removeprefix("Ref::"), w) if w.startswith("Ref::") else w
               for w in definition["containerProperties"]["command"]]
    for i in reversed(range(4)):
        done = run(command, base, {"AWS_BATCH_JOB_ARRAY_INDEX": str(i),
                                   "AWS_BATCH_JOB_ARRAY_SIZE": "4"})
        check.expect(f"child {i}: {done.stderr}", 0, done.returncode)
    done = run(json.loads(merge["--container-overrides"])["command"], base, {})
    check.expect(f"merge, status 3 becomes 0: {done.stderr}", 0, done.returncode)
    check.expect("AWS Batch: the tree of one process", [],
                 harness.difference(wanted, harness.tree(out)))

    rules = definition["retryStrategy"]["evaluateOnExit"]
    check.expect("status 2 ends", "EXIT", next(r["action"] for r in rules if r.get("onExitCode") == "2"))
    check.expect("status 75 retries", "RETRY",
                 next(r["action"] for r in rules if r.get("onExitCode") == "75"))
    check.expect("a lost host retries", "RETRY",
                 next(r["action"] for r in rules if r.get("onStatusReason") == "Host EC2*"))
    for shards in ("1", "10001", "x"):
        done = run([os.path.join(DEPLOY, "aws-batch", "submit"), "queue", plan, out], base,
                   {**env, "SHARDS": shards})
        check.expect(f"{shards} shards are refused", 2, done.returncode)
    os.remove(os.path.join(base, "bin", "aws"))


# ---- Kubernetes ----

def check_kubernetes(check, base, bucket, wanted):
    data = os.path.join(base, "k")
    os.mkdir(data)
    shutil.copytree(bucket, os.path.join(data, "bucket"))
    jobs = {job["metadata"]["name"]: job["spec"] for job in
            yaml.safe_load_all(text_of(DEPLOY, "kubernetes", "job.yaml"))}
    for name, spec in jobs.items():
        pod = spec["template"]["spec"]
        volumes = {v["name"] for v in pod["volumes"]}
        check.expect(f"{name}: a failed pod is a new one", "Never", pod["restartPolicy"])
        for container in pod["containers"]:
            check.expect_true(f"{name}: volumes",
                              {m["name"] for m in container["volumeMounts"]} <= volumes)

    def command(name):
        container = jobs[name]["template"]["spec"]["containers"][0]
        return [str(w).replace("/data/", data + "/") for w in container["command"]]

    shards = jobs["millrace"]
    check.expect("indexed", "Indexed", shards["completionMode"])
    plan = command("millrace-plan")
    check.expect("as many shards as completions", str(shards["completions"]),
                 plan[plan.index("--shards") + 1])
    rules = shards["podFailurePolicy"]["rules"]
    check.expect("status 2 fails the job", ["FailJob", [2]],
                 [rules[0]["action"], rules[0]["onExitCodes"]["values"]])
    check.expect("which container", shards["template"]["spec"]["containers"][0]["name"],
                 rules[0]["onExitCodes"]["containerName"])
    for rule in rules:  # what the API server wants exactly one of
        check.expect("one condition", 1, len({"onExitCodes", "onPodConditions"} & set(rule)))

    check.expect("plan", 0, run(plan, base, {}).returncode)
    for i in range(shards["completions"]):
        done = run(command("millrace"), base, {"JOB_COMPLETION_INDEX": str(i)})
        check.expect(f"pod {i}: {done.stderr}", 0, done.returncode)
    done = run(command("millrace-merge"), base, {})
    check.expect(f"merge, status 3 becomes 0: {done.stderr}", 0, done.returncode)
    check.expect("Kubernetes: the tree of one process", [],
                 harness.difference(wanted, harness.tree(os.path.join(data, "out"))))


# ---- One EC2 instance ----

EC2_STAND_INS = {
    "aws": """\
#!/usr/bin/env bash
echo "aws $*" >> "$CALLS"
words=()
for word in "$@"; do
    case $word in --*) ;; s3://*) words+=("$S3/${word#s3://}") ;; *) words+=("$word") ;; esac
done
case "$1 $2" in
"s3 cp") mkdir -p "$(dirname "${words[3]}")" && cp "${words[2]}" "${words[3]}" ;;
"s3 sync")
    mkdir -p "${words[3]}" && cp -a "${words[2]}/." "${words[3]}/"
    case "$*" in *"--exclude _SUCCESS"*) rm -f "${words[3]}/_SUCCESS" ;; esac ;;
esac
""",
    **{name: f'#!/bin/sh\necho "{name} $*" >> "$CALLS"\n'
       for name in ("apt-get", "mdadm", "mkfs.xfs", "mount", "shutdown", "sleep")},
}


def check_ec2(check, base, bucket, wanted):
    machine = os.path.join(base, "m")
    for name in ("disks", "bin", "s3", "log"):
        os.makedirs(os.path.join(machine, name))
    script = text_of(DEPLOY, "ec2", "user-data")
    source = re.search(r"^BUCKET=s3://(\S+)", script, re.M).group(1)
    result = re.search(r"^RESULT=s3://(\S+)", script, re.M).group(1)
    binary = re.search(r"^MILLRACE=s3://(\S+)", script, re.M).group(1)
    s3 = os.path.join(machine, "s3")
    os.makedirs(os.path.join(s3, os.path.dirname(binary)))
    # The plan names objects by the last component of the source: here as in the reference.
    shutil.copytree(bucket, os.path.join(s3, source))
    shutil.copy(harness.MILLRACE, os.path.join(s3, binary))
    for name, text in EC2_STAND_INS.items():
        program(os.path.join(machine, "bin", name), text)
    for before, after in (("/dev/disk/by-id/", machine + "/disks/"), ("DATA=/data", f"DATA={machine}/data"),
                          ("/usr/local/bin/millrace", machine + "/bin/millrace"),
                          ("/var/log/", machine + "/log/"), ("OPTIONS=(--dedupe)", "OPTIONS=()")):
        check.expect_true(f"user-data says {before}", before in script)
        script = script.replace(before, after)
    program(os.path.join(machine, "user-data"), script)
    calls = os.path.join(machine, "calls")
    env = {"CALLS": calls, "S3": s3}

    done = run([os.path.join(machine, "user-data")], machine, env)
    check.expect_true("without instance storage it stops", done.returncode != 0)
    check.expect_true("and shuts down", text_of(calls).rstrip().endswith("shutdown -h now"))
    os.remove(calls)
    for i in range(2):
        name = f"nvme-Amazon_EC2_NVMe_Instance_Storage_AWS{i}_1"
        with open(os.path.join(machine, "disks", name), "wb"):
            pass
    done = run([os.path.join(machine, "user-data")], machine, env)
    check.expect(f"user-data: {done.stderr[-600:]} {done.stdout[-600:]}", 0, done.returncode)
    said = text_of(calls).splitlines()
    check.expect_true("a RAID 0 of both disks", any("--level=0 --raid-devices=2" in c for c in said))
    check.expect_true("its filesystem", "mkfs.xfs -q -f /dev/md0" in said)
    check.expect("_SUCCESS is copied last", f"s3://{result}/_SUCCESS",
                 [c for c in said if c.startswith("aws s3") and ".log" not in c][-1].split()[-1])
    check.expect("then it shuts down", "shutdown -h now", said[-1])
    check.expect("EC2: the tree of one process", [],
                 harness.difference(wanted, harness.tree(os.path.join(s3, result))))


def main():
    if AWS is None or yaml is None:
        print("skipped: the AWS CLI or PyYAML is not installed (tools/deps test)")
        sys.exit(77)
    check = harness.Failures()
    check_scripts(check)
    check_scale(check)
    with harness.folder() as base:
        base = os.path.realpath(base)
        bucket, whole = os.path.join(base, "bucket"), os.path.join(base, "whole")
        harness.corpus(bucket, "--seed", 93, "--size", "6M", "--objects", 40, "--days", 12,
                       "--shapes", "A,C,D")
        with open(os.path.join(bucket, "damaged"), "wb") as file:
            file.write(b"no record\0{" * 9)
        os.mkdir(os.path.join(base, "bin"))
        os.symlink(os.path.abspath(harness.MILLRACE), os.path.join(base, "bin", "millrace"))
        harness.millrace("run", bucket, "-o", whole, "-q", wanted=(3,))
        wanted = harness.tree(whole)
        check_aws_batch(check, base, bucket, wanted)
        check_kubernetes(check, base, bucket, wanted)
        check_ec2(check, base, bucket, wanted)
    check.finish()


if __name__ == "__main__":
    main()
