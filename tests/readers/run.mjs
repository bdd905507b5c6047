// run.mjs - four independent readers over what millrace writes.
//
//     node run.mjs DATASET_SAMPLE
//
// First rows made up to stress the format (DATASET_SAMPLE writes them), then a
// generated bucket: `millrace run` against `millrace events`, value by value.
// MILLRACE and MILLRACE_CORPUS name the programs; 77 where packages are missing.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, closeSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
if (!existsSync(join(here, 'node_modules'))) {
  console.log('skipped: run npm ci in tests/readers first');
  process.exit(77);
}

function run(program, args, stdout = 'inherit') {
  const done = spawnSync(program, args, { stdio: ['ignore', stdout, 'inherit'] });
  if (done.error || done.status !== 0)
    throw new Error(`${program} ${args.join(' ')}: ${done.error ?? `exit ${done.status}`}`);
}

const compare = (out, events) =>
  spawnSync(process.execPath, [join(here, 'compare.mjs'), out, events], { stdio: 'inherit' }).status;

const base = mkdtempSync(join(tmpdir(), 'millrace-readers-'));
let status = 0;
try {
  const made = join(base, 'made');
  for (const profile of ['default', 'modern']) {
    console.log(`rows made up, profile ${profile}`);
    const out = `${made}-${profile}`;
    run(process.argv[2], [out, `${out}.ndjson`, 'mixed', '6000', '7', profile]);
    status |= compare(out, `${out}.ndjson`);
  }
  const bucket = join(base, 'bucket');
  run(process.env.MILLRACE_CORPUS, ['-o', bucket, '--seed', '41', '--size', '30M', '--objects', '40',
    '--days', '3', '--shapes', 'A,B,C,D,E,F,G,H,I'], 'ignore');
  const events = join(base, 'events.ndjson');
  const file = openSync(events, 'w');
  run(process.env.MILLRACE, ['events', '-q', bucket], file);
  closeSync(file);
  for (const profile of ['default', 'modern']) {
    console.log(`a generated bucket, profile ${profile}`);
    const out = join(base, `out-${profile}`);
    run(process.env.MILLRACE, ['run', bucket, '-o', out, '-q', '--profile', profile]);
    status |= compare(out, events);
  }
} finally {
  rmSync(base, { recursive: true, force: true });
}
process.exit(status ? 1 : 0);
