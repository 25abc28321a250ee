/**
 * Reads a selection part by part. The next part is read while the current one is used.
 * @module
 */
import type { ArrayHandle, DType, ReadOptions, ReadResult, ReadStats } from '../../index.js';
import type { Context } from '../context.js';
import { elementBytes } from '../facts.js';
import { splitSelection } from './parts.js';

/** Intended maximum size of a part in bytes. Two parts are in memory at a time. */
const partBytes = 64 << 20;

/** Total cost of all parts. */
export interface TotalCost {
  readonly bytesRequested: number;
  readonly bytesRead: number;
  readonly bytesDecoded: number;
  readonly bytesCached: number;
  readonly systemCalls: number;
  readonly chunks: number;
  readonly chunksAbsent: number;
  readonly engine: string;
  readonly threads: number;
  /** Sum over the parts, in milliseconds. */
  readonly elapsedMs: number;
}

function addCost(total: TotalCost | null, stats: ReadStats): TotalCost {
  const { bytesRequested, bytesRead, bytesDecoded, bytesCached, systemCalls, chunks, chunksAbsent } = stats;
  const { engine, threads, elapsedMs } = stats;
  const one = { bytesRequested, bytesRead, bytesDecoded, bytesCached, systemCalls, chunks, chunksAbsent };
  if (total === null) return { ...one, engine, threads, elapsedMs };
  const sum = (key: keyof typeof one): number => total[key] + one[key];
  return {
    bytesRequested: sum('bytesRequested'),
    bytesRead: sum('bytesRead'),
    bytesDecoded: sum('bytesDecoded'),
    bytesCached: sum('bytesCached'),
    systemCalls: sum('systemCalls'),
    chunks: sum('chunks'),
    chunksAbsent: sum('chunksAbsent'),
    engine: total.engine === engine ? engine : 'several',
    threads: Math.max(total.threads, threads),
    elapsedMs: total.elapsedMs + elapsedMs,
  };
}

/** A validated read that has not started. */
export interface PreparedRead {
  readonly array: ArrayHandle;
  /** Selection as text; '' for the whole array. */
  readonly selection: string;
  /** Operation of a reduction; undefined for a read. */
  readonly operation?: string;
  /** Shape of the whole result. */
  readonly shape: readonly number[];
  readonly options: ReadOptions;
  /** Element type of the result. */
  readonly dtype: DType;
  /** False if the values do not have the units of the array, such as a count. Default: true. */
  readonly hasUnits?: boolean;
  /** Fields that are added to the JSON output. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** The result, if it exists already. `readParts` then reads nothing. */
  readonly result?: ReadResult;
}

/** Returns what is read, as text for titles; '' for the whole array. */
export function describeRead({ selection, operation }: PreparedRead): string {
  if (operation === undefined) return selection;
  return selection === '' ? operation : `${operation} of ${selection}`;
}

/**
 * Reads all parts in C order and passes each to `use`. No read is in flight when the promise settles.
 * @throws as `ArrayHandle.read`, and any error of `use`.
 */
export async function readParts(
  read: PreparedRead,
  context: Context,
  use: (result: ReadResult) => Promise<void> | void,
): Promise<TotalCost> {
  const { array, selection, shape, options, dtype } = read;
  if (read.result !== undefined) {
    await use(read.result);
    return addCost(null, read.result.stats);
  }
  const size = elementBytes(dtype);
  const parts = splitSelection(selection, array.shape, array.chunkShape, shape, Math.floor(partBytes / size));
  const total = parts.reduce((sum, part) => sum + part.elements, 0) * size;
  const progress = context.progress('reading');
  let before = 0;
  const start = (i: number): Promise<ReadResult> | null => {
    const part = parts[i];
    if (part === undefined) return null;
    const from = before;
    before += part.elements * size;
    const result = array.read(part.selection, {
      ...options,
      signal: context.signal,
      onProgress: ({ bytesDone }) => progress.update(from + bytesDone, total),
    });
    result.catch(() => {}); // Avoids an unhandled rejection. The error is thrown when this part is awaited.
    return result;
  };
  let cost: TotalCost | null = null;
  let next = start(0);
  try {
    for (let i = 0; next !== null; i++) {
      const result = await next;
      context.signal.throwIfAborted();
      next = start(i + 1);
      if (parts[i]?.elements !== result.shape.reduce((product, size) => product * size, 1))
        throw new Error(`Part ${i} of the selection '${selection}' has the shape (${result.shape.join(', ')})`);
      cost = addCost(cost, result.stats);
      await use(result);
    }
  } finally {
    progress.stop();
    await next?.catch(() => {});
  }
  if (cost === null) throw new Error('A selection has at least one part');
  return cost;
}
