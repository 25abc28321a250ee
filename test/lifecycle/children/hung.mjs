// Makes system calls that never return. Usage: node hung.mjs HUNG LOCAL HOW. No call for a file below HUNG returns,
// because its file system does not answer or because of injected faults. LOCAL is a file that can be read, until the
// case HOW holds its calls.
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { binding, check, checkCounting, library, sleep } from './library.mjs';

const [hung, local, how] = process.argv.slice(2);
const folder = dirname(local);

/** Holds all later calls of the kind `op` for `path`, for longer than this process runs. */
function hold(op, path) {
  binding().set_faults([{ op, path, skip: 0, times: 0, action: 'hold', value: 600_000 }]);
}

async function readLocal() {
  const array = await library.openArray(local);
  const { data } = await array.read();
  checkCounting(data, array.size);
  await array.close();
}

function failed(promise, name) {
  return promise.then(
    () => check(false, 'a failure'),
    (error) => check(error.name === name, `${name}, found ${error.stack}`),
  );
}

process.on('exit', (code) => console.log(`exit ${code}`));

if (how.startsWith('open')) {
  if (how.endsWith('by-faults')) hold('stat', hung);
  const controller = new AbortController();
  const openings = Array.from({ length: 40 }, (_, i) =>
    library.openArray(`${hung}/${i}.npy`, { signal: controller.signal }),
  );
  for (const opening of openings) opening.catch(() => {});
  await readLocal();
  console.log('read');
  if (how.startsWith('open-exit')) process.exit(3);
  controller.abort();
  for (const opening of openings) await failed(opening, 'AbortError');
  await readLocal();
  console.log('aborted'); // Threads are still in calls, but do not keep the process alive.
}

if (how === 'worker') {
  const code = `import(${JSON.stringify(new URL('index.js', process.env.POSIX_PAR_LIBRARY).href)}).then(({ openArray }) => {
    openArray(${JSON.stringify(`${hung}/x.npy`)});
    require('node:worker_threads').parentPort.postMessage('opening');
  })`;
  const worker = new Worker(code, { eval: true });
  await new Promise((resolve) => worker.once('message', resolve));
  await sleep(50);
  await worker.terminate();
  await readLocal();
  console.log('terminated');
}

if (how === 'read-into') {
  const array = await library.openArray(local);
  hold('pread', local);
  const controller = new AbortController();
  const target = new Float32Array(array.size);
  const other = new Float32Array(target.buffer, 0, 1000);
  const shared = new Float32Array(new SharedArrayBuffer(array.size * 4));
  const options = { signal: controller.signal, threads: 1 };
  const reads = [
    failed(array.readInto(target, null, options), 'AbortError'),
    failed(array.readInto(shared, null, options), 'AbortError'),
  ];
  // Waits until both reads hang. If the abort came earlier, a read would end at once, and its target would not be
  // detached.
  while (binding().held_calls() < 2) await sleep(1);
  controller.abort();
  await Promise.all(reads);
  check(target.length === 0 && other.length === 0, 'a target that was detached');
  check(shared.length === array.size, 'shared memory where it was');
  await array.close();
  console.log('aborted'); // A thread is still in the call, but does not keep the process alive.
}

if (how.startsWith('metadata')) {
  const zarr = `${local}.zarr`;
  const array = await library.openArray(`${zarr}/shards`);
  const group = await library.openGroup(zarr);
  const controller = new AbortController();
  const { signal } = controller;
  hold('open', zarr);
  const entries = (async () => {
    for await (const entry of group.walk({ signal })) check(entry.name !== '', 'a name');
  })();
  const explanation = array.explainAsync(null, { signal });
  const explained = failed(explanation, how === 'metadata-close' ? 'ClosedError' : 'AbortError');
  const walked = failed(entries, 'AbortError');
  await sleep(50);
  if (how === 'metadata-exit') process.exit(3);
  if (how === 'metadata-close') await Promise.all([array.close(), explained]);
  controller.abort();
  await Promise.all([explained, walked]);
  await array.close();
  console.log('settled'); // Threads are still in calls, but do not keep the process alive.
}

if (how === 'read-exit' || how === 'read-close') {
  const array = await library.openArray(local);
  hold('pread', local);
  const controller = new AbortController();
  const aborted = array.read(null, { signal: controller.signal });
  const closed = array.read();
  const reads = [failed(aborted, 'AbortError'), failed(closed, 'ClosedError')];
  if (how === 'read-exit') process.exit(3);
  controller.abort();
  await Promise.all([...reads, array.close()]);
  console.log('closed'); // A thread is still in the call, but does not keep the process alive.
}

if (how.startsWith('write')) {
  const controller = new AbortController();
  const { signal } = controller;
  const shape = [64];
  const options = { shape, dtype: 'float32', threads: 1 };
  const place = `${local}.${how}`;
  if (how === 'write-new') {
    const out = await library.createArray(place, { ...options, format: 'npy' });
    hold('pwrite', folder);
    const data = new Float32Array(64).fill(1);
    const write = failed(out.write(null, data, { signal }), 'AbortError');
    while (binding().held_calls() < 1) await sleep(1);
    controller.abort();
    await write;
    check(data.length === 0, 'data that was detached');
    await failed(out.write(null, new Float32Array(64)), 'WriteError');
    await failed(out.close(), 'WriteError');
    check(!readdirSync(folder).some((name) => name.includes(how)), 'no temporary file');
  } else if (how === 'write-existing') {
    await (await library.createArray(place, { ...options, format: 'zarr', overwrite: true })).close();
    const out = await library.openArray(place, { mode: 'r+' });
    hold('pwrite', folder);
    const shared = new Float32Array(new SharedArrayBuffer(256)).fill(1);
    const write = failed(out.write(null, shared, { signal }), 'AbortError');
    while (binding().held_calls() < 1) await sleep(1);
    controller.abort();
    await write;
    check(shared.length === 64, 'shared memory in its place');
    await out.close();
    // The call that hangs may still replace the chunk, so other writers are refused.
    await failed(library.openArray(place, { mode: 'r+' }), 'WriteError');
  } else {
    hold('create', folder);
    const creation = failed(library.createArray(place, { ...options, format: 'npy', signal }), 'AbortError');
    while (binding().held_calls() < 1) await sleep(1);
    controller.abort();
    await creation;
  }
  console.log('abandoned'); // A thread is still in the call, but does not keep the process alive.
}
