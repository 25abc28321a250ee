// Reads while garbage is collected very often. Usage: node --expose-gc collect.mjs PATH ELEMENTS
import { always, binding, check, checkCounting, descriptorsOf, library, sleep, untilClosed } from './library.mjs';

const [path, count] = process.argv.slice(2);
const elements = Number(count);
const { gc } = globalThis;

// Drops results and collects garbage while other results are read.
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

// Collects garbage during a read whose target and array have no other references.
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

// Checks that a warning is emitted and the file is closed if a handle is collected that was not closed.
const warnings = [];
process.on('warning', (warning) => warnings.push(warning));
const forgotten = path.replace('.npy', '-forgotten.npy');
await (async () => void (await library.openArray(forgotten)).readSync([0]))();
const saidOf = () => warnings.filter(({ message }) => message.includes(forgotten));
for (let i = 0; i < 2000 && saidOf().length === 0; i++) {
  gc();
  await sleep(5);
}
const said = saidOf();
check(said.length === 1 && said[0].name === 'PosixParWarning', 'one warning of the forgotten handle');
await untilClosed(forgotten);
check(descriptorsOf(forgotten) === 0, 'no descriptor of the forgotten handle');
console.log('ok');
