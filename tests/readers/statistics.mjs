// statistics.mjs - null counts, bounds and filters as readers see them.
import { statSync, readFileSync } from 'node:fs';
import {
  asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, readColumnIndex, readOffsetIndex,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { columns } from './canonical.mjs';
import { fileList, openDuckdb, quoted } from './readers.mjs';

const BOUND_BYTES_MAX = 64;

// What orders a value: numbers and times by number, texts by their bytes.
function compare(a, b) {
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

function value(v) {
  return v instanceof Date ? v.getTime() : v;
}

// Why `low` and `high` do not bound the values of a row group or page.
function boundsProblem(values, low, high, isLowExact, isHighExact) {
  const present = values.filter((v) => v !== undefined && v !== null).map(value);
  if (present.length === 0)
    return low === undefined && high === undefined ? null : 'bounds without values';
  let min = present[0];
  let max = present[0];
  for (const v of present) {
    if (compare(v, min) < 0) min = v;
    if (compare(v, max) > 0) max = v;
  }
  if (low === undefined) return 'no lower bound';
  if (compare(value(low), min) > 0) return `lower bound ${low} is above ${min}`;
  if (isLowExact && compare(value(low), min) !== 0) return `${low} is not the exact ${min}`;
  // There is no upper bound where 64 bytes are all of the last character.
  if (high === undefined)
    return String(max).startsWith('\u{10ffff}'.repeat(16)) ? null : 'no upper bound';
  if (compare(value(high), max) < 0) return `upper bound ${high} is below ${max}`;
  if (isHighExact && compare(value(high), max) !== 0) return `${high} is not the exact ${max}`;
  for (const bound of [low, high]) {
    if (typeof bound === 'string' && Buffer.byteLength(bound) > BOUND_BYTES_MAX)
      return `bound of ${Buffer.byteLength(bound)} bytes`;
  }
  return null;
}

function slice(bytes, offset, length) {
  const begin = bytes.byteOffset + Number(offset);
  return { view: new DataView(bytes.buffer, begin, Number(length)), offset: 0 };
}

function checkPages(bytes, chunk, element, values, say) {
  const offsets = readOffsetIndex(slice(bytes, chunk.offset_index_offset,
    chunk.offset_index_length)).page_locations;
  if (Number(offsets[0].offset) !== Number(chunk.meta_data.data_page_offset))
    say('first page of the offset index is not the first data page');
  if (!chunk.column_index_offset) return;
  const pageRows = offsets.map((page, i) => values.slice(Number(page.first_row_index),
    i + 1 < offsets.length ? Number(offsets[i + 1].first_row_index) : values.length));
  const isNull = (v) => v === undefined || v === null;
  // hyparquet takes the empty bounds of a page of nulls for numbers of 4 or 8 bytes.
  if (element.type !== 'BYTE_ARRAY' && pageRows.some((rows) => rows.every(isNull))) return;
  const index = readColumnIndex(slice(bytes, chunk.column_index_offset,
    chunk.column_index_length), element);
  pageRows.forEach((rows, i) => {
    const nulls = rows.filter(isNull).length;
    if (Number(index.null_counts[i]) !== nulls)
      say(`page ${i}: ${nulls} nulls, its index says ${index.null_counts[i]}`);
    if (index.null_pages[i] !== (nulls === rows.length)) say(`page ${i}: null page or not?`);
    const problem = index.null_pages[i] ? null
      : boundsProblem(rows, index.min_values[i], index.max_values[i], false, false);
    if (problem) say(`page ${i}: ${problem}`);
  });
}

// Every row group and page of one file, through hyparquet.
async function checkFile(path, say) {
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file);
  const bytes = readFileSync(path);
  let rowStart = 0;
  for (const [g, group] of metadata.row_groups.entries()) {
    const rowEnd = rowStart + Number(group.num_rows);
    const rows = await parquetReadObjects({ file, metadata, compressors, rowStart, rowEnd });
    rowStart = rowEnd;
    columns.forEach((column, c) => {
      const chunk = group.columns[c];
      const s = chunk.meta_data.statistics;
      const values = rows.map((row) => row[column.name]);
      const where = (text) => say(`${path}: row group ${g}, ${column.name}: ${text}`);
      const nulls = values.filter((v) => v === undefined || v === null).length;
      if (Number(s.null_count) !== nulls) where(`${nulls} nulls, statistics say ${s.null_count}`);
      const problem = boundsProblem(values, s.min_value, s.max_value, s.is_min_value_exact,
        s.is_max_value_exact);
      if (problem) where(problem);
      checkPages(bytes, chunk, metadata.schema[c + 1], values, where);
    });
  }
}

// DuckDB's view: its null counts add up, its filters exclude and never lie.
async function checkDuckdb(db, files, rows, say) {
  const counted = await db.query(`SELECT path_in_schema AS name, sum(stats_null_count) AS nulls,
    sum(num_values) AS total FROM parquet_metadata(${fileList(files)}) GROUP BY ALL`);
  for (const { name, nulls, total } of counted) {
    const c = columns.findIndex((column) => column.name === name);
    if (Number(total) !== rows.count) say(`duckdb: ${name}: ${total} values of ${rows.count}`);
    if (Number(nulls) !== rows.nulls[c])
      say(`duckdb: ${name}: ${nulls} nulls of ${rows.nulls[c]}`);
  }
}

async function checkBlooms(db, files, say) {
  let probes = 0;
  let wrong = 0;
  for (const name of ['request_id', 'event_id', 'trace_id']) {
    for (const file of files) {
      const probe = `parquet_bloom_probe(${quoted(file)}, ${quoted(name)}, `;
      const some = await db.query(`SELECT DISTINCT ${name} AS v FROM read_parquet(${quoted(file)})
        WHERE NOT contains(${name}, chr(0)) ORDER BY hash(${name}) LIMIT 15`);
      for (const { v } of some) {
        const groups = await db.query(`SELECT bloom_filter_excludes AS x FROM ${probe}${quoted(v)})`);
        if (groups.every(({ x }) => x))
          say(`duckdb: ${file}: the Bloom filter of ${name} excludes ${v}, which is there`);
      }
      if (some.length < 15) continue;
      for (let i = 0; i < 40; i++) {
        const groups = await db.query(
          `SELECT bloom_filter_excludes AS x FROM ${probe}${quoted(`absent-${i}`)})`);
        probes += groups.length;
        wrong += groups.filter(({ x }) => !x).length;
      }
    }
  }
  // 1 % is the design; 4 % leaves room for chance.
  if (wrong > 3 && wrong > probes * 0.04)
    say(`duckdb: Bloom filters keep ${wrong} of ${probes} row groups for absent values`);
  return { probes, wrong };
}

function scanSeconds(node) {
  const own = /PARQUET/.test(node.operator_name ?? '') ? node.operator_timing : 0;
  return (node.children ?? []).reduce((sum, child) => sum + scanSeconds(child), own);
}

// How long DuckDB's scan takes under a condition, the best of three: it counts
// no row groups, but one that it skips takes no time.
async function scanTime(db, files, condition) {
  let best = Infinity;
  for (let i = 0; i < 3; i++) {
    const [{ explain_value: plan }] = await db.query(`EXPLAIN (ANALYZE, FORMAT json)
      SELECT count(message), count(DISTINCT title) FROM read_parquet(${fileList(files)},
      hive_partitioning = false) WHERE ${condition}`);
    best = Math.min(best, scanSeconds(JSON.parse(plan)));
  }
  return best;
}

async function checkPruning(db, files, say) {
  const all = await scanTime(db, files, "request_id <> 'absent' OR request_id IS NULL");
  const later = await scanTime(db, files, "timestamp >= TIMESTAMPTZ '2099-12-31 00:00:00Z'");
  // Between the bounds of any column of UUIDs, so that only a filter excludes it.
  const absent = await scanTime(db, files, "request_id = '7absent'");
  // Below this a scan's time says nothing.
  if (all > 0.01 && later > all / 4) say(`duckdb: scans ${later} s for a time of no row group`);
  if (all > 0.01 && absent > all / 4) say(`duckdb: scans ${absent} s for an absent request`);
  return { all, later, absent };
}

export async function checkStatistics(files, rows, say) {
  for (const path of files) {
    if (statSync(path).size < 24) say(`${path}: too small`);
    await checkFile(path, say);
  }
  const db = await openDuckdb();
  await checkDuckdb(db, files, rows, say);
  const blooms = await checkBlooms(db, files, say);
  const pruning = await checkPruning(db, files, say);
  db.close();
  return { ...blooms, ...pruning };
}
