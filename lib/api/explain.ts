/**
 * What a read would do, without doing it.
 * @module
 */
import { codecLabel } from '../codecs/codec.js';
import { dtypeInfo } from '../core/dtype.js';
import type { ReadDefaults } from '../exec/wire.js';
import { type Io, statPath } from '../io/io.js';
import { extentsOf, extentTotals } from '../plan/extents.js';
import type { ResolvedPlan } from './resolve.js';

/**
 * What a read would cost. Extents and system calls are counted as if each extent were read by itself; a read that gathers cached data from a
 * mapping makes none of these calls, and one by io_uring makes fewer.
 */
export interface Explanation {
  /** The name of the format. */
  readonly format: string;
  /** Shape of the result. */
  readonly shape: readonly number[];
  /** Bytes of the result as stored. */
  readonly bytesRequested: number;
  /** Bytes that the extents cover: what is wanted, the gaps between, and whole encoded chunks. */
  readonly bytesToRead: number;
  /** Files that hold data of the selection. */
  readonly files: number;
  /** Chunks that the selection touches. */
  readonly chunks: number;
  /** Chunks known to be absent; they read as the fill value. All of them when `note` says that none was found. */
  readonly chunksAbsent: number;
  /** Contiguous runs that are read. */
  readonly extents: number;
  /** System calls, made one by one: one a run, one a file that has to be opened. Batches of io_uring make fewer. */
  readonly systemCalls: number;
  /** Files that have to be opened for it: those that are not held open. */
  readonly opens: number;
  /**
   * Whether every element comes from a chunk, as far as that is known without reading: false when chunks are known to be absent, and
   * when elements lie in no chunk. What comes from none is the fill value. A chunk that is found by its name (Zarr) counts as being
   * there, unless none of the selection is.
   */
  readonly covered: boolean;
  /** Bytes to read for each byte wanted. */
  readonly amplification: number;
  /** What would perform the extents: an engine, or `pread or mmap` where that depends on what is in the page cache when it is read. */
  readonly engine: string;
  /** Why. */
  readonly engineReason: string;
  /** How the chunks are encoded, in the order in which it was done; of the first layer that supplies data. */
  readonly codecs: readonly string[];
  /** What deserves attention, such as that no chunk was found; null for nothing. */
  readonly note: string | null;
}

/** Names that are looked for at most before it is said that none was found. */
const mostLookUps = 4096;

/** What {@link findAnyChunk} found out: none of all chunks, or none of as many as were looked for. */
export interface NoChunk {
  readonly sought: 'all' | 'some';
  readonly note: string;
}

/**
 * Whether any chunk of `resolved` exists, where that is in doubt (Zarr, whose chunks are found by name): the names are looked up until
 * one is there, mostly the first. Null where it is not in doubt. @throws {ReadError} a folder that can't be searched.
 */
export function* findAnyChunk({ plan, locations }: ResolvedPlan, { coalescing }: ReadDefaults): Io<NoChunk | null> {
  let looked = 0;
  for (const [i, layer] of plan.layers.entries()) {
    const where = locations[i];
    if (where === undefined || where.kind !== 'template' || where.isDoubtful !== true) return null;
    let last = '';
    for (const { file } of extentsOf(layer, where, coalescing)) {
      if (file === last) continue;
      last = file;
      if (looked === mostLookUps || (yield* statPath(file)) !== null) {
        return looked === mostLookUps ? { sought: 'some', note: `none of the first ${looked} chunks found` } : null;
      }
      looked += 1;
    }
  }
  return looked === 0 ? null : { sought: 'all', note: nothingFound(looked) };
}

function nothingFound(chunks: number): string {
  return `0 of ${chunks} chunks found: every element is the fill value`;
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
      'long runs are read; short or scattered ones, and those that the kernel would copy slowly, are gathered from a mapping when they are in the page cache',
  };
}

/** The account of `resolved`. */
export function explain(
  format: string,
  { plan, locations }: ResolvedPlan,
  openFiles: readonly string[],
  { coalescing, engine }: ReadDefaults,
  noChunk: NoChunk | null,
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
  const allAbsent = chunks > 0 && (chunksAbsent === chunks || noChunk?.sought === 'all');
  return {
    format,
    shape: plan.shape,
    bytesRequested,
    bytesToRead,
    files,
    chunks,
    chunksAbsent: allAbsent ? chunks : chunksAbsent,
    extents,
    systemCalls: extents + opens,
    opens,
    covered: plan.covered && chunksAbsent === 0 && noChunk === null,
    amplification: bytesRequested === 0 ? 0 : bytesToRead / bytesRequested,
    ...decision(engine, bytesToRead, plan.layers, inOpenFile),
    codecs: plan.layers[0]?.grid.layout.codecs.map(codecLabel) ?? [],
    note: noChunk?.note ?? (allAbsent ? nothingFound(chunks) : null),
  };
}
