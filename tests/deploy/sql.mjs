// sql.mjs - what asks a finished OUT: DuckDB runs OUT/duckdb.sql, and its counts are
// the report's and the ledger's; the columns of athena.sql must be the dataset's.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
let readers;
try {
  readers = await import('../readers/readers.mjs');
} catch (error) {
  console.log(`skipped: ${error.message.split('\n')[0]}`);
  process.exit(77);
}

let failed = 0;
function expect(what, wanted, got) {
  if (JSON.stringify(wanted) === JSON.stringify(got)) return;
  failed++;
  console.log(`FAILED ${what}: wanted ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`);
}

const corpus = resolve(process.env.MILLRACE_CORPUS ?? 'build/millrace-corpus');
const program = resolve(process.env.MILLRACE ?? 'build/millrace');
const base = mkdtempSync(join(tmpdir(), 'millrace-sql-'));
const load = (out, name) => JSON.parse(readFileSync(join(out, name), 'utf8'));

// Status 3 says that some of it could not be read.
function run(bucket, out, ...options) {
  const done = spawnSync(program, ['run', bucket, '-o', out, '-q', ...options]);
  if (![0, 3].includes(done.status)) throw new Error(`${options}: ${done.stderr}`);
  return out;
}

// DuckDB in OUT, its views made, as `duckdb -init duckdb.sql` does.
async function open(out) {
  process.chdir(out);
  const db = await readers.openDuckdb();
  const script = readFileSync('duckdb.sql', 'utf8').replace(/^--.*$/gm, '');
  for (const statement of script.split(/;$/m).filter((s) => s.trim() !== '')) await db.query(statement);
  return db;
}

const one = async (db, sql) => (await db.query(sql))[0];

async function checkAccount(what, out, db) {
  const ledger = load(out, 'ledger.json');
  const report = load(out, 'report.json');
  const damaged = readFileSync(join(out, 'quarantine.ndjson'), 'utf8').split('\n').filter((l) => l !== '')
    .map((l) => JSON.parse(l));
  expect(`${what}: groups`, report.groups.map((g) => [g.fingerprint, String(g.count), g.title]),
    (await db.query('SELECT fingerprint, count, title FROM groups')).map((g) => [g.fingerprint, g.count, g.title]));
  expect(`${what}: alerts`, String(report.totals.alerts),
    (await one(db, 'SELECT coalesce(sum(count), 0)::VARCHAR AS alerts FROM groups')).alerts);
  expect(`${what}: log groups`, report.groups.map((g) => g.log_groups),
    (await db.query('SELECT log_groups FROM groups')).map((g) => JSON.parse(g.log_groups)));
  expect(`${what}: quarantine`, damaged.map((q) => [q.object, String(q.offset), String(q.length), q.reason]),
    (await db.query('SELECT * FROM quarantine')).map((q) => [q.object, q.offset, q.length, q.reason]));
  const counts = await one(db, 'SELECT * FROM ledger');
  for (const name of ['objects', 'stored_bytes', 'events', 'quarantine'])
    expect(`${what}: ledger ${name}`, ledger[name], JSON.parse(counts[name]));
  return [ledger, report];
}

async function checkEvents(what, out, hasDay) {
  const db = await open(out);
  const [ledger, report] = await checkAccount(what, out, db);
  expect(`${what}: rows`, String(ledger.events.rows), (await one(db, 'SELECT count(*) AS rows FROM events')).rows);
  for (const name of ['level', 'kind']) {
    const rows = await db.query(`SELECT ${name} AS key, count(*)::INT AS rows FROM events GROUP BY 1`);
    for (const { key, rows: count } of rows.filter((r) => r.key !== null))
      expect(`${what}: ${name} ${key}`, ledger[`${name}s`][key], count);
  }
  // Rows: of a failure that is told of twice the report counts one.
  const alerts = new Map((await db.query(`SELECT fingerprint, count(*)::INT AS rows FROM events
    WHERE fingerprint IS NOT NULL GROUP BY 1`)).map((r) => [r.fingerprint, r.rows]));
  expect(`${what}: groups have rows`, report.groups.map((g) => g.fingerprint).sort(), [...alerts.keys()].sort());
  for (const g of report.groups) expect(`${what}: rows of ${g.fingerprint}`, true, alerts.get(g.fingerprint) >= g.count);
  const first = report.groups[0].fingerprint;
  expect(`${what}: events of a group`, alerts.get(first), (await db.query(`FROM alert('${first}')`)).length);
  const { id, lines } = await one(db, `SELECT request_id AS id, count(*)::INT AS lines FROM events
    WHERE request_id IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1`);
  expect(`${what}: lines of a request`, lines, (await db.query(`FROM request('${id}')`)).length);
  const columns = await db.query('DESCRIBE events');
  expect(`${what}: has dt`, hasDay, columns.some((c) => c.column_name === 'dt'));
  if (hasDay) {
    const wrong = await one(db, `SELECT count(*)::INT AS rows FROM events
      WHERE dt IS DISTINCT FROM strftime("timestamp"::TIMESTAMP, '%Y-%m-%d')`);
    expect(`${what}: rows of another day`, 0, wrong.rows);
  }
  return db;
}

