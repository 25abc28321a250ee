// Runs many concurrent callers. Each reads random boxes of random arrays until the time is over. A worker thread checks
// all elements, so that the delay of this thread's event loop is the effect of the reads alone.
// Usage: node callers.mjs SECONDS CALLERS SEED BUDGET_BYTES PATH... Element i in C order of each array must be i.
import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import { check, library } from './library.mjs';

const [seconds, callers, seed, budgetBytes, ...paths] = process.argv.slice(2);
let state = Number(seed);

/** Returns a random integer below `limit`. */
function below(limit) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * limit);
}

function randomBox(shape) {
  return shape.map((size) => {
    const begin = below(size);
    return [begin, begin + 1 + below(Math.min(24, size - begin))];
  });
}

const selectionOf = (box) => box.map(([begin, end]) => library.slice(begin, end));

const checker = new Worker(new URL('check-boxes.mjs', import.meta.url));
const waiting = new Map();
let lastId = 0;
checker.on('message', ({ id, wrong }) => {
  const { resolve, reject } = waiting.get(id);
  waiting.delete(id);
  if (wrong === null) resolve();
  else reject(new Error(wrong));
});

/** Sends results to the checker. Their memory is transferred. Resolves when the checker has found no difference. */
function checkParts({ shape }, parts) {
  const buffers = new Set(parts.flatMap(({ data }) => (data === undefined ? [] : [data.buffer])));
  const id = ++lastId;
  checker.postMessage({ id, shape, parts }, [...buffers]);
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
  });
}

const randomBoxes = (array) => Array.from({ length: 4 }, () => randomBox(array.shape));

const calls = {
  async read(array) {
    const box = randomBox(array.shape);
    const { data } = await array.read(selectionOf(box));
    await checkParts(array, [{ box, data }]);
  },
  async readMany(array) {
    const boxes = randomBoxes(array);
    const { results } = await array.readMany(boxes.map(selectionOf));
    await checkParts(
      array,
      boxes.map((box, i) => ({ box, data: results[i].data })),
    );
  },
  async stream(array) {
    const boxes = randomBoxes(array);
    const parts = [];
    for await (const { index, result } of array.stream(boxes.map(selectionOf), { budgetBytes: 65536 })) {
      parts.push({ box: boxes[index], data: result.data });
    }
    check(parts.length === 4, `4 boxes, found ${parts.length}`);
    await checkParts(array, parts);
  },
  async reduce(array) {
    const box = randomBox(array.shape);
    const { data } = await array.reduce('sum', { selection: selectionOf(box), budgetBytes: 65536 });
    await checkParts(array, [{ box, sum: data[0] }]);
  },
};

library.configure({ memoryBudgetBytes: Number(budgetBytes) });
const arrays = await Promise.all(paths.map((path) => library.openArray(path)));
const names = Object.keys(calls);
const counts = Object.fromEntries(names.map((name) => [name, 0]));
const idle = new Worker(new URL('idle-delay.mjs', import.meta.url));
await once(idle, 'online');
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const rssMiB = [];
const samples = 20;
const sampling = setInterval(
  () => rssMiB.push(Math.round(process.memoryUsage.rss() / 2 ** 20)),
  (Number(seconds) * 1000) / samples,
);
const end = performance.now() + Number(seconds) * 1000;
async function call() {
  do {
    const name = names[below(names.length)];
    await calls[name](arrays[below(arrays.length)]);
    counts[name]++;
  } while (performance.now() < end);
}
await Promise.all(Array.from({ length: Number(callers) }, call));
delay.disable();
clearInterval(sampling);
idle.postMessage(null);
const [idleDelayMs] = await once(idle, 'message');
await Promise.all(arrays.map((array) => array.close()));
await Promise.all([checker.terminate(), idle.terminate()]);
const peakBytes = process.resourceUsage().maxRSS * 1024;
const [delayMs, medianMs, maxMs] = [delay.percentile(99), delay.percentile(50), delay.max].map((ns) => ns / 1e6);
const { peakBufferBytes } = library.memoryUsage().working;
console.log(JSON.stringify({ counts, peakBytes, peakBufferBytes, delayMs, medianMs, maxMs, idleDelayMs, rssMiB }));
