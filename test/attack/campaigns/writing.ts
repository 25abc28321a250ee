/**
 * Opens damaged arrays for writing and changes them. Elements that are not written, other files and the metadata must
 * stay as they are, and no temporary file may be left.
 * @module
 */
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { openArray, slice, type WritableArrayHandle, type WritableOpenOptions } from '../../../lib/index.js';
import { randomMutant } from '../../support/fuzz.js';
import type { Random } from '../../support/random.js';
import { elementsOf, type RandomWrite, randomBytes, randomWrite } from '../../support/write-model.js';
import type { Campaign, Case } from '../campaign.js';
import { areEqual, product, resultBytes } from '../results.js';
import { createWriteSeeds, listFiles, type WriteSeed } from '../write-seeds.js';
import { WrittenModel } from '../written-model.js';

/** Maximum number of elements of an array that is read completely. */
const maxElements = 1 << 13;
const canary = 'canary.bin';

export const writingCampaign: Campaign = {
  name: 'writing',
  what: 'damaged arrays that are opened for writing and changed',
  weight: 4,
  quickCases: 1200,
  batchCases: 2000,
  caseCpuMs: 5000,
  missing: () => null,
  async prepare({ folder }) {
    const seeds = await createWriteSeeds(folder);
    return async (test) => {
      const seed = test.random.pick(seeds);
      test.kind(seed.format);
      test.note(seed.name);
      const root = join(folder, 'case');
      fs.rmSync(root, { recursive: true, force: true });
      damage(test, seed, root);
      await change(test, seed, root);
    };
  },
};

/** Writes the files of the seed below `root`. One of them is mutated, and sometimes one is a link to the canary. */
function damage({ random, note }: Case, { files, documents, format }: WriteSeed, root: string): void {
  const names = [...files.keys()];
  const mutated = random.below(2) === 0 ? random.pick(names) : random.pick(documents);
  // Only chunks are links, because chunks are replaced. Data that is changed in place may be behind a link.
  const chunks = names.filter((name) => name !== mutated && !documents.includes(name));
  const linked = (format === 'zarr' || format === 'tiles') && random.below(8) === 0 ? random.pick(chunks) : undefined;
  for (const [name, content] of files) {
    fs.mkdirSync(dirname(join(root, name)), { recursive: true });
    let bytes = content;
    if (name === mutated && random.below(4) !== 0) {
      // The header of a .npy file is at its start; the rest of the file are elements.
      const mutant = randomMutant(content, name.endsWith('.npy') ? 128 : content.length, random);
      note(`${name}: ${mutant.what}`);
      bytes = mutant.bytes;
    }
    if (name === linked) {
      fs.writeFileSync(join(root, canary), bytes);
      fs.symlinkSync(join(root, canary), join(root, name));
      note(`${name} is a link`);
    } else fs.writeFileSync(join(root, name), bytes);
  }
  if (linked === undefined) fs.writeFileSync(join(root, canary), 'canary');
}

type Snapshot = ReadonlyMap<string, Buffer>;

function snapshot(root: string): Snapshot {
  return new Map(listFiles(root).map((name) => [name, fs.readFileSync(join(root, name))]));
}

/** Returns the bytes of the whole array; null if it is large or cannot be read. */
async function readWhole(path: string, array: string | null): Promise<Uint8Array | null> {
  try {
    await using handle = await openArray(path, array === null ? {} : { array });
    return handle.size > maxElements ? null : resultBytes(await handle.read()).slice();
  } catch {
    return null; // The damage is allowed to make the array unreadable; the campaign `mutants` checks the errors.
  }
}

function randomOptions(random: Random, array: string | null, format: string): WritableOpenOptions {
  return {
    mode: 'r+',
    durability: random.pick(['none', 'none', 'data', 'full']),
    lock: random.pick(['exclusive', 'none']),
    ...(array === null ? {} : { array }),
    ...(format === 'zarr' && random.below(3) === 0 ? { writeBackBytes: random.pick([1, 100, 1 << 16]) } : {}),
    ...(format === 'npy' || format === 'raw' ? { writeEngine: random.pick(['auto', 'pwrite', 'direct']) } : {}),
  };
}

async function change(test: Case, seed: WriteSeed, root: string): Promise<void> {
  const { random, report } = test;
  const path = join(root, seed.path);
  const before = snapshot(root);
  const whole = await readWhole(path, seed.array);
  const options = randomOptions(random, seed.array, seed.format);
  test.note(JSON.stringify(options));
  let handle: WritableArrayHandle;
  try {
    handle = await openArray(path, options);
  } catch (error) {
    report.failed(error, 'open');
    for (const problem of differences(before, snapshot(root), []))
      report.wrong(`after an open that failed: ${problem}`);
    return;
  }
  const model = new WrittenModel(handle.shape, handle.dtype, whole);
  for (let n = 1 + random.below(3); n > 0; n -= 1) await changeOnce(test, handle, model);
  try {
    // With write-back, discard() drops changed chunks.
    if (options.writeBackBytes === undefined && random.below(8) === 0) await handle.discard();
    else await handle.close();
  } catch (error) {
    report.failed(error, 'close');
    model.forget();
  }
  for (const problem of differences(before, snapshot(root), model.isGrown ? ['metadata'] : [], seed))
    report.wrong(problem);
  await compare(test, path, seed, model);
  if (model.isExact && (seed.format === 'npy' || seed.format === 'raw')) countBytes(test, seed, before, root, model);
}

