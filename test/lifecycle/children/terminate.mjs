// Terminates workers during their reads. Usage: node terminate.mjs PATH ELEMENTS ENGINE TIMES
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { always, binding, check, checkCounting, descriptorsOf, dropIdleFiles, library, sleep } from './library.mjs';

const [path, count, engine, times] = process.argv.slice(2);
const elements = Number(count);
binding();
for (let round = 0; round < Number(times); round++) {
  // A read takes 5 s with these delays, unless it is abandoned.
  always({ op: 'pread', action: 'delay', value: 300, path });
  const worker = new Worker(new URL('reader.mjs', import.meta.url), {
    workerData: { path, elements, engine, rounds: 0 },
  });
  const [message] = await once(worker, 'message');
  check(message === 'reading', 'a worker that reads');
  // The worker must end before its read could end: queued work is dropped, and only running system calls are awaited.
  check((await worker.terminate()) === 1, 'the exit code of a terminated worker');
  binding().set_faults([]);
  checkCounting((await library.readSubset(path, null, { engine })).data, elements);
}
// A thread of the pool may still be about to release files of the last read.
for (let tries = 0; tries < 100 && descriptorsOf(path) > 0; tries++) {
  dropIdleFiles();
  await sleep(10);
}
check(descriptorsOf(path) === 0, 'no descriptor left');
console.log('ok');
