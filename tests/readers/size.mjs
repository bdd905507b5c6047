// size.mjs - a dataset is no larger than what two databases make of its rows.
//
// A generated bucket of a few days, in one size of object and in many small ones;
// each Parquet file is written again by DuckDB and by ClickHouse, with zstd as
// each has it by default: its rows as they lie and in our sorting over the whole
// file. Row groups: ours hold 64 MiB of staged rows, DuckDB's 122,880 rows,
// ClickHouse's a million.
//
// Also printed: DuckDB at zstd's level 1, which is ours. It has no filter over
// event_id, no page index and no page checksums; ours without its filters must
// not be larger.
// MILLRACE and MILLRACE_CORPUS name the programs; 77 where packages are missing.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
for (const name of ['@duckdb/node-api', '@chdb/lib-linux-x64-gnu']) {
  if (!existsSync(join(here, 'node_modules', name))) {
    console.log(`skipped: no ${name}; run npm ci in tests/readers first`);
    process.exit(77);
  }
}
const { openDuckdb, quoted } = await import('./readers.mjs');
// ClickHouse as a library; the package `chdb` adds nothing that is needed here.
const chdb = require('@chdb/lib-linux-x64-gnu');

const BUCKETS = {
  'objects of 4 MB': ['--seed', '61', '--size', '80M', '--objects', '20', '--days', '2'],
  'small objects': ['--seed', '62', '--size', '40M', '--objects', '4000', '--days', '5'],
};
const SORTED = 'ORDER BY log_group, log_stream, timestamp, event_id, source_object, ' +
  'source_offset, record_index, event_index';

function run(program, ...args) {
  const done = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  if (done.error || done.status !== 0)
    throw new Error(`${program} ${args.join(' ')}: ${done.error ?? done.stderr}`);
}

const parquetFiles = (folder) => readdirSync(folder, { recursive: true })
  .filter((name) => name.endsWith('.parquet')).map((name) => join(folder, name)).sort();

// Runs `write(to)` and gives the size of what it wrote.
async function sizeOf(to, write) {
  rmSync(to, { force: true });
  await write(to);
  return statSync(to).size;
}

async function sizes(db, file, to) {
  const rows = `SELECT * FROM read_parquet(${quoted(file)}, hive_partitioning = false)`;
  const duckdb = (order, options = '') => sizeOf(to, () =>
    db.query(`COPY (${rows} ${order}) TO ${quoted(to)} (FORMAT parquet, COMPRESSION zstd${options})`));
  const clickhouse = (order) => sizeOf(to, () =>
    chdb.Query(`SELECT * FROM file(${quoted(file)}, Parquet) ${order} INTO OUTFILE ${quoted(to)} ` +
      "FORMAT Parquet SETTINGS output_format_parquet_compression_method = 'zstd', max_threads = 1",
    'CSV'));
  const [{ bloom }] = await db.query('SELECT sum(bloom_filter_length)::DOUBLE AS bloom ' +
    `FROM parquet_metadata(${quoted(file)})`);
  return {
    millrace: statSync(file).size,
    'millrace without filters': statSync(file).size - bloom,
    DuckDB: await duckdb(''),
    'DuckDB, sorted': await duckdb(SORTED),
    'DuckDB, level 1': await duckdb('', ', COMPRESSION_LEVEL 1'),
    ClickHouse: await clickhouse(''),
    'ClickHouse, sorted': await clickhouse(SORTED),
  };
}

async function total(db, out, to) {
  const sum = {};
  for (const file of parquetFiles(join(out, 'events'))) {
    for (const [name, size] of Object.entries(await sizes(db, file, to)))
      sum[name] = (sum[name] ?? 0) + size;
  }
  return sum;
}

let failed = 0;
const base = mkdtempSync(join(tmpdir(), 'millrace-size-'));
try {
  const db = await openDuckdb();
  for (const [name, options] of Object.entries(BUCKETS)) {
    const [bucket, out] = [join(base, 'bucket'), join(base, 'out')];
    run(process.env.MILLRACE_CORPUS, '-o', bucket, ...options, '--gzip-level', '1');
    run(process.env.MILLRACE, 'run', bucket, '-o', out, '-q');
    const sum = await total(db, out, join(base, 'again.parquet'));
    for (const [writer, size] of Object.entries(sum)) {
      const hasFilters = writer !== 'DuckDB, level 1';
      const ours = sum[hasFilters ? 'millrace' : 'millrace without filters'];
      const isLarger = ours > size && !writer.startsWith('millrace');
      failed += isLarger;
      console.log(`${isLarger ? 'FAILED ' : ''}${name}: ${writer}: ${size} bytes`);
    }
    rmSync(bucket, { recursive: true });
    rmSync(out, { recursive: true });
  }
  db.close();
} finally {
  rmSync(base, { recursive: true, force: true });
}
console.log(failed ? `${failed} are smaller than ours` : 'ours is the smallest each time');
process.exit(failed ? 1 : 0);
