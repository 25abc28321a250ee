// Calls the native `read` of the addon directly, with randomly changed plans. Arguments: folder, seed, rounds. The
// folder holds a.npy (64 x 64 float32), tiles and zarr. Prints how the calls ended.

const base = process.env.POSIX_PAR_LIBRARY;
const { openArray, slice } = await import(new URL('index.js', base).href);
const { answerWordCount, lookupKinds } = await import(new URL('core/generated/lookup.js', base).href);
const { binding } = await import(new URL('native/binding.js', base).href);
const [, , folder, seedText, rounds] = process.argv;

let state = Number(seedText) >>> 0;
/** xorshift32: returns a random integer below `end`. */
function below(end) {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  state >>>= 0;
  return state % end;
}

// Copies of the arguments that the library passes to the addon.
const native = binding();
const read = native.read;
const originals = [];
native.read = (words, tables, strings, handles, target, stats, callback) => {
  originals.push({
    words: words.slice(),
    tables: tables.map((table) => table.slice()),
    strings: [...strings],
    handles: [...handles],
    target: target.length,
    Type: target.constructor,
  });
  return read(words, tables, strings, handles, target, stats, callback);
};
const selections = [[], [slice(3, 40, 3)], [[5, 1, 1, 60], slice(null, null, -2)], [-1, 7]];
const arrays = [];
for (const name of ['a.npy', 'tiles', 'zarr']) {
  const array = await openArray(`${folder}/${name}`);
  arrays.push(array);
  for (const selection of selections) {
    array.readSync(selection);
    array.readSync(selection, { as: 'int16', overflow: 'wrap', engine: 'pread' });
  }
}
const released = native.open_directory(folder, null);
native.release(released);
const none = new Uint8Array(0);
const answers = new Float64Array(answerWordCount);
const roots = native.lookup(lookupKinds.indexOf('root'), [folder], new Float64Array(1), [none], answers, null, null);
const pool = [...new Set(originals.flatMap(({ handles }) => handles)), released, roots];

const numbers = [
  0,
  1,
  -1,
  2,
  3,
  7,
  16,
  33,
  64,
  255,
  4096,
  65536,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53,
  -(2 ** 53),
  2 ** 63,
  0.5,
  NaN,
  Infinity,
  -Infinity,
  1e300,
];
const odd = [
  undefined,
  null,
  5,
  'text',
  {},
  [],
  new Uint8Array(8),
  new Float64Array(3),
  new DataView(new ArrayBuffer(8)),
  Symbol('x'),
  7n,
  () => 0,
];
const account = new Float64Array(19);
const guard = 64;
const ends = {};
const waiting = [];

function note(kind) {
  ends[kind] = (ends[kind] ?? 0) + 1;
}

for (let round = 0; round < Number(rounds); round++) {
  const original = originals[below(originals.length)];
  const words = original.words.slice();
  const tables = original.tables.map((table) => table.slice());
  const strings = [...original.strings];
  const handles = [...original.handles];
  const memory = new original.Type(original.target + 2 * guard).fill(77);
  let target = memory.subarray(guard, guard + original.target);
  let list = tables;
  for (let n = 1 + below(3); n > 0; n--) {
    const what = below(24);
    if (what < 15) {
      const at = below(Math.min(words.length, 70));
      words[at] = below(3) === 0 ? words[at] + (below(2) === 0 ? 1 : -1) : numbers[below(numbers.length)];
    } else if (what < 18 && tables.length > 0) {
      const table = tables[below(tables.length)];
      if (table.length > 0) table[below(table.length)] = numbers[below(numbers.length)];
    } else if (what === 18 && handles.length > 0) handles[below(handles.length)] = pool[below(pool.length)];
    else if (what === 19 && strings.length > 0)
      strings[below(strings.length)] = ['', '../../etc/passwd', 'x\0y', '/', 'a'.repeat(5000)][below(5)];
    else if (what === 20) list = [...tables, odd[below(odd.length)]];
    else if (what === 21) handles.push(odd[below(odd.length)]);
    else if (what === 22) target = memory.subarray(guard, guard + below(original.target + 1));
    else strings.push(odd[below(odd.length)]);
  }
  const odds = below(40) === 0 ? below(6) : -1;
  const args = [words, list, strings, handles, target, account].map((value, i) =>
    i === odds ? odd[below(odd.length)] : value,
  );
  const check = () => {
    const end = guard + target.length;
    for (let i = 0; i < guard; i++) if (memory[i] !== 77) throw new Error(`Round ${round}: written before the target`);
    for (let i = end; i < memory.length; i++)
      if (memory[i] !== 77) throw new Error(`Round ${round}: written behind the target`);
  };
  try {
    if (below(4) !== 0) {
      const outcome = read(...args, null);
      note(outcome === null ? 'read' : outcome.kind);
      check();
    } else {
      let ended;
      const end = new Promise((resolve) => {
        ended = resolve;
      });
      const outcome = read(...args, (error) => {
        note(error === null ? 'read' : error.kind);
        check();
        ended();
      });
      if (typeof outcome === 'number') {
        waiting.push(end);
      } else {
        note(outcome === null ? 'read' : outcome.kind);
        check();
      }
    }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    note('TypeError');
  }
  if (waiting.length > 50) await Promise.all(waiting.splice(0));
}
await Promise.all(waiting);
native.read = read;
// Checks that the process still reads correctly.
for (const array of arrays) {
  const { data } = await array.read();
  for (let i = 0; i < data.length; i++) if (data[i] !== i) throw new Error(`Element ${i} is ${data[i]} afterwards`);
  await array.close();
}
console.log(JSON.stringify(ends));
