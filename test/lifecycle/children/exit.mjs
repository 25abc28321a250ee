// Ends the process during a read. Usage: node exit.mjs PATH HOW ENGINE
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { always, library } from './library.mjs';

const [path, how, engine] = process.argv.slice(2);
const array = await library.openArray(path, { engine });
always({ op: 'pread', action: 'delay', value: 100, path });
const elements = array.size;
if (how === 'worker') {
  const worker = new Worker(new URL('reader.mjs', import.meta.url), {
    workerData: { path, elements, engine, rounds: 0 },
  });
  await once(worker, 'message');
  process.exit(7);
}
const reads = Array.from({ length: 5 }, () => array.read());
process.on('exit', (code) => console.log(`exit ${code}`));
if (how === 'exit') process.exit(7);
if (how === 'later') setTimeout(() => process.exit(7), 20);
if (how === 'throw') throw new Error('thrown in the middle of a read');
if (how === 'kill') process.kill(process.pid, 'SIGTERM');
// If HOW is `natural`, only the reads keep the process alive.
if (how === 'natural') for (const read of reads) read.then(({ data }) => console.log(`read ${data.length}`));
