// readers.mjs - four independent Parquet readers behind one function each:
// the files of a dataset -> Rows.
import { readFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { readParquet } from 'parquet-wasm/node';
import { tableFromIPC } from 'apache-arrow';
import polars from 'nodejs-polars';
import { columns, rowFrom, Rows } from './canonical.mjs';

export async function openDuckdb() {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run("SET threads = 2; SET TimeZone = 'UTC'");
  return {
    // Rows as objects; large numbers come as strings.
    query: async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson(),
    stream: (sql) => connection.stream(sql),
    close: () => connection.closeSync(),
  };
}

export const quoted = (text) => `'${text.replaceAll("'", "''")}'`;
export const fileList = (files) => `[${files.map(quoted).join(', ')}]`;

async function duckdb(files) {
  const db = await openDuckdb();
  const rows = new Rows();
  const select = columns.map((c) => (c.type === 'time' ? `epoch_ms(${c.name})` : c.name));
  const from = `read_parquet(${fileList(files)}, hive_partitioning = false)`;
  const result = await db.stream(`SELECT ${select.join(', ')} FROM ${from}`);
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0;
    chunk = await result.fetchChunk()) {
    for (const values of chunk.getRows())
      rows.add(rowFrom((name) => values[columns.findIndex((c) => c.name === name)]));
  }
  db.close();
  return rows;
}

async function hyparquet(files) {
  const rows = new Rows();
  for (const path of files) {
    const file = await asyncBufferFromFile(path);
    for (const row of await parquetReadObjects({ file, compressors }))
      rows.add(rowFrom((name) => row[name]));
  }
  return rows;
}

async function arrow(files) {
  const rows = new Rows();
  for (const path of files) {
    const table = tableFromIPC(readParquet(readFileSync(path)).intoIPCStream());
    const vectors = new Map(columns.map((c) => [c.name, table.getChild(c.name)]));
    for (let i = 0; i < table.numRows; i++) rows.add(rowFrom((name) => vectors.get(name).get(i)));
  }
  return rows;
}

async function polarsRows(files) {
  const rows = new Rows();
  for (const path of files) {
    const frame = polars.readParquet(path);
    const values = new Map(columns.map((c) => {
      const series = frame.getColumn(c.name);
      return [c.name, (c.type === 'time' ? series.cast(polars.Int64) : series).toArray()];
    }));
    for (let i = 0; i < frame.height; i++) rows.add(rowFrom((name) => values.get(name)[i]));
  }
  return rows;
}

export const readers = [
  ['duckdb', duckdb],
  ['hyparquet', hyparquet],
  ['arrow-rs', arrow],
  ['polars', polarsRows],
];
