/**
 * A selection read part after part, the next one while the last one is used.
 * @module
 */
import type { ArrayHandle, DType, ReadOptions, ReadResult, ReadStats } from '../../index.js';
import type { Context } from '../context.js';
import { elementBytes } from '../facts.js';
import { cutSelection } from './parts.js';

/** Bytes of a part; two are in memory. */
const partBytes = 64 << 20;

/** What all parts together cost. */
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

/** A selection that is to be read. */
export interface Reading {
  readonly array: ArrayHandle;
  /** The selection as text; the whole array is ''. */
  readonly selection: string;
  /** Of the whole result. */
  readonly shape: readonly number[];
  readonly options: ReadOptions;
  /** The type of what arrives. */
  readonly dtype: DType;
}

/**
 * Reads all parts in C order and hands each to `use`.
 * @throws as `ArrayHandle.read`, and what `use` throws. Nothing is being read any more when it settles.
 */
export async function readParts(
  reading: Reading,
  context: Context,
  use: (result: ReadResult) => Promise<void> | void,
): Promise<TotalCost> {
  const { array, selection, shape, options, dtype } = reading;
  const size = elementBytes(dtype);
  const parts = cutSelection(selection, array.shape, array.chunkShape, shape, Math.floor(partBytes / size));
  const total = parts.reduce((sum, part) => sum + part.elements, 0) * size;
  const progress = context.progress('reading');
  let before = 0;
  const start = (i: number): Promise<ReadResult> | null => {
    const part = parts[i];
    if (part === undefined) return null;
    const from = before;
    before += part.elements * size;
    const read = array.read(part.selection, {
      ...options,
      signal: context.signal,
      onProgress: ({ bytesDone }) => progress.update(from + bytesDone, total),
    });
    read.catch(() => {}); // Seen when its turn comes.
    return read;
  };
  let cost: TotalCost | null = null;
  let next = start(0);
  try {
    for (let i = 0; next !== null; i++) {
      const result = await next;
      context.signal.throwIfAborted();
      next = start(i + 1);
      if (parts[i]?.elements !== result.shape.reduce((product, extent) => product * extent, 1))
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