// A log group that no folder can hold whole, accounts with leading zeros.
function writeAwkward(bucket) {
  const record = (owner, logGroup) => JSON.stringify({ messageType: 'DATA_MESSAGE', owner, logGroup,
    logStream: '2023/01/05/[$LATEST]1', subscriptionFilters: ['all'],
    logEvents: [{ id: '1'.padStart(56, '0'), timestamp: 1672916400000, message: 'ERROR it failed' }] });
  writeFileSync(join(bucket, 'awkward'),
    record('000000000012', 'g'.repeat(500)) + record('000000000013', "it's %/../{}"));
}

const columnsOf = (db) => db.query(`DESCRIBE SELECT * FROM read_parquet('events/**/*.parquet',
  hive_partitioning = false)`);

// What each type of the dataset is called in Athena.
const ATHENA = { VARCHAR: 'string', DOUBLE: 'double', BIGINT: 'bigint', INTEGER: 'int',
  'TIMESTAMP WITH TIME ZONE': 'timestamp' };

async function checkAthena(db) {
  const ddl = readFileSync(join(root, 'tools/deploy/athena.sql'), 'utf8').replace(/^--.*$/gm, '');
  const listed = ddl.slice(ddl.indexOf('(') + 1, ddl.indexOf('\n)')).trim().split(',\n')
    .map((line) => line.trim().replaceAll('`', '').split(' '));
  expect('columns of the Athena table',
    (await columnsOf(db)).map((c) => [c.column_name, ATHENA[c.column_type]]), listed);
  for (const text of ["PARTITIONED BY (dt string)", "'projection.dt.type' = 'date'",
    "'projection.dt.format' = 'yyyy-MM-dd'", '/events/dt=${dt}/', 'STORED AS PARQUET'])
    expect(`the Athena table says ${text}`, true, ddl.includes(text));
}

try {
  const bucket = join(base, 'bucket');
  execFileSync(corpus, ['-o', bucket, '--seed', '94', '--size', '4M', '--days', '3', '--shapes', 'A'],
    { stdio: 'ignore' });
  writeAwkward(bucket);
  cpSync(join(root, 'data/samples/damaged'), join(bucket, 'damaged'), { recursive: true });

  const out = run(bucket, join(base, 'out'));
  const db = await checkEvents('by day', out, true);
  await checkAthena(db);
  const days = (await one(db, 'SELECT count(DISTINCT dt)::INT AS days FROM events')).days;
  expect('days', readdirSync('events').length, days);
  const [{ explained }] = (await db.query("EXPLAIN ANALYZE SELECT count(*) FROM events WHERE dt = '2023-01-05'"))
    .map((r) => ({ explained: r.explain_value }));
  expect('a day reads its folder alone', '1', /Files Read:\s*(\d+)/.exec(explained)?.[1]);
  db.close();

  process.chdir(base);
  renameSync(out, join(base, 'moved'));
  (await checkEvents('moved', join(base, 'moved'), true)).close();

  for (const by of ['account_id', 'log_group,dt', 'dt,account_id,region,log_group,kind,level']) {
    const parted = run(bucket, join(base, by.replaceAll(',', '-')), '--partition-by', by);
    const views = await checkEvents(by, parted, by.includes('dt'));
    const names = await one(views, `SELECT count(*) FILTER (account_id = '000000000012')::INT AS zeros,
      count(*) FILTER (log_group = repeat('g', 500))::INT AS long,
      count(*) FILTER (log_group = 'it''s %/../{}')::INT AS odd FROM events`);
    expect(`${by}: values are whole`, { zeros: 1, long: 1, odd: 1 }, names);
    views.close();
  }

  const bare = run(bucket, join(base, 'bare'), '--no-dataset');
  const views = await open(bare);
  await checkAccount('no dataset', bare, views);
  expect('no dataset: views', ['groups', 'ledger', 'quarantine'],
    (await views.query('SELECT view_name FROM duckdb_views() WHERE NOT internal ORDER BY 1')).map((r) => r.view_name));
  views.close();
  process.chdir(base);
} finally {
  rmSync(base, { recursive: true, force: true });
}
console.log(failed === 0 ? 'all checks hold' : `${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
