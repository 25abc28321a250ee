// Worker thread that checks the results of callers.mjs, so that the checks do not delay the event loop that callers.mjs
// measures. Each message has an array's shape and parts: a box with its elements, or a box with the sum of them.
// Element i in C order of each array must be i. Answers with the number of the message and an error text or null.
import { parentPort } from 'node:worker_threads';

/** Calls `visit` with the C-order index of each element of a box. */
function forEachIndex(shape, box, visit, d = 0, base = 0) {
  const [begin, end] = box[d];
  for (let i = begin; i < end; i++) {
    const index = base * shape[d] + i;
    if (d === shape.length - 1) visit(index);
    else forEachIndex(shape, box, visit, d + 1, index);
  }
}

/** Returns the first difference between a part and its expected value, or null. */
function difference(shape, { box, data, sum }) {
  let at = 0;
  let total = 0;
  let wrong = null;
  forEachIndex(shape, box, (index) => {
    if (data !== undefined && data[at] !== index) {
      wrong ??= `Expected ${index}, found ${data[at]} in ${JSON.stringify(box)}`;
    }
    at++;
    total += index;
  });
  if (wrong !== null) return wrong;
  if (data !== undefined && at !== data.length) return `Expected ${at} elements, found ${data.length}`;
  if (sum !== undefined && Number(sum) !== total) return `Expected the sum ${total}, found ${sum}`;
  return null;
}

parentPort.on('message', ({ id, shape, parts }) => {
  const wrong = parts.map((part) => difference(shape, part)).find((text) => text !== null) ?? null;
  parentPort.postMessage({ id, wrong });
});
