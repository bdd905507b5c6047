// sql.mjs - tools/deploy/duckdb.sql and athena.sql against a dataset as millrace
// writes it: DuckDB runs the one; the other's columns must be the dataset's.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const deploy = fileURLToPath(new URL('../../tools/deploy/', import.meta.url));
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

// What each type of the dataset is called in Athena.
const ATHENA = { VARCHAR: 'string', DOUBLE: 'double', BIGINT: 'bigint', INTEGER: 'int',
  'TIMESTAMP WITH TIME ZONE': 'timestamp' };

const base = mkdtempSync(join(tmpdir(), 'millrace-sql-'));
try {
  execFileSync(process.env.MILLRACE_CORPUS ?? 'build/millrace-corpus',
    ['-o', join(base, 'bucket'), '--seed', '94', '--size', '4M', '--days', '3', '--shapes', 'A'],
    { stdio: 'ignore' });
  execFileSync(process.env.MILLRACE ?? 'build/millrace',
    ['run', join(base, 'bucket'), '-o', join(base, 'out'), '-q']);
  const ledger = JSON.parse(readFileSync(join(base, 'out', 'ledger.json'), 'utf8'));
  const report = JSON.parse(readFileSync(join(base, 'out', 'report.json'), 'utf8'));
  process.chdir(base);
  const db = await readers.openDuckdb();

  const script = readFileSync(join(deploy, 'duckdb.sql'), 'utf8').replace(/^--.*$/gm, '');
  for (const statement of script.split(';').filter((s) => s.trim() !== '')) await db.query(statement);
  const [{ rows, days }] = await db.query(
    'SELECT count(*)::INT AS rows, count(DISTINCT dt)::INT AS days FROM events');
  expect('rows of the view', ledger.events.rows, rows);
  expect('days of the view', readdirSync(join(base, 'out', 'events')).length, days);
  const alerts = await db.query('SELECT fingerprint, alerts::INT AS alerts FROM alerts');
  // Rows: of a failure that is told of twice the report counts one.
  const counted = new Map(report.groups.map((g) => [g.fingerprint, g.count]));
  for (const { fingerprint, alerts: count } of alerts)
    expect(`alerts of ${fingerprint}`, true, count >= counted.get(fingerprint));
  expect('groups of the view', report.groups.length, alerts.length);
  const [{ id, lines }] = await db.query(`SELECT request_id AS id, count(*)::INT AS lines FROM events
    WHERE request_id IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1`);
  expect('lines of a request', lines, (await db.query(`SELECT * FROM request('${id}')`)).length);

  const columns = await db.query(`DESCRIBE SELECT * FROM read_parquet('out/events/**/*.parquet',
    hive_partitioning = false)`);
  const ddl = readFileSync(join(deploy, 'athena.sql'), 'utf8').replace(/^--.*$/gm, '');
  const listed = ddl.slice(ddl.indexOf('(') + 1, ddl.indexOf('\n)')).trim().split(',\n')
    .map((line) => line.trim().replaceAll('`', '').split(' '));
  expect('columns of the Athena table', columns.map((c) => [c.column_name, ATHENA[c.column_type]]),
    listed);
  for (const text of ["PARTITIONED BY (dt string)", "'projection.dt.type' = 'date'",
    "'projection.dt.format' = 'yyyy-MM-dd'", '/events/dt=${dt}/', 'STORED AS PARQUET'])
    expect(`the Athena table says ${text}`, true, ddl.includes(text));
  db.close();
} finally {
  rmSync(base, { recursive: true, force: true });
}
console.log(failed === 0 ? 'all checks hold' : `${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
