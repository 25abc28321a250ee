/**
 * A cell whose contender is a module: `node js-cell.mjs CONTENDER CONFIG`. Answers the runner line by line (runner/cell.mjs).
 *
 * A contender exports `open(config)`, which gives an object with
 * - `prepare(selection)`: the selection in the contender's own form; not timed;
 * - `read(prepared, target)`: reads it into `target`, or into new memory where that is null; a typed array or a promise of one;
 * - `allocate(length)`, where it has memory of its own for targets: a Float32Array;
 * - `readSync(prepared)` where `config.sync` asks for it;
 * - `cool()`, where it may hold a mapping, which would keep pages of its file in the page cache;
 * - `close()`;
 * or one with `measure()`, which gives `{ms, ...}` of a round of its own kind, and `verify()`, which gives the checksum.
 */
import { createInterface } from 'node:readline';
import { Checksum } from './checksum.mjs';
import { elementsOf } from './selection.mjs';

const [, , modulePath, configText] = process.argv;
const config = JSON.parse(configText);
const contender = await (await import(modulePath)).open(config);

const answer = (object) => process.stdout.write(`${JSON.stringify(object)}\n`);
const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const prepared = contender.measure === undefined ? config.selections.map((s) => contender.prepare(s)) : [];
const allocate = (length) => contender.allocate?.(length) ?? new Float32Array(length);
/** `into`: 'reused' is a target for each selection, 'slots' one for each read under way, as fio has them; else new memory. */
const sharers =
  { reused: config.selections, slots: config.selections.slice(0, config.inFlight ?? 1) }[config.into] ?? [];
const targets = sharers.map((s) => allocate(elementsOf(s, config.shape)).fill(1));

async function readAll(each) {
  for (let i = 0; i < prepared.length; i++) {
    const read = config.sync
      ? contender.readSync(prepared[i])
      : contender.read(prepared[i], targets[i % targets.length] ?? null);
    const data = read instanceof Promise ? await read : read;
    each?.(data);
  }
}

/** `config.inFlight` reads at a time: each that ends starts the next. */
async function readConcurrently() {
  let next = 0;
  const lane = async (_, slot) => {
    while (next < prepared.length) {
      const i = next++;
      await contender.read(prepared[i], targets[config.into === 'slots' ? slot : i] ?? null);
    }
  };
  await Promise.all(Array.from({ length: config.inFlight }, lane));
}

async function verify() {
  if (contender.verify !== undefined) return { checksum: await contender.verify() };
  const sums = new Checksum();
  await readAll((data) => sums.add(data));
  return { checksum: sums.text() };
}

async function settle() {
  globalThis.gc();
  // Memory of array buffers is given back by a thread of its own.
  await new Promise((resolve) => setTimeout(resolve, 100));
  return {};
}

async function cool() {
  await contender.cool?.();
  return {};
}

async function round(repeats) {
  if (contender.measure !== undefined) return await contender.measure();
  globalThis.gc();
  const ms = [];
  const cpu = cpuMs();
  for (let i = 0; i < repeats; i++) {
    const start = performance.now();
    await (config.inFlight > 1 ? readConcurrently() : readAll());
    ms.push(performance.now() - start);
  }
  return { ms, cpuMs: (cpuMs() - cpu) / repeats };
}

const commands = { verify, settle, cool, round };

answer({ ready: true });
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'quit') break;
  try {
    const [command, repeats] = line.split(' ');
    answer(await commands[command](Number(repeats)));
  } catch (error) {
    answer({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}
await contender.close?.();
