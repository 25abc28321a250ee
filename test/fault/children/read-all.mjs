// Reads whole arrays with every engine, and prints the engine that ran and a digest of the data.
import { createHash } from 'node:crypto';
import { library } from '../../lifecycle/children/library.mjs';

const reads = [];
for (const path of process.argv.slice(2)) {
  for (const engine of ['auto', 'pread', 'mmap', 'direct', 'uring', 'uring-direct']) {
    const { data, stats } = await library.readSubset(path, null, { engine });
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const digest = createHash('sha256').update(bytes).digest('hex');
    reads.push({ engine, digest, ran: stats.engine, reason: stats.engineReason });
  }
}
process.stdout.write(JSON.stringify(reads));
