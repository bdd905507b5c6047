// schema.mjs - report.json of real runs against its schema.
//
// MILLRACE and MILLRACE_CORPUS name the programs. Exits 77 where the npm
// packages beside this file are not installed.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const { MILLRACE, MILLRACE_CORPUS } = process.env;
if (!MILLRACE || !MILLRACE_CORPUS) {
  console.error("set MILLRACE and MILLRACE_CORPUS to the programs");
  process.exit(2);
}
let Ajv;
try {
  Ajv = (await import("ajv/dist/2020.js")).default;
} catch (error) {
  console.log(`skipped: ${error.message}`);
  process.exit(77);
}
const schema = JSON.parse(readFileSync(new URL("../../data/report.schema.json", import.meta.url)));
const validate = new Ajv({ strict: true, allowUnionTypes: true, validateFormats: false }).compile(schema);

const folder = mkdtempSync(join(tmpdir(), "millrace-schema-"));
const at = (name) => join(folder, name);
const reportOf = (name) => JSON.parse(readFileSync(join(at(name), "report.json")));
const run = (...args) => {
  const done = spawnSync(MILLRACE, [...args, "-q"], { encoding: "utf8" });
  assert.ok([0, 3].includes(done.status), `millrace ${args.join(" ")}: ${done.status} ${done.stderr}`);
};
const corpus = (name, seed) =>
  execFileSync(MILLRACE_CORPUS, ["-o", at(name), "--seed", String(seed), "--size", "6M", "--objects", "9",
    "--days", "3", "--shapes", "A,B,C,D,E,F,G,H,I"], { stdio: "ignore" });
const objects = (path) => readdirSync(path).flatMap((name) => {
  const inner = join(path, name);
  return statSync(inner).isDirectory() ? objects(inner) : [inner];
}).sort();

const valid = (what, report) => {
  const holds = validate(report);
  assert.ok(holds, `${what}: ${JSON.stringify(validate.errors?.slice(0, 5), null, 1)}`);
  console.log(`ok - ${what}: ${report.groups.length} groups`);
};

try {
  corpus("first", 31);
  corpus("second", 32);
  run("run", at("first"), "-o", at("out"));
  valid("a run", reportOf("out"));
  const counted = reportOf("out").groups.reduce((sum, group) => sum + group.count, 0);
  assert.equal(counted, reportOf("out").totals.alerts);

  // Every object loses a byte in its middle.
  for (const path of objects(at("second"))) {
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1] ^= 0x41;
    writeFileSync(path, bytes);
  }
  run("run", at("second"), "-o", at("damaged"), "--baseline", at("out"), "--no-redact");
  valid("a run over damage, with a baseline", reportOf("damaged"));
  assert.ok(reportOf("damaged").baseline, "the baseline is told of");
  run("run", at("second"), "-o", at("few"), "--max-groups", "5", "--no-dataset", "--baseline", at("out"));
  valid("few groups kept", reportOf("few"));
  run("report", at("out"), at("few"), "-o", at("sum"), "--baseline", at("damaged"));
  valid("two runs added up", reportOf("sum"));

  mkdirSync(at("quiet"));
  writeFileSync(join(at("quiet"), "object"), "nothing to see here\n");
  run("run", at("quiet"), "-o", at("none"));
  valid("no alerts", reportOf("none"));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
