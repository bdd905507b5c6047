// What the peers share: how a job is given, and how its result is told.
//
//   node PEER.mjs alerts|dataset BUCKET plain|gzip THREADS OUT
//
// An alert is an event whose message holds JSON with a `title` and whose level is one of ERRORS, or
// whose title asks for action. The JSON begins at the first `{`; what is logged is the object itself
// or its `message`; the level is that of the data, else of the object around it, else the word of
// the line before it. Seconds are those of the job alone: a peer's start and its loading of
// libraries are left out.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

export const ERRORS = ['ERROR', 'FATAL', 'CRITICAL', 'CRIT', 'FAIL', '50', '60'];
// At least one of these is in every such message: what a substring filter can ask for.
export const SIGNS = ['error', 'fatal', 'crit', 'fail', ':50', ':60', ': 50', ': 60', '[Action Required]'];
export const ACTION = '[Action Required]';
export const IGNORED_CODE = 'FORCERETRYEXECUTION';

export function arguments_() {
  const [job, bucket, form, threads, out] = process.argv.slice(2);
  return { job, bucket, form, threads: Number(threads), out };
}

// Runs the job and prints one line: seconds, peak memory, and the counts per title or the rows.
export async function run(work) {
  const begin = process.hrtime.bigint();
  const result = await work();
  const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
  const peak = process.resourceUsage().maxRSS * 1024;
  process.stdout.write(JSON.stringify({ seconds, peak, ...result }) + '\n');
}

// [[title, count], …] as an object.
export function counts(rows) {
  return { titles: Object.fromEntries(rows.map(([title, count]) => [title, Number(count)])) };
}

// Every file below the bucket.
export function objects(bucket) {
  return readdirSync(bucket, { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile()).map((e) => join(e.parentPath ?? e.path, e.name)).sort();
}

const WORD = /\b(ERROR|FATAL|CRITICAL|fail|crit|WARN|WARNING|INFO|DEBUG|TRACE)\b/;

function payloadOf(message) {
  const begin = message.indexOf('{');
  if (begin < 0) return null;
  try {
    return { before: message.slice(0, begin), payload: JSON.parse(message.slice(begin)) };
  } catch {
    return null;
  }
}

// Adds the message's title to `titles`, a Map, where it is an alert.
export function countEvent(message, titles) {
  // What the article does not have: most messages are not worth a second parse.
  if (typeof message !== 'string' || !message.includes('"title"')) return;
  const found = payloadOf(message);
  if (!found || found.payload._aws) return;
  const { before, payload } = found;
  const inner = payload.message;
  const data = typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? inner : payload;
  const level = data.level ?? data.log_level ?? payload.level ?? payload.log_level ?? before.match(WORD)?.[1] ?? '';
  const title = data.title === undefined || data.title === null ? '' : String(data.title);
  const isError = ERRORS.includes(String(level).trim().toUpperCase());
  if (title === '' || !(isError || title.startsWith(ACTION))) return;
  if (String(payload.code ?? data.code ?? '').toUpperCase() === IGNORED_CODE) return;
  titles.set(title, (titles.get(title) ?? 0) + 1);
}
