/**
 * Grows each field of the formats in its arguments, and prints one line of JSON per field. The growth tests run this
 * program in a child process, so that a hang or a full heap only ends that process.
 * @module
 */
import { Random } from '../random.js';
import type { HostileCase } from './case.js';
import { examine } from './examine.js';
import { type HostileFormat, hostileCases } from './hostile.js';
import { readValues } from './read-values.js';

/** Measurements of one growing field. */
export interface Measured {
  readonly name: string;
  /** One entry per size, smallest first. */
  readonly sizes: readonly {
    readonly size: number;
    readonly fileBytes: number;
    readonly steps: number;
    readonly cpuMs: number;
    /** Growth of the heap and of buffers in bytes, before garbage collection and without the files. */
    readonly grownBytes: number;
  }[];
  readonly refusals: readonly string[];
  /** Reasons why the field fails the test; empty if it passes. */
  readonly complaints: readonly string[];
}

/**
 * Sizes to which a field grows. The first size is small enough that quadratic cost is measured and does not look like a
 * hang.
 */
const sizes = [5e4, 5e5, 5e6];
/**
 * Sizes to which a field of a variant grows. They are small to save time, but still reveal quadratic cost. With
 * POSIX_PAR_HOSTILE=full, variants also use `sizes`.
 */
const variantSizes = [1e4, 1e5];
const isFull = process.env['POSIX_PAR_HOSTILE'] === 'full';
/**
 * Maximum ratio of the costs of two sizes that differ by a factor of 10. It is far above noise, and far below 100, the
 * ratio of quadratic cost.
 */
const maxRatio = 40;
/** Smaller costs count as these costs when a ratio is computed, because they are mostly noise. */
const baseMs = 50;
const baseSteps = 100_000;
/** Maximum memory for parsing a file: a fixed number of bytes, and a number of bytes per byte of the file. */
const baseBytes = 512 * 2 ** 20;
const bytesPerByte = 48;
const attempts = 3;

async function measureOnce(
  hostile: HostileCase,
  size: number,
): Promise<Measured['sizes'][number] & { problems: string[]; refusals: readonly string[] }> {
  const files = hostile.make(size, new Random(size));
  const fileBytes = Object.values(files).reduce((sum, content) => sum + content.length, 0);
  globalThis.gc?.();
  const before = process.memoryUsage();
  const cpuBefore = process.cpuUsage();
  const { steps, refusals, surprises } = examine(files, hostile);
  const read = await readValues(files, hostile);
  const { user, system } = process.cpuUsage(cpuBefore);
  const after = process.memoryUsage();
  const grownBytes = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
  const problems = [...surprises, ...read.surprises].map((text) => `size ${size} ended in ${text}`);
  const allowed = baseBytes + bytesPerByte * fileBytes;
  if (grownBytes > allowed) problems.push(`size ${size} took ${grownBytes} bytes of memory, more than ${allowed}`);
  return {
    size,
    fileBytes,
    steps,
    cpuMs: (user + system) / 1000,
    grownBytes,
    problems,
    refusals: [...refusals, ...read.refusals],
  };
}

async function measure(hostile: HostileCase): Promise<Measured> {
  const measured: Measured['sizes'][number][] = [];
  const complaints: string[] = [];
  let refusals: readonly string[] = [];
  for (const size of hostile.isVariant === true && !isFull ? variantSizes : sizes) {
    const last = measured.at(-1);
    for (let attempt = 1; ; attempt += 1) {
      const { problems, refusals: refused, ...found } = await measureOnce(hostile, size);
      refusals = refused;
      const isSlow = found.cpuMs > maxRatio * Math.max(baseMs, last?.cpuMs ?? baseMs);
      // A busy machine can make one attempt slow by chance. A parser that is really slow fails all attempts.
      if (isSlow && attempt < attempts) continue;
      complaints.push(...problems);
      if (isSlow) complaints.push(`size ${size} took ${found.cpuMs} ms, a tenth of it ${last?.cpuMs ?? 0} ms`);
      if (found.steps > maxRatio * Math.max(baseSteps, last?.steps ?? baseSteps)) {
        complaints.push(`size ${size} took ${found.steps} steps, a tenth of it ${last?.steps ?? 0}`);
      }
      measured.push(found);
      break;
    }
    if (complaints.length > 0) break;
  }
  return { name: hostile.name, sizes: measured, refusals, complaints };
}

for (const format of process.argv.slice(2) as HostileFormat[]) {
  for (const hostile of hostileCases(format)) {
    process.stdout.write(`${JSON.stringify({ begins: hostile.name })}\n`);
    process.stdout.write(`${JSON.stringify(await measure(hostile))}\n`);
  }
}
