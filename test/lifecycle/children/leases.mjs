// Reads with leases in workers. Checks that the thread that receives the signals of broken leases ends when the last
// worker that uses the library ends. Usage: node leases.mjs PATH ELEMENTS
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

/** Returns the number of threads whose name starts with `name`. */
function threads(name) {
  const names = readdirSync('/proc/self/task').map((id) => readFileSync(`/proc/self/task/${id}/comm`, 'utf8'));
  return names.filter((found) => found.startsWith(name)).length;
}

if (isMainThread) {
  const [path, elements] = process.argv.slice(2);
  for (let round = 0; round < 3; round++) {
    // The main thread does not load the library, so each worker is its last environment.
    const worker = new Worker(new URL(import.meta.url), { workerData: { path, elements: Number(elements) } });
    const ended = once(worker, 'exit');
    const [problem] = await once(worker, 'message');
    if (problem !== '') throw new Error(problem);
    if (round === 1) await worker.terminate();
    else worker.postMessage('end');
    await ended;
    const left = threads('posixpar');
    if (left > 0) throw new Error(`Expected no thread of the library, found ${left}`);
  }
  console.log('ok');
} else {
  const { check, library } = await import('./library.mjs');
  const { path, elements } = workerData;
  const options = { format: 'raw', dtype: 'uint8', shape: [elements], consistency: 'lease' };
  try {
    check(threads('posixpar-lease') === 0, 'no thread before the first lease');
    await Promise.all(Array.from({ length: 4 }, () => library.readSubset(path, null, options)));
    const found = threads('posixpar-lease');
    check(found === 1, `one thread, found ${found}`);
    parentPort.once('message', () => {});
    parentPort.postMessage('');
  } catch (error) {
    parentPort.postMessage(String(error));
  }
}
