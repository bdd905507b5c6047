// The article's handler, a Lambda function called per object that Firehose wrote, as a program: so
// many threads, each with the next object. gunzip, `}{` made `},{`, JSON.parse, JSON.parse again of
// what each event logged. The seam is looked for with the quote behind it, so that a `}{` in a
// message does not break the record.
import { readFileSync } from 'node:fs';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { gunzipSync } from 'node:zlib';
import { arguments_, countEvent, counts, objects, run } from './job.mjs';

function countObject(path, form, titles) {
  const stored = readFileSync(path);
  const text = (form === 'gzip' ? gunzipSync(stored) : stored).toString('utf8');
  for (const record of JSON.parse(`[${text.replace(/\}\s*\{"/g, '},{"')}]`)) {
    if (record.messageType !== 'DATA_MESSAGE') continue;
    for (const event of record.logEvents) countEvent(event.message, titles);
  }
}

if (isMainThread) {
  const { bucket, form, threads } = arguments_();
  const paths = objects(bucket);
  await run(async () => {
    const next = new Int32Array(new SharedArrayBuffer(4));
    const parts = await Promise.all(Array.from({ length: threads }, () => new Promise((resolve, reject) => {
      const worker = new Worker(new URL(import.meta.url), { workerData: { paths, form, next } });
      worker.on('message', resolve);
      worker.on('error', reject);
    })));
    const all = new Map();
    for (const part of parts) for (const [title, n] of part) all.set(title, (all.get(title) ?? 0) + n);
    return counts([...all]);
  });
} else {
  const { paths, form, next } = workerData;
  const titles = new Map();
  for (let i; (i = Atomics.add(next, 0, 1)) < paths.length;) countObject(paths[i], form, titles);
  parentPort.postMessage([...titles]);
}
