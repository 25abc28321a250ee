/**
 * Creates damaged files, and limits the cost of parsing each of them. The damaged files are the same in each run and on
 * each machine. POSIX_PAR_MUTANTS sets their number per test file; POSIX_PAR_SEED selects other damaged files.
 * @module
 */
import { isPosixParError } from '../../lib/core/errors.js';
import { guardMessage } from '../../lib/io/guard.js';
import { Random } from './random.js';

/** A damaged file and a description of the damage. */
export interface Mutant {
  readonly what: string;
  readonly bytes: Uint8Array;
}

export const fuzzSeed = Number(process.env['POSIX_PAR_SEED'] ?? 20_261_122);

/**
 * Returns the number of mutants for each of `files` files. This is an equal share of POSIX_PAR_MUTANTS, or else of
 * `usual`.
 */
export function mutantCount(usual: number, files: number): number {
  return Math.ceil(Number(process.env['POSIX_PAR_MUTANTS'] ?? usual) / files);
}

/**
 * Runs `body`. Returns true if it ends without an error.
 * @param allowedCpuMs maximum CPU time. Wall-clock time would depend on the load of the machine.
 * @throws if `body` fails with an error that is not of this library, or exceeds the limits for memory or time. The
 * message contains `what` and the seed.
 */
export function attempt(what: string, allowedBytes: number, body: () => void, allowedCpuMs = 1000): boolean {
  const complain = (problem: string, cause?: unknown) =>
    new Error(`POSIX_PAR_SEED=${fuzzSeed}, ${what}: ${problem}`, { cause });
  const cpuBefore = process.cpuUsage();
  const before = process.memoryUsage();
  let opened = true;
  try {
    body();
  } catch (error) {
    const isForeseen = isPosixParError(error) && !error.message.includes(guardMessage);
    if (!isForeseen) throw complain(`ended in ${String(error)}`, error);
    opened = false;
  }
  const after = process.memoryUsage();
  const grown = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
  if (grown > allowedBytes) throw complain(`${grown} bytes were allocated`);
  const { user, system } = process.cpuUsage(cpuBefore);
  if (user + system > 1000 * allowedCpuMs) throw complain(`it took ${(user + system) / 1000} ms of the processor`);
  return opened;
}

/** Boundary values of fields of 2, 4 and 8 bytes, and of exact doubles. */
const edges = [
  0n,
  1n,
  2n,
  0x7fn,
  0xffn,
  0x7fffn,
  0xffffn,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
];
const byteChanges: readonly ((old: number) => number)[] = [
  () => 0,
  () => 0xff,
  () => 0x30,
  (old) => old ^ 0x80,
  (old) => old + 1,
  (old) => old - 1,
];
/** Number of kinds of single changes: bytes, fields of three widths in two byte orders, and truncation. */
const kinds = byteChanges.length + 6 * edges.length + 1;

/** Applies a change of kind `kind` to `file` at `at`. A field that would exceed `end` begins earlier. */
function change(file: Uint8Array, at: number, end: number, kind: number): Mutant {
  if (kind === kinds - 1) return { what: `cut off at ${at}`, bytes: file.slice(0, at) };
  const bytes = Uint8Array.from(file);
  const view = new DataView(bytes.buffer);
  const byteChange = byteChanges[kind];
  if (byteChange !== undefined) {
    const value = byteChange(file[at] ?? 0) & 0xff;
    view.setUint8(at, value);
    return { what: `byte ${at} = ${value}`, bytes };
  }
  const field = kind - byteChanges.length;
  const edge = edges[Math.floor(field / 6)] ?? 0n;
  const bits = ([16, 32, 64] as const)[field % 3] ?? 16;
  const little = field % 6 < 3;
  const from = Math.max(0, Math.min(at, end - bits / 8));
  if (bits / 8 > end) return { what: 'nothing', bytes };
  if (bits === 16) view.setUint16(from, Number(edge & 0xffffn), little);
  else if (bits === 32) view.setUint32(from, Number(edge & 0xffffffffn), little);
  else view.setBigUint64(from, edge, little);
  return { what: `u${bits} ${little ? 'LE' : 'BE'} at ${from} = ${edge}`, bytes };
}

/**
 * Applies one to four changes at random positions. They include flipped bits and moved bytes, so that addresses and
 * blocks move and cycles appear.
 */
function changes(file: Uint8Array, places: readonly number[], end: number, random: Random): Uint8Array {
  let bytes = Uint8Array.from(file);
  for (let n = 1 + random.below(4); n > 0; n -= 1) {
    const at = Math.max(0, random.pick(places) - random.below(8));
    const kind = random.below(5);
    if (kind === 0) bytes[at] = random.below(256);
    else if (kind === 1) bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
    else if (kind === 2) {
      const from = random.pick(places);
      bytes.copyWithin(at, from, from + Math.min(1 + random.below(16), end - from, end - at));
    } else bytes = Uint8Array.from(change(bytes, at, end, random.below(kinds - 1)).bytes);
  }
  return bytes;
}

/**
 * Creates a random mutant of the first `span` bytes of `file`, with one change or several.
 * @param places positions that may be changed. Default: the whole span.
 */
export function randomMutant(file: Uint8Array, span: number, random: Random, places?: readonly number[]): Mutant {
  const end = Math.min(span, file.length);
  const at = (): number => (places === undefined ? random.below(end) : random.pick(places));
  if (random.below(2) === 0) return change(file, at(), end, random.below(kinds));
  const few = Array.from({ length: 8 }, at);
  return { what: `several changes near ${few.join(', ')}`, bytes: changes(file, few, end, random) };
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/**
 * Creates `count` mutants of the first `span` bytes of `file`. Every second mutant has a single change; no single
 * change repeats until all were used. The other mutants have several changes.
 * @param places positions that may be changed. Default: the whole span.
 */
export function* mutants(
  file: Uint8Array,
  span: number,
  count: number,
  places: readonly number[] = Array.from({ length: Math.min(span, file.length) }, (_, i) => i),
): Generator<Mutant> {
  const end = Math.min(span, file.length);
  const total = places.length * kinds;
  // The step is coprime to the total, so each single change is visited once. It is near the golden section of the
  // total, so any number of steps is spread over the whole file.
  let step = Math.round(total * 0.618);
  while (gcd(step, total) !== 1) step += 1;
  const random = new Random(fuzzSeed);
  let next = random.below(total);
  for (let i = 0; i < count; i += 1) {
    if (i % 2 === 1) {
      yield { what: `mutant ${i}`, bytes: changes(file, places, end, random) };
      continue;
    }
    yield change(file, places[Math.floor(next / kinds)] ?? 0, end, next % kinds);
    next = (next + step) % total;
  }
}
