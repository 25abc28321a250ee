// Ends workers in the middle of their reads: terminate.mjs PATH ELEMENTS ENGINE TIMES.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { always, binding, check, checkCounting, descriptorsOf, dropIdleFiles, library, sleep } from './library.mjs';

const [path, count, engine, times] = process.argv.slice(2);
const elements = Number(count);
binding();
for (let round = 0; round < Number(times); round++) {
  // 5 s for a read that is not given up.
  always({ op: 'pread', action: 'delay', value: 300, path });
  const worker = new Worker(new URL('reader.mjs', import.meta.url), {
    workerData: { path, elements, engine, rounds: 0 },
  });
  const [message] = await once(worker, 'message');
  check(message === 'reading', 'a worker that reads');
  // Ends before the read could: what is queued is dropped, what runs is waited for.
  check((await worker.terminate()) === 1, 'the exit code of a terminated worker');
  binding().set_faults([]);
  checkCounting((await library.readSubset(path, null, { engine })).data, elements);
}
// A thread of the pool may be about to let go of what the last read used.
for (let tries = 0; tries < 100 && descriptorsOf(path) > 0; tries++) {
  dropIdleFiles();
  await sleep(10);
}
check(descriptorsOf(path) === 0, 'no descriptor left');
console.log('ok');