/** Writes a random selection, or makes the array longer. */
async function changeOnce(
  { random, report, note }: Case,
  handle: WritableArrayHandle,
  model: WrittenModel,
): Promise<void> {
  const { shape, dtype } = handle;
  const kind = random.below(8);
  try {
    if (kind === 0 && shape.length > 0) {
      const step = [1, ...shape.slice(1)];
      if (product(step) > maxElements) return;
      note('append');
      const bytes = randomBytes(random, product(step), dtype);
      model.beginGrowth();
      await handle.append({ data: elementsOf(bytes, dtype), dtype, shape: step });
      model.append(bytes, handle.shape);
    } else if (kind === 1) {
      const grown = shape.map((size, d) => (d === 0 ? size + random.below(3) : size));
      note(`resize to ${grown.join()}`);
      model.beginGrowth();
      await handle.resize(grown);
      model.resize(grown);
    } else {
      const write = chooseWrite(random, handle);
      if (write === null) return;
      note(`write ${JSON.stringify(write.entries)}`);
      model.begin(write);
      await handle.write(write.entries, { data: elementsOf(write.bytes, dtype), dtype, shape: write.shape });
      model.end(write);
    }
    report.read();
  } catch (error) {
    report.failed(error, 'change');
    if (handle.shape.join() !== shape.join()) report.wrong(`the shape changed from ${shape} to ${handle.shape}`);
  }
}

/** Returns a random write; of a large array, a write of a few elements. Null if the array is empty. */
function chooseWrite(random: Random, { shape, dtype }: WritableArrayHandle): RandomWrite | null {
  if (shape.includes(0)) return null;
  if (product(shape) <= maxElements) return randomWrite(random, shape, dtype);
  const indices = shape.map((length) => {
    const at = random.below(2) === 0 ? 0 : length - 1;
    return [at];
  });
  const entries = indices.map(([at = 0]) => slice(at, at + 1));
  return { entries, indices, shape: shape.map(() => 1), bytes: randomBytes(random, 1, dtype) };
}

/** Lists the files that differ in a way that no write explains. */
function differences(
  before: Snapshot,
  after: Snapshot,
  changed: readonly 'metadata'[],
  seed?: WriteSeed,
): readonly string[] {
  const problems: string[] = [];
  const isData = (name: string): boolean =>
    seed !== undefined && name.startsWith(seed.path) && !seed.documents.includes(name);
  const isDocument = (name: string): boolean => seed?.documents.includes(name) === true;
  for (const [name, bytes] of before) {
    const now = after.get(name);
    if (isData(name) || (isDocument(name) && (changed.length > 0 || name.endsWith('.npy')))) continue;
    if (now === undefined) problems.push(`${name} was removed`);
    else if (!bytes.equals(now)) problems.push(`${name} was changed`);
  }
  for (const name of after.keys()) {
    if (before.has(name)) continue;
    const last = name.slice(name.lastIndexOf('/') + 1);
    if (!isData(name) || last.startsWith('.')) problems.push(`${name} was left`);
  }
  return problems;
}

/** Reads the array again, and compares the elements that are known. */
async function compare({ report }: Case, path: string, { array }: WriteSeed, model: WrittenModel): Promise<void> {
  const last = model.lastWrite;
  const readsAll = model.isComplete;
  if (!readsAll && last === null) return;
  try {
    await using handle = await openArray(path, array === null ? {} : { array });
    if (handle.shape.join() !== model.shape.join())
      report.wrong(`the shape is ${handle.shape}, expected ${model.shape}`);
    else if (readsAll) {
      const problem = model.difference(resultBytes(await handle.read()));
      if (problem !== null) report.wrong(problem);
    } else if (last !== null && !areEqual(resultBytes(await handle.read(last.entries)), last.bytes))
      report.wrong('the elements of the last write are not in the array');
  } catch (error) {
    report.failed(error, 'read again');
    report.wrong(`the array cannot be read after writes that succeeded: ${error}`);
  }
}

/** Checks that the file differs in as many bytes as the elements. */
function countBytes({ report }: Case, seed: WriteSeed, before: Snapshot, root: string, model: WrittenModel): void {
  const old = before.get(seed.path);
  const now = fs.readFileSync(join(root, seed.path));
  if (old === undefined) return;
  if (old.length !== now.length) report.wrong(`the file has ${now.length} bytes, before ${old.length}`);
  const changed = old.reduce((sum, byte, i) => sum + (byte === now[i] ? 0 : 1), 0);
  if (changed !== model.changedBytes)
    report.wrong(`${changed} bytes of the file changed, but ${model.changedBytes} bytes of elements`);
}
