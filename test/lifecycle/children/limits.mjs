// Tests a process with many arrays and many reads. Arguments: case, and directory with matrix.npy, plain-<n>.npy and
// tiles.

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { binding, check, checkCounting, descriptorsOf, dropIdleFiles, library, memoryKib, sleep } from './library.mjs';

const [, , name, folder] = process.argv;
const { configure, openArray, readSubset, slice } = library;
const at = (file) => `${folder}/${file}`;

function poolThreads() {
  return readdirSync('/proc/self/task').filter((id) => {
    try {
      // This matches only threads that read, not the threads that watch for stuck calls and broken leases.
      return /^posixpar-(c|io)/.test(readFileSync(`/proc/self/task/${id}/comm`, 'utf8'));
    } catch {
      return false; // The thread has ended in the meantime.
    }
  }).length;
}

/** Checks a row of matrix.npy, whose 1000 x 1000 float32 elements count from 0. */
function checkRow(row, data) {
  for (let i = 0; i < 1000; i++)
    if (data[i] !== row * 1000 + i) throw new Error(`Row ${row}: found ${data[i]} at ${i}`);
}

const cases = {
  /** Opens, reads and closes 10,000 arrays of 100 files. */
  async opens() {
    const before = descriptorsOf('');
    for (let round = 0; round < 100; round++) {
      const arrays = await Promise.all(Array.from({ length: 100 }, (_, n) => openArray(at(`plain-${n}.npy`))));
      for (const array of arrays) checkCounting(array.readSync().data, 16);
      await Promise.all(arrays.map((array) => array.close()));
    }
    // Threads of the pool may still be about to release files of the last reads.
    for (let tries = 0; tries < 1000 && descriptorsOf(folder) > 64; tries++) await sleep(10);
    check(descriptorsOf(folder) <= 64, `at most 64 files kept open, found ${descriptorsOf(folder)}`);
    for (let tries = 0; tries < 1000 && descriptorsOf(folder) > 0; tries++) {
      dropIdleFiles();
      await sleep(10);
    }
    check(descriptorsOf(folder) === 0, `no file left open, found ${descriptorsOf(folder)}`);
    check(descriptorsOf('') <= before + 2, `${before} descriptors as before, found ${descriptorsOf('')}`);
  },

  /** Opens files until no descriptor is left. Opening must then fail with an error, and work again afterwards. */
  async descriptors() {
    // The limit is not set earlier, because Node needs descriptors to load the modules of the library.
    execFileSync('prlimit', ['--pid', String(process.pid), '--nofile=64']);
    const arrays = [];
    let refused;
    for (let n = 0; n < 100 && refused === undefined; n++) {
      try {
        arrays.push(await openArray(at(`plain-${n}.npy`)));
      } catch (error) {
        refused = error;
      }
    }
    check(refused?.name === 'ReadError' && refused.code === 'EMFILE', `a ReadError EMFILE, found ${refused}`);
    check(
      refused.errno === 24 && refused.path.startsWith(folder),
      `its errno and path, found ${refused.errno} ${refused.path}`,
    );
    // Files that are already open must stay usable.
    for (const array of arrays) checkCounting((await array.read()).data, 16);
    for (const array of arrays) await array.close();
    for (let n = 0; n < 100; n++) checkCounting((await readSubset(at(`plain-${n}.npy`))).data, 16);
    // Reads 400 tiles, of which only a few are open at a time.
    const tiles = await readSubset(at('tiles'));
    checkCounting(tiles.data, 160000);
  },

  /** Runs 1,500 reads at the same time: of one array, and of many arrays. */
  async reads() {
    const matrix = await openArray(at('matrix.npy'));
    const expected = binding().info();
    const reads = Array.from({ length: 1000 }, (_, row) =>
      row % 2 === 0 ? matrix.read([row]) : matrix.readInto(new Float32Array(1000), [row]),
    );
    const columns = Array.from({ length: 200 }, (_, column) => matrix.read([null, column], { engine: 'pread' }));
    const opened = Array.from({ length: 300 }, (_, n) => readSubset(at(`plain-${n % 100}.npy`)));
    const threads = poolThreads();
    for (const [row, { data }] of (await Promise.all(reads)).entries()) checkRow(row, data);
    for (const [column, { data }] of (await Promise.all(columns)).entries()) {
      for (let row = 0; row < 1000; row++) check(data[row] === row * 1000 + column, `${column} of row ${row}`);
    }
    for (const { data } of await Promise.all(opened)) checkCounting(data, 16);
    const limit = expected.threads + expected.ioThreads;
    check(Number.isInteger(limit), 'info() to say how many threads there may be');
    check(threads <= limit && poolThreads() <= limit, `at most ${limit} threads, found ${poolThreads()}`);
    await matrix.close();
  },

  /** Resizes the pool repeatedly while reads run, including uncached ones. */
  async configure() {
    const matrix = await openArray(at('matrix.npy'));
    const fault = { op: 'pread', action: 'cold', path: 'matrix', skip: 0, times: 0, value: 0 };
    const reading = [];
    for (let round = 0; round < 300; round++) {
      if (round % 100 === 50) binding().set_faults([fault]);
      if (round % 100 === 0) binding().set_faults([]);
      configure({ threads: 1 + (round % 7), ioThreads: 1 + ((round * 5) % 11) });
      const from = (round * 37) % 900;
      reading.push(matrix.read([slice(from, from + 100)]).then(({ data }) => [from, data]));
      if (round % 3 === 0) checkRow(from, matrix.readSync([slice(from, from + 100)], { threads: 4 }).data);
      if (round % 10 === 0) await sleep(1);
    }
    for (const [from, data] of await Promise.all(reading)) {
      for (let i = 0; i < data.length; i++) check(data[i] === from * 1000 + i, `row ${from} to be right`);
    }
    binding().set_faults([]);
    configure({ threads: 2, ioThreads: 3 });
    checkRow(7, (await matrix.read([7])).data);
    const { threads, ioThreads } = binding().info();
    check(threads === 2 && ioThreads === 3, `2 and 3 threads, found ${threads} and ${ioThreads}`);
    await matrix.close();
  },
};

await cases[name]();
check(memoryKib('VmRSS') > 0, 'to be alive');
console.log('ok');
