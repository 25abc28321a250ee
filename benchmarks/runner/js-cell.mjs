/**
 * Runs a contender that is a JavaScript module: `node js-cell.mjs CONTENDER CONFIG`. Answers the runner line by line
 * (see runner/cell.mjs).
 *
 * A contender exports `open(config)`, which returns an object with
 * - `prepare(selection)`: converts the selection to the contender's form; not timed;
 * - `read(prepared, target)`: reads into `target`, or into new memory if `target` is null; returns a typed array or a
 *   promise of one;
 * - `allocate(length)`: optional; returns a Float32Array as a target;
 * - `readSync(prepared)`: required if `config.sync` is set;
 * - `cool()`: optional; unmaps files, because mapped pages cannot be evicted;
 * - `close()`.
 *
 * Alternatively, the object has `measure()`, which runs one round and returns `{ms, ...}`, and `verify()`, which
 * returns the checksum.
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
/**
 * The selections for which targets are allocated. With `into: 'reused'`, each selection has a target. With `into:
 * 'slots'`, each read in flight has one, as in fio. Without `into`, each read allocates its result.
 */
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

/** Keeps `config.inFlight` reads in flight. */
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
  // A background thread frees the memory of array buffers.
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
