// polars, in this process: records on lines, and nothing else, are what it can read. It finds the
// messages that may be alerts; those few are looked at as the handler does.
import { createRequire } from 'node:module';
import { SIGNS, arguments_, countEvent, counts, objects, run } from './job.mjs';

const { bucket, threads } = arguments_();
process.env.POLARS_MAX_THREADS = String(threads);
const pl = createRequire(import.meta.url)('nodejs-polars');

const quoted = (s) => s.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const signs = `(?i)${SIGNS.map(quoted).join('|')}`;

await run(() => {
  const titles = new Map();
  for (const path of objects(bucket)) {
    const found = pl.scanJson(path, {})
      .filter(pl.col('messageType').eq(pl.lit('DATA_MESSAGE')))
      .select(pl.col('logEvents').explode().struct.field('message').as('m'))
      .filter(pl.col('m').str.contains('"title"').and(pl.col('m').str.contains(signs)))
      .collectSync();
    for (const message of found.getColumn('m').toArray()) countEvent(message, titles);
  }
  return counts([...titles]);
});
