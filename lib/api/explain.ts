/**
 * What a read would do, without doing it.
 * @module
 */
import { dtypeInfo } from '../core/dtype.js';
import { extentTotals } from '../plan/extents.js';
import type { ReadDefaults } from './options.js';
import type { ResolvedPlan } from './resolve.js';

/** The account of a plan. What is read by system calls; a mapping of cached data makes none of them, io_uring fewer. */
export interface Explanation {
  readonly format: string;
  /** Shape of the result. */
  readonly shape: readonly number[];
  /** Bytes of the result as stored. */
  readonly bytesRequested: number;
  /** Bytes that the extents cover: what is wanted, the gaps between, and whole encoded chunks. */
  readonly bytesToRead: number;
  /** Files that hold data of the selection. */
  readonly files: number;
  readonly chunks: number;
  /** Chunks known to be absent; they read as the fill value. */
  readonly chunksAbsent: number;
  /** Contiguous runs that are read. */
  readonly extents: number;
  /** System calls, made one by one: one a run, one a file that has to be opened. Batches of io_uring make fewer. */
  readonly systemCalls: number;
  /** Whether every element comes from a chunk; the rest is the fill value. */
  readonly covered: boolean;
  /** Bytes to read for each byte wanted. */
  readonly amplification: number;
  /** What would perform the extents: an engine, or `pread or mmap` where that depends on what is in the page cache when it is read. */
  readonly engine: string;
  /** Why. */
  readonly engineReason: string;
  /** How the chunks are encoded, in the order in which it was done; of the first layer that supplies data. */
  readonly codecs: readonly string[];
}

/** What is known of the engine before anything is read; native/exec/decide.cc decides the rest. */
function decision(
  asked: ReadDefaults['engine'],
  bytesToRead: number,
  layers: ResolvedPlan['plan']['layers'],
  inOpenFile: readonly boolean[],
): Pick<Explanation, 'engine' | 'engineReason'> {
  if (bytesToRead === 0) return { engine: 'none', engineReason: 'nothing to read' };
  if (asked !== 'auto') return { engine: asked, engineReason: 'asked for by the caller' };
  if (layers.every((layer) => layer.spans === null)) {
    return { engine: 'pread', engineReason: 'encoded chunks are read whole' };
  }
  if (!inOpenFile.includes(true)) {
    return { engine: 'pread', engineReason: 'each chunk has a file of its own: read, not mapped' };
  }
  return {
    engine: 'pread or mmap',
    engineReason:
      'long runs are read; short or scattered ones are gathered from a mapping when they are in the page cache',
  };
}

/** The account of `resolved`. */
export function explain(
  format: string,
  { plan, locations }: ResolvedPlan,
  openFiles: readonly string[],
  { coalescing, engine }: ReadDefaults,
): Explanation {
  let bytesToRead = 0;
  let files = 0;
  let chunks = 0;
  let chunksAbsent = 0;
  let extents = 0;
  let opens = 0;
  let bytesRequested = 0;
  const inOpenFile: boolean[] = [];
  plan.layers.forEach((layer, i) => {
    const where = locations[i] ?? { kind: 'absent' };
    const totals = extentTotals(layer, where, coalescing);
    bytesToRead += totals.bytes;
    files += totals.files;
    chunks += layer.chunkCount;
    chunksAbsent += totals.absent;
    extents += totals.extents;
    bytesRequested += layer.elements * dtypeInfo(layer.grid.layout.dtype).size;
    const isOpen = where.kind === 'table' && where.files.length === 1 && openFiles.includes(where.files[0] ?? '');
    if (!isOpen) opens += totals.files;
    inOpenFile.push(isOpen);
  });
  return {
    format,
    shape: plan.shape,
    bytesRequested,
    bytesToRead,
    files,
    chunks,
    chunksAbsent,
    extents,
    systemCalls: extents + opens,
    covered: plan.covered,
    amplification: bytesRequested === 0 ? 0 : bytesToRead / bytesRequested,
    ...decision(engine, bytesToRead, plan.layers, inOpenFile),
    codecs: plan.layers[0]?.grid.layout.codecs.map(({ codec }) => codec) ?? [],
  };
}
