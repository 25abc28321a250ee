// Runs many concurrent callers. Each reads random boxes of random arrays until the time is over, and checks all
// elements. Usage: node callers.mjs SECONDS CALLERS SEED PATH... Element i in C order of each array must be i.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { check, library } from './library.mjs';

const [seconds, callers, seed, ...paths] = process.argv.slice(2);
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

/** Calls `visit` with the C-order index of each element of a box. */
function forEachIndex(shape, box, visit, d = 0, base = 0) {
  const [begin, end] = box[d];
  for (let i = begin; i < end; i++) {
    const index = base * shape[d] + i;
    if (d === shape.length - 1) visit(index);
    else forEachIndex(shape, box, visit, d + 1, index);
  }
}

function checkBox(shape, box, data) {
  let at = 0;
  forEachIndex(shape, box, (index) => {
    if (data[at++] !== index) throw new Error(`Expected ${index}, found ${data[at - 1]} in ${JSON.stringify(box)}`);
  });
  check(at === data.length, `${at} elements, found ${data.length}`);
}

const calls = {
  async read(array) {
    const box = randomBox(array.shape);
    checkBox(array.shape, box, (await array.read(selectionOf(box))).data);
  },
  async readMany(array) {
    const boxes = Array.from({ length: 4 }, () => randomBox(array.shape));
    const { results } = await array.readMany(boxes.map(selectionOf));
    for (const [i, box] of boxes.entries()) checkBox(array.shape, box, results[i].data);
  },
  async stream(array) {
    const boxes = Array.from({ length: 4 }, () => randomBox(array.shape));
    let count = 0;
    for await (const { index, result } of array.stream(boxes.map(selectionOf), { budgetBytes: 65536 })) {
      checkBox(array.shape, boxes[index], result.data);
      count++;
    }
    check(count === 4, `4 boxes, found ${count}`);
  },
  async reduce(array) {
    const box = randomBox(array.shape);
    let sum = 0;
    forEachIndex(array.shape, box, (index) => {
      sum += index;
    });
    const options = { selection: selectionOf(box), budgetBytes: 65536 };
    const { data } = await array.reduce('sum', options);
    check(data[0] === sum, `the sum ${sum}, found ${data[0]}`);
  },
};

const arrays = await Promise.all(paths.map((path) => library.openArray(path)));
const names = Object.keys(calls);
const counts = Object.fromEntries(names.map((name) => [name, 0]));
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
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
await Promise.all(arrays.map((array) => array.close()));
const peakBytes = process.resourceUsage().maxRSS * 1024;
const delayMs = delay.percentile(99) / 1e6;
console.log(JSON.stringify({ counts, peakBytes, delayMs }));
