// Garbage collection under pressure: collect.mjs PATH ELEMENTS, with --expose-gc.
import { always, binding, check, checkCounting, descriptorsOf, dropIdleFiles, library, sleep } from './library.mjs';

const [path, count] = process.argv.slice(2);
const elements = Number(count);
const { gc } = globalThis;

// Results are dropped while others are read.
{
  const array = await library.openArray(path);
  for (let i = 0; i < 3000; i++) {
    void array.readSync([i % 4, library.slice(0, 40000)]);
    if (i % 100 === 0) gc();
  }
  for (let i = 0; i < 60; i++) {
    const reads = Array.from({ length: 20 }, (_, k) => array.read([k % 4, library.slice(0, 50000)]));
    gc();
    const results = await Promise.all(reads);
    for (const [k, { data }] of results.entries()) check(data[5] === ((k % 4) * elements) / 4 + 5, 'the right row');
  }
  await array.close();
}

// Only the read refers to its target and its array.
{
  const start = async () => {
    const array = await library.openArray(path);
    always({ op: 'pread', action: 'delay', value: 20, path });
    return array.readInto(new Float32Array(elements));
  };
  const reading = (async () => checkCounting((await start()).data, elements))();
  for (let i = 0; i < 15; i++) {
    gc();
    void new Float32Array(elements).fill(-1);
    await sleep(2);
  }
  await reading;
  binding().set_faults([]);
}

// A forgotten handle emits a warning and closes its file.
const warnings = [];
process.on('warning', (warning) => warnings.push(warning));
const forgotten = path.replace('.npy', '-forgotten.npy');
await (async () => void (await library.openArray(forgotten)).readSync([0]))();
for (let i = 0; i < 200 && warnings.length === 0; i++) {
  gc();
  await sleep(5);
}
const said = warnings.filter(({ message }) => message.includes(forgotten));
check(said.length === 1 && said[0].name === 'PosixParWarning', 'one warning of the forgotten handle');
dropIdleFiles();
check(descriptorsOf(forgotten) === 0, 'no descriptor of the forgotten handle');
console.log('ok');
