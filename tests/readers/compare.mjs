// compare.mjs - reads a dataset with four readers and compares every value.
//
//     node compare.mjs OUT EVENTS.ndjson [reader...]
//
// OUT holds events/dt=…/*.parquet; EVENTS.ndjson has the same rows, a key per
// column that is not null. One line per reader; exit 1 at a difference.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { differences, readNdjson } from './canonical.mjs';
import { readers } from './readers.mjs';
import { checkStatistics } from './statistics.mjs';

function findFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return findFiles(path);
    return entry.name.endsWith('.parquet') ? [path] : [];
  }).sort();
}

async function timed(work) {
  const begin = process.hrtime.bigint();
  const result = await work();
  return [result, Number(process.hrtime.bigint() - begin) / 1e9];
}

function report(name, problems, text) {
  console.log(`${problems.length ? 'not ok' : 'ok'} ${name}: ${text}`);
  for (const line of problems.slice(0, 40)) console.log(line);
  return problems.length === 0;
}

const [out, ndjson, ...only] = process.argv.slice(2);
if (!out || !ndjson) {
  console.error('usage: node compare.mjs OUT EVENTS.ndjson [reader...]');
  process.exit(2);
}
const files = findFiles(join(out, 'events'));
const expected = await readNdjson(ndjson);
let isSame = files.length > 0 || expected.count === 0;
if (!isSame) console.log(`not ok: no Parquet files below ${out}`);
for (const [name, read] of readers) {
  if (files.length === 0 || (only.length > 0 && !only.includes(name))) continue;
  const [result, seconds] = await timed(() => read(files).catch((error) => error));
  const problems = result instanceof Error ? [`  ${result.stack}`] : differences(expected, result);
  isSame = report(name, problems,
    `${result.count ?? 0} rows of ${files.length} files in ${seconds.toFixed(1)} s`) && isSame;
}
if (files.length > 0 && (only.length === 0 || only.includes('statistics'))) {
  const problems = [];
  const [s, seconds] = await timed(() => checkStatistics(files, expected,
    (text) => problems.push(`  ${text}`)));
  const ms = (t) => `${(t * 1000).toFixed(1)} ms`;
  isSame = report('statistics', problems,
    `Bloom filters keep ${s.wrong} of ${s.probes} for absent values; DuckDB scans all in ` +
    `${ms(s.all)}, for no time ${ms(s.later)}, for no request ${ms(s.absent)}; ` +
    `${seconds.toFixed(1)} s`) && isSame;
}
process.exit(isSame ? 0 : 1);
