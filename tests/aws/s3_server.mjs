// An S3 server on loopback (s3rver) over a folder: node s3_server.mjs FOLDER BUCKET...
// Prints its port; ends with its standard input.
import S3rver from 's3rver';

const [folder, ...buckets] = process.argv.slice(2);
const server = new S3rver({ address: '127.0.0.1', port: 0, silent: true, directory: folder,
  configureBuckets: buckets.map((name) => ({ name })) });
const { port } = await server.run();
console.log(port);
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
