// Reads an encoded array from eight workers at once, in some rounds. The workers attach to the array of this thread, so
// they share its chunk cache. Usage: node attach-readers.mjs PATH CHUNKS ROUNDS
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { check, library } from './library.mjs';

const { slice } = library;
const rows = 16; // Height of a box. Boxes of different workers overlap.
const workers = 8;

/** Selections of one worker: windows of all columns, which together need every chunk. */
function boxesOf(worker, [height]) {
  const starts = [];
  for (let y = 0; y <= height - rows; y += 5) starts.push(y);
  // Each worker begins with other boxes.
  const first = Math.floor((worker * starts.length) / workers);
  const rotated = [...starts.slice(first), ...starts.slice(0, first), height - rows];
  return rotated.map((y) => [slice(y, y + rows)]);
}

async function main() {
  const [path, chunks, rounds] = process.argv.slice(2);
  const chunkCache = library.createChunkCache({ bytes: 256 * 2 ** 20 });
  const array = await library.openArray(path, { chunkCache });
  const [height, width] = array.shape;
  const token = array.share();
  check(array.share() === token, 'the same token for a second call');
  const all = Array.from({ length: workers }, (_, worker) => {
    const target = library.allocate('float32', boxesOf(worker, array.shape).length * rows * width, { shared: true });
    const thread = new Worker(new URL(import.meta.url), { workerData: { token, worker, target } });
    return { worker, target, thread };
  });
  for (let round = 0; round < Number(rounds); round++) {
    chunkCache.clear();
    const before = chunkCache.usage;
    const answers = await Promise.all(
      all.map(async ({ thread, target }) => {
        target.fill(-1);
        thread.postMessage('read');
        return (await once(thread, 'message'))[0];
      }),
    );
    const decoded = answers.reduce((sum, stats) => sum + stats.chunksDecoded, 0);
    const hits = answers.reduce((sum, stats) => sum + stats.chunkCacheHits, 0);
    check(decoded === Number(chunks), `${chunks} decoded chunks in round ${round}, found ${decoded}`);
    check(hits === (workers - 1) * chunks, `${(workers - 1) * chunks} hits in round ${round}, found ${hits}`);
    check(chunkCache.usage.misses - before.misses === Number(chunks), 'one miss per chunk');
    for (const { worker, target } of all) checkBoxes(target, boxesOf(worker, [height]), width);
  }
  const ends = all.map(({ thread }) => once(thread, 'exit'));
  for (const { thread } of all) thread.postMessage('close');
  for (const [code] of await Promise.all(ends)) check(code === 0, `a worker that ends with 0, found ${code}`);
  await array.close();
  console.log('ok');
}

/** Element [y, x] of the array is y * width + x. */
function checkBoxes(data, boxes, width) {
  let at = 0;
  for (const [{ start }] of boxes) {
    for (let i = 0; i < rows * width; i++, at++) {
      if (data[at] !== start * width + i) throw new Error(`Expected ${start * width + i}, found ${data[at]}`);
    }
  }
}

async function work() {
  const { token, worker, target } = workerData;
  const array = await library.attach(token);
  parentPort.on('message', async (command) => {
    if (command === 'close') {
      await array.close();
      parentPort.close();
      return;
    }
    const { stats } = await array.readMany(boxesOf(worker, array.shape), { into: target });
    parentPort.postMessage({ chunksDecoded: stats.chunksDecoded, chunkCacheHits: stats.chunkCacheHits });
  });
}

await (isMainThread ? main() : work());
