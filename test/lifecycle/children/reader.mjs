// A worker that reads [path, elements, engine, rounds]. It posts 'reading' when its first read is in flight and reads
// on; 0 rounds means forever.
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
