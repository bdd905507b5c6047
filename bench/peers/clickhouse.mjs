// ClickHouse, in this process (chdb). One typed JSONExtract behind substring filters, and only the
// fields that the job needs: what was fastest of the queries tried.
import { createRequire } from 'node:module';
import { ACTION, ERRORS, IGNORED_CODE, SIGNS, arguments_, counts, run } from './job.mjs';

// As a library; the package `chdb` around it adds nothing that is needed here.
const { Query: query } = createRequire(import.meta.url)('@chdb/lib-linux-x64-gnu');
const { job, bucket, form, threads, out } = arguments_();

const text = (s) => `'${s.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
const list = (all) => `[${all.map(text).join(', ')}]`;
const caseless = (s) => `(?i)${s.replace(/[[\]]/g, '\\$&')}`;
const source = (structure) =>
  `file(${text(bucket + '/**')}, 'JSONEachRow', ${text(structure)}, '${form === 'gzip' ? 'gzip' : 'none'}')`;
const settings = `SETTINGS max_threads = ${threads}, max_parsing_threads = ${threads}`;

const FIELDS = 'level String, log_level String, title String, code String';
const data = (type) => `JSONExtract(payload, ${text(type)})`;
// Of the data where it is an object, else of the object around it, else of the line.
const LEVEL = `upper(trimBoth(multiIf(
    j.message.level != '', j.message.level, j.message.log_level != '', j.message.log_level,
    j.level != '', j.level, j.log_level != '', j.log_level,
    extract(substring(m, 1, at - 1), '\\\\b(ERROR|FATAL|CRITICAL|fail|crit|WARN|WARNING|INFO|DEBUG|TRACE)\\\\b'))))`;
const TITLE = `if(j.message.title != '', j.message.title, j.title)`;

const alerts = `
  SELECT title, count() FROM (
    SELECT m, position(m, '{') AS at, substring(m, at) AS payload,
           ${data(`Tuple(${FIELDS}, message Tuple(${FIELDS}))`)} AS j,
           ${LEVEL} AS level, ${TITLE} AS title
    FROM (SELECT arrayJoin(logEvents.message) AS m
          FROM ${source('messageType String, logEvents Array(Tuple(message String))')}
          WHERE messageType = 'DATA_MESSAGE')
    WHERE m LIKE '%"title"%' AND multiMatchAny(m, ${list(SIGNS.map(caseless))})
      AND m NOT LIKE '%CloudWatchMetrics%')
  WHERE title != '' AND (has(${list(ERRORS)}, level) OR startsWith(title, ${text(ACTION)}))
    AND upper(j.code) != '${IGNORED_CODE}' AND upper(j.message.code) != '${IGNORED_CODE}'
  GROUP BY title ${settings}`;

const dataset = `
  SELECT fromUnixTimestamp64Milli(e.timestamp) AS timestamp, e.id AS event_id, owner AS account_id,
         logGroup AS log_group, logStream AS log_stream,
         position(e.message, '{') AS at, e.message AS m, substring(m, at) AS payload,
         if(at > 0, ${data(`Tuple(${FIELDS}, details String, message Tuple(${FIELDS}, details String))`)},
            defaultValueOfTypeName('Tuple(${FIELDS}, details String, message Tuple(${FIELDS}, details String))')) AS j,
         ${LEVEL} AS level, ${TITLE} AS title,
         if(j.message.details != '', j.message.details, j.details) AS details
  FROM ${source('messageType String, owner String, logGroup String, logStream String, ' +
    'logEvents Array(Tuple(id String, timestamp Int64, message String))')}
  ARRAY JOIN logEvents AS e WHERE messageType = 'DATA_MESSAGE'`;
const COLUMNS = 'timestamp, event_id, account_id, log_group, log_stream, level, title, details, m AS message';

await run(() => {
  if (job === 'alerts') return counts(JSON.parse(query(alerts, 'JSONCompact')).data);
  query(`SELECT ${COLUMNS} FROM (${dataset})
    WHERE upper(j.code) != '${IGNORED_CODE}' AND upper(j.message.code) != '${IGNORED_CODE}'
    INTO OUTFILE ${text(out + '/events.parquet')} TRUNCATE FORMAT Parquet
    ${settings}, output_format_parquet_compression_method = 'zstd'`, 'Null');
  return {};
});
