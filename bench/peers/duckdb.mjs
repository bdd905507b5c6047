// DuckDB, in this process. All fields of a payload by one call, behind substring filters.
import { DuckDBInstance } from '@duckdb/node-api';
import { ACTION, ERRORS, IGNORED_CODE, SIGNS, arguments_, counts, run } from './job.mjs';

const { job, bucket, form, threads, out } = arguments_();

const text = (s) => `'${s.replaceAll("'", "''")}'`;
const source = (columns) => `read_json(${text(bucket + '/**')}, format = 'unstructured',
  compression = '${form === 'gzip' ? 'gzip' : 'uncompressed'}', maximum_object_size = 67108864, columns = {${columns}})`;

const PATHS = ['$.message.level', '$.message.log_level', '$.level', '$.log_level', '$.message.title',
  '$.title', '$.message.code', '$.code', '$.message.details', '$.details'];
const FIELDS = `json_extract_string(payload, [${PATHS.map(text).join(', ')}])`;
const WORD = `regexp_extract(left(m, begins - 1), '\\b(ERROR|FATAL|CRITICAL|fail|crit|WARN|WARNING|INFO|DEBUG|TRACE)\\b', 1)`;
const LEVEL = `upper(trim(coalesce(j[1], j[2], j[3], j[4], ${WORD})))`;
const TITLE = 'coalesce(j[5], j[6])';

const alerts = `
  SELECT title, count(*) FROM (
    SELECT ${LEVEL} AS level, ${TITLE} AS title, j FROM (
      SELECT m, begins, CASE WHEN json_valid(payload) THEN ${FIELDS} END AS j FROM (
        SELECT m, strpos(m, '{') AS begins, substr(m, begins) AS payload
        FROM (SELECT unnest(logEvents).message AS m
              FROM ${source("messageType: 'VARCHAR', logEvents: 'STRUCT(message VARCHAR)[]'")}
              WHERE messageType = 'DATA_MESSAGE')
        WHERE contains(m, '"title"') AND NOT contains(m, 'CloudWatchMetrics')
          AND regexp_matches(m, ${text('(?i)' + SIGNS.map((s) => s.replace(/[[\]]/g, '\\$&')).join('|'))}))))
  WHERE title IS NOT NULL AND title != '' AND (level IN (${ERRORS.map(text).join(', ')}) OR starts_with(title, ${text(ACTION)}))
    AND upper(coalesce(j[7], j[8], '')) != '${IGNORED_CODE}'
  GROUP BY title`;

const dataset = `
  SELECT timestamp, event_id, account_id, log_group, log_stream, ${LEVEL} AS level, ${TITLE} AS title,
         coalesce(j[9], j[10]) AS details, m AS message FROM (
    SELECT *, CASE WHEN begins > 0 AND json_valid(payload) THEN ${FIELDS} END AS j FROM (
      SELECT make_timestamp_ms(e.timestamp) AS timestamp, e.id AS event_id, owner AS account_id,
             logGroup AS log_group, logStream AS log_stream, e.message AS m, strpos(m, '{') AS begins, substr(m, begins) AS payload
      FROM (SELECT owner, logGroup, logStream, unnest(logEvents) AS e
            FROM ${source("messageType: 'VARCHAR', owner: 'VARCHAR', logGroup: 'VARCHAR', logStream: 'VARCHAR', " +
              "logEvents: 'STRUCT(id VARCHAR, timestamp BIGINT, message VARCHAR)[]'")}
            WHERE messageType = 'DATA_MESSAGE')))
  WHERE upper(coalesce(j[7], j[8], '')) != '${IGNORED_CODE}'`;

const instance = await DuckDBInstance.create(':memory:', { threads: String(threads), preserve_insertion_order: 'false' });
const connection = await instance.connect();

// What a written dataset holds: a check of millrace's and the peers' alike.
async function look() {
  const rows = async (sql) => (await connection.runAndReadAll(sql)).getRows();
  const written = `read_parquet(${text(bucket)}, hive_partitioning = false)`;
  const [[count]] = await rows(`SELECT count(*) FROM ${written}`);
  const columns = (await rows(`DESCRIBE FROM ${written}`)).map(([name]) => name);
  const result = { rows: Number(count), columns: columns.length };
  if (!columns.includes('fingerprint')) return result;
  return { ...result, ...counts(await rows(`SELECT title, count(*) FROM ${written}
    WHERE kind = 'log' AND title IS NOT NULL AND fingerprint IS NOT NULL GROUP BY title`)) };
}

await run(async () => {
  if (job === 'look') return look();
  if (job === 'alerts') return counts((await connection.runAndReadAll(alerts)).getRows());
  await connection.run(`COPY (${dataset}) TO ${text(out + '/events.parquet')} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)`);
  return {};
});
