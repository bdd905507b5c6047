// canonical.mjs - rows in one form whatever read them, and their comparison.
//
// A row is an array of strings in column order, null where absent: times as
// milliseconds, numbers in JavaScript's shortest form, texts as they are.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

const TIME = 'time', TEXT = 'text', NUMBER = 'number';
export const columns = [
  ['timestamp', TIME], ['logged_at', TIME], ['event_id', TEXT], ['account_id', TEXT],
  ['region', TEXT], ['log_group', TEXT], ['log_stream', TEXT], ['kind', TEXT], ['level', TEXT],
  ['severity_number', NUMBER], ['title', TEXT], ['message', TEXT], ['code', TEXT],
  ['error_type', TEXT], ['error_message', TEXT], ['stack', TEXT], ['reason', TEXT],
  ['promise', TEXT], ['request_id', TEXT], ['trace_id', TEXT], ['details', TEXT],
  ['attributes', TEXT], ['raw_message', TEXT], ['duration_ms', NUMBER], ['init_ms', NUMBER],
  ['billed_ms', NUMBER], ['memory_mb', NUMBER], ['max_memory_mb', NUMBER], ['fingerprint', TEXT],
  ['source_object', TEXT], ['source_offset', NUMBER], ['record_index', NUMBER],
  ['event_index', NUMBER],
].map(([name, type]) => ({ name, type }));

const IDENTITY = ['source_object', 'source_offset', 'record_index', 'event_index'].map((name) =>
  columns.findIndex((c) => c.name === name));

// One value of any reader. `time` says how that reader gives times.
export function canonical(value, type) {
  if (value === null || value === undefined) return null;
  if (type === TIME) {
    if (value instanceof Date) return String(value.getTime());
    if (typeof value === 'string' && value.endsWith('Z')) return String(Date.parse(value));
  }
  if (type === TEXT && typeof value !== 'string') return `not a text: ${typeof value} ${value}`;
  if (type !== TEXT && typeof value === 'string' && !/^-?\d+$/.test(value))
    return `not a number: ${value}`;
  if (Object.is(value, -0)) return '0';
  return String(value);
}

export function rowFrom(get) {
  return columns.map((c) => canonical(get(c.name), c.type));
}

// The identity of a row -> its texts; more than one row may have one identity.
export class Rows {
  constructor() {
    this.map = new Map();
    this.count = 0;
    this.nulls = columns.map(() => 0);
  }

  add(row) {
    const key = IDENTITY.map((i) => row[i]).join('\u0001');
    const list = this.map.get(key);
    const text = JSON.stringify(row);
    if (list) list.push(text);
    else this.map.set(key, [text]);
    row.forEach((value, i) => { this.nulls[i] += value === null; });
    this.count++;
  }
}

export async function readNdjson(path) {
  const rows = new Rows();
  // Every other end of a line (\r, U+2028, U+2029) is escaped in the file.
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Infinity });
  for await (const line of lines) {
    const event = JSON.parse(line);
    for (const key of Object.keys(event)) {
      if (!columns.some((c) => c.name === key)) throw new Error(`unknown key ${key} in ${path}`);
    }
    rows.add(rowFrom((name) => event[name]));
  }
  return rows;
}

function short(value) {
  const text = value === null ? 'null' : JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}… (${text.length} characters)` : text;
}

function describe(expected, found) {
  const a = JSON.parse(expected);
  const b = JSON.parse(found);
  return columns.flatMap((c, i) => (a[i] === b[i] ? [] : [
    `    ${c.name}: expected ${short(a[i])}`,
    `    ${' '.repeat(c.name.length)}  found    ${short(b[i])}`,
  ]));
}

// Lines that say where `found` is not `expected`; none where they are equal.
export function differences(expected, found, limit = 5) {
  const lines = [];
  if (expected.count !== found.count)
    lines.push(`  ${expected.count} rows expected, ${found.count} found`);
  for (const [key, wanted] of expected.map) {
    if (lines.length > limit * 4) break;
    const name = key.split('\u0001').join(' ');
    const got = [...(found.map.get(key) ?? [])].sort();
    const want = [...wanted].sort();
    if (got.length !== want.length) {
      lines.push(`  row ${name}: ${want.length} expected, ${got.length} found`);
      continue;
    }
    want.forEach((text, i) => {
      if (text !== got[i]) lines.push(`  row ${name}:`, ...describe(text, got[i]));
    });
  }
  for (const key of found.map.keys()) {
    if (lines.length > limit * 4) break;
    if (!expected.map.has(key)) lines.push(`  row ${key.split('\u0001').join(' ')}: not expected`);
  }
  return lines;
}
