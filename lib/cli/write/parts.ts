/**
 * Copies the elements of an array into the selection of another one, part by part, so that they need not fit into
 * memory.
 * @module
 */
import {
  type ArrayHandle,
  type Overflow,
  slice,
  type WritableArrayHandle,
  type WriteExplanation,
  type WriteStats,
} from '../../index.js';
import type { Context } from '../context.js';
import { UsageError } from '../exit-codes.js';
import { elementBytes } from '../facts.js';
import { formatShape } from '../output/numbers.js';
import { printable } from '../output/table.js';
import { isComplex } from '../read/elements.js';
import { splitSelection } from '../read/parts.js';

/** Intended maximum size of a part in bytes. Two parts are in memory at a time. */
const partBytes = 64 << 20;

const summed = [
  'bytesGiven',
  'bytesWritten',
  'bytesRead',
  'chunks',
  'chunksMerged',
  'chunksOmitted',
  'shards',
  'systemCalls',
] as const;

/**
 * Sums of the statistics of all parts. `elapsedMs` is the time of reading and writing; `engine` and `engineReason` are
 * those of the last part.
 */
export type WriteTotals = Pick<WriteStats, (typeof summed)[number] | 'engine' | 'engineReason' | 'elapsedMs'>;

/**
 * Checks that the elements of `source` can be written into a selection of `target`.
 * @param shape shape of the selection. @param input path of the source, as the caller gave it.
 * @throws {UsageError} if the shapes differ, or if an array is complex and the other one has another type.
 */
export function checkElements(
  source: ArrayHandle,
  target: WritableArrayHandle,
  shape: readonly number[],
  input: string,
): void {
  const isSame = source.shape.length === shape.length && shape.every((length, d) => length === source.shape[d]);
  if (!isSame) {
    throw new UsageError(
      `Expected an array of shape ${formatShape(shape)}, as the selection, for -i, ` +
        `found shape ${formatShape(source.shape)} in ${printable(input)}`,
    );
  }
  if ((isComplex(source.dtype) || isComplex(target.dtype)) && source.dtype !== target.dtype) {
    throw new UsageError(`Expected ${target.dtype} elements for -i, found ${source.dtype} in ${printable(input)}`);
  }
}

/** The selection that is written, its explanation, and the treatment of values that do not fit. */
export interface PreparedWrite {
  /** Selection as text; '' for the whole array. */
  readonly selection: string;
  readonly explanation: WriteExplanation;
  readonly overflow: Overflow | undefined;
}

/**
 * Reads `source` and writes it, both in parts of about 64 MiB. Reads the next part while one is written.
 * @throws as `ArrayHandle.read` and `WritableArrayHandle.write`. Parts that were written stay written.
 */
export async function writeParts(
  source: ArrayHandle,
  target: WritableArrayHandle,
  { selection, explanation, overflow }: PreparedWrite,
  context: Context,
): Promise<WriteTotals> {
  const startedMs = performance.now();
  const { shape, runs } = explanation;
  const size = elementBytes(source.dtype);
  // Elements that are written in place need not be written in complete chunks.
  const unit = runs > 0 ? target.shape.map(() => 1) : (target.shardShape ?? target.chunkShape);
  const parts = splitSelection(selection, target.shape, unit, shape, Math.floor(partBytes / size));
  const long = shape.findIndex((length) => length > 1);
  const total = source.size * size;
  const rowElements = long < 0 ? source.size : source.size / (shape[long] ?? 1);
  const { signal } = context;
  const meter = context.progress('writing');
  let row = 0;
  const read = (i: number): ReturnType<ArrayHandle['read']> | null => {
    const part = parts[i];
    if (part === undefined) return null;
    const rows = part.elements / rowElements;
    const result =
      parts.length === 1
        ? source.read(null, { signal })
        : source.read(
            shape.map((_, d) => (d === long ? slice(row, row + rows) : null)),
            { signal },
          );
    row += rows;
    result.catch(() => {}); // Avoids an unhandled rejection. The error is thrown when this part is awaited.
    return result;
  };
  let before = 0;
  let totals: WriteTotals | null = null;
  let next = read(0);
  try {
    for (let i = 0; next !== null; i++) {
      const data = await next;
      next = read(i + 1);
      const stats = await target.write(parts[i]?.selection ?? '', data, {
        ...(overflow === undefined ? {} : { overflow }),
        signal,
        onProgress: ({ bytesDone }) => meter.update(before + bytesDone, total),
      });
      before += stats.bytesGiven;
      totals = add(totals, stats);
    }
  } finally {
    meter.stop();
    await next?.catch(() => {});
  }
  if (totals === null) throw new Error('A selection has at least one part');
  return { ...totals, elapsedMs: performance.now() - startedMs };
}

function add(before: WriteTotals | null, stats: WriteStats): WriteTotals {
  const sums = summed.map((key) => [key, (before?.[key] ?? 0) + stats[key]] as const);
  const { engine, engineReason, elapsedMs } = stats;
  return {
    ...(Object.fromEntries(sums) as Pick<WriteTotals, (typeof summed)[number]>),
    engine,
    engineReason,
    elapsedMs,
  };
}
