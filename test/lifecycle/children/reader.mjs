// A worker that reads an array repeatedly. It posts 'reading' when its first read is in flight. Worker data: path,
// elements, engine, rounds (number of reads; 0 if the worker reads until it is terminated).
import { parentPort, workerData } from 'node:worker_threads';
import { checkCounting, library } from './library.mjs';

const { path, elements, engine, rounds } = workerData;
const array = await library.openArray(path, { engine });
for (let round = 0; rounds === 0 || round < rounds; round++) {
  const reading = array.read();
  if (round === 0) parentPort.postMessage('reading');
  checkCounting((await reading).data, elements);
}
await array.close();
parentPort.postMessage('done');
