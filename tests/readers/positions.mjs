// positions.mjs OUT... - where each row of datasets comes from, a line of JSON
// per row: [source_object, source_offset, record_index, event_index].
import { openDuckdb, quoted } from './readers.mjs';

const db = await openDuckdb();
for (const out of process.argv.slice(2)) {
  const rows = await db.query(`SELECT source_object, source_offset::VARCHAR AS source_offset,
    record_index, event_index FROM read_parquet(${quoted(`${out}/events/**/*.parquet`)},
    hive_partitioning = false)`);
  const lines = rows.map((r) => JSON.stringify([r.source_object, Number(r.source_offset),
    Number(r.record_index), Number(r.event_index)]));
  process.stdout.write(lines.join('\n') + '\n');
}
db.close();
