// query.mjs SQL - what DuckDB answers, a row per line as an array of JSON.
import { openDuckdb } from './readers.mjs';

const db = await openDuckdb();
for (const row of await db.query(process.argv[2]))
  console.log(JSON.stringify(Object.values(row), (_, v) => (typeof v === 'bigint' ? Number(v) : v)));
db.close();
