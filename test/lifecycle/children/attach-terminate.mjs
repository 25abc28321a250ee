// Terminates workers that read an array of this thread, and a worker whose array this thread reads.
// Usage: node attach-terminate.mjs PATH CHUNKS TIMES
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { always, binding, check, descriptorsOf, dropIdleFiles, library, sleep } from './library.mjs';

function start(data) {
  return new Worker(new URL(import.meta.url), { workerData: data });
}

/** Reads the array as float64, and checks that element i is i. */
async function checkAll(array) {
  const { data } = await array.read(null, { as: 'float64' });
  for (let i = 0; i < data.length; i++) if (data[i] !== i) throw new Error(`Expected ${i}, found ${data[i]}`);
}

/** Terminates a worker during its read. The chunks that it was decoding for the cache must not block other reads. */
async function terminateReader(path, chunks) {
  const chunkCache = library.createChunkCache({ bytes: 256 * 2 ** 20 });
  const array = await library.openArray(path, { chunkCache });
  always({ op: 'pread', action: 'delay', value: 5, path });
  const worker = start({ token: array.share(), task: 'read' });
  await once(worker, 'message');
  const reading = array.read();
  check((await worker.terminate()) === 1, 'the exit code of a terminated worker');
  await reading;
  binding().set_faults([]);
  await checkAll(array);
  check(chunkCache.usage.chunks === chunks, `${chunks} chunks in the cache, found ${chunkCache.usage.chunks}`);
  await array.close();
  chunkCache.close();
}

/** Attaches to an array of a worker, terminates the worker, and reads. */
async function terminateOwner(path) {
  const worker = start({ path, task: 'share' });
  const [token] = await once(worker, 'message');
  const array = await library.attach(token);
  await worker.terminate();
  await checkAll(array);
  await array.close();
  let error;
  await library.attach(token).catch((reason) => {
    error = reason;
  });
  check(error?.name === 'ClosedError', `a ClosedError, found ${error}`);
}

async function main() {
  const [path, chunks, times] = process.argv.slice(2);
  for (let round = 0; round < Number(times); round++) {
    await terminateReader(path, Number(chunks));
    await terminateOwner(path);
  }
  // Threads of the pool may still be about to close files.
  for (let tries = 0; tries < 100 && descriptorsOf(path) > 0; tries++) {
    dropIdleFiles();
    await sleep(10);
  }
  check(descriptorsOf(path) === 0, 'no descriptor left');
  console.log('ok');
}

async function work() {
  if (workerData.task === 'share') {
    const chunkCache = library.createChunkCache({ bytes: 2 ** 20 });
    const array = await library.openArray(workerData.path, { chunkCache });
    parentPort.postMessage(array.share());
    setInterval(() => array, 1000); // The worker stays alive until it is terminated.
    return;
  }
  const array = await library.attach(workerData.token);
  const reading = array.read();
  parentPort.postMessage('reading');
  await reading;
  setInterval(() => array, 1000);
}

await (isMainThread ? main() : work());
