// Loads the addon in the main thread and in four workers at the same time, in three rounds. All threads read the array.
// Usage: node workers.mjs PATH ELEMENTS ENGINE
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { checkCounting, library } from './library.mjs';

const [path, count, engine] = process.argv.slice(2);
const elements = Number(count);
const script = new URL('reader.mjs', import.meta.url);
for (let round = 0; round < 3; round++) {
  const workers = Array.from(
    { length: 4 },
    () => new Worker(script, { workerData: { path, elements, engine, rounds: 5 } }),
  );
  const ends = workers.map((worker) => once(worker, 'exit'));
  for (let i = 0; i < 5; i++) checkCounting((await library.readSubset(path, null, { engine })).data, elements);
  for (const [code] of await Promise.all(ends)) if (code !== 0) throw new Error(`A worker ended with ${code}`);
}
checkCounting((await library.readSubset(path, null, { engine })).data, elements);
console.log('ok');
