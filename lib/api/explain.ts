/**
 * What a read would do, without doing it.
 * @module
 */
import { codecLabel } from '../codecs/codec.js';
import { dtypeInfo } from '../core/dtype.js';
import { type MemoryLimitDetails, SelectionError } from '../core/errors.js';
import { checkChunkCount } from '../core/limits.js';
import type { ReadDefaults } from '../exec/wire.js';
import type { ArrayDescriptor, Layer } from '../formats/format.js';
import { type Io, statPath } from '../io/io.js';
import { estimateIo } from '../plan/estimate.js';
import { chunkFilesOf } from '../plan/extents.js';
import type { ReadPlan } from '../plan/read-plan.js';
import { resultMemory } from './memory-limit.js';
import { type ReadRequest, resultBytes } from './request.js';
import { isRelocated, resolveFixed, resolvePlan } from './resolve.js';

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
  /**
   * Memory that the result needs, and what is available now: a read that needs more fails with a `MemoryLimitError` before it allocates.
   * Null if the system does not say.
   */
  readonly memory: MemoryLimitDetails | null;
}

/** Maximum number of names that are looked up before a note says that none was found. */
const maxLookups = 4096;

/** Maximum number of chunks of a layer, or listed indices, that are explained in one go. */
const maxExplainedSync = 2 ** 20;

/** @throws {SelectionError} if explaining so many would block for long. */
export function checkExplainable(count: number, what: 'chunks' | 'indices'): void {
  if (count <= maxExplainedSync) return;
  throw new SelectionError(
    `Expected at most ${maxExplainedSync} ${what} for explain(), which blocks, found ${count}: use explainAsync()`,
  );
}

/**
 * Refuses what would be explained for long.
 * @throws {UnsupportedError} if no read may touch so many chunks. @throws {SelectionError}
 */
export function checkExplainableChunks(chunks: number, path: string): void {
  checkChunkCount(chunks, path);
  checkExplainable(chunks, 'chunks');
}

/**
 * The explanation of the read of `request`. A parser: it asks for metadata and reads no data.
 * @param checkCount refuses a number of chunks.
 */
export function* explainRead(
  array: ArrayDescriptor,
  read: ReadRequest,
  checkCount?: (chunks: number, path: string) => void,
): Io<Explanation> {
  const { slab, conversion, defaults } = read;
  const request = { slab, conversion, coalescing: defaults.coalescing };
  let plan = resolveFixed(array, request) ?? (yield* resolvePlan(array, request, checkCount));
  let noChunk = yield* findAnyChunk(plan);
  if (noChunk !== null && (yield* isRelocated(array, plan))) {
    plan = yield* resolvePlan(array, request, checkCount);
    noChunk = yield* findAnyChunk(plan);
  }
  const explained = yield* explainPlan(array, plan, defaults, noChunk);
  const memory = resultMemory.available();
  return { ...explained, memory: memory === null ? null : { neededBytes: resultBytes(read), ...memory } };
}

/** What {@link findAnyChunk} found: none of all chunks, or none of as many as were looked for. */
interface NoChunk {
  readonly sought: 'all' | 'some';
  readonly note: string;
}

/**
 * Looks for a chunk of `plan` if it is in doubt whether any exists (Zarr, whose chunks are found by name): the names are looked up until
 * one is there, mostly the first. Null if it is not in doubt. @throws {ReadError} a folder that can't be searched.
 */
function* findAnyChunk({ layers }: ReadPlan<Layer>): Io<NoChunk | null> {
  let looked = 0;
  for (const layer of layers) {
    const { locations } = layer;
    if (locations.kind !== 'template' || locations.isDoubtful !== true) return null;
    for (const file of chunkFilesOf(layer)) {
      if (looked === maxLookups) return { sought: 'some', note: `none of the first ${looked} chunks found` };
      if ((yield* statPath(file)) !== null) return null;
      looked += 1;
    }
  }
  return looked === 0 ? null : { sought: 'all', note: nothingFound(looked) };
}

function nothingFound(chunks: number): string {
  return `0 of ${chunks} chunks found: every element is the fill value`;
}

/** What is known of the engine before anything is read; native/exec/strategy/layer_strategy.cc decides the rest. */
function decision(
  asked: ReadDefaults['engine'],
  bytesToRead: number,
  layers: ReadPlan<Layer>['layers'],
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

/** What performing `plan` would cost. */
function* explainPlan(
  { format, guardedFiles }: ArrayDescriptor,
  { outputs, layers, chunkCount: chunks }: ReadPlan<Layer>,
  { engine }: ReadDefaults,
  noChunk: NoChunk | null,
): Io<Omit<Explanation, 'memory'>> {
  let bytesToRead = 0;
  let files = 0;
  let chunksAbsent = 0;
  let extents = 0;
  let opens = 0;
  let bytesRequested = 0;
  const inOpenFile: boolean[] = [];
  for (const layer of layers) {
    const { locations, grid, projections } = layer;
    const estimate = yield* estimateIo(layer);
    bytesToRead += estimate.bytes;
    files += estimate.files;
    chunksAbsent += estimate.absent;
    extents += estimate.extents;
    for (const { elements } of projections) bytesRequested += elements * dtypeInfo(grid.layout.dtype).size;
    const isOpen =
      locations.kind === 'table' && locations.files.length === 1 && guardedFiles.includes(locations.files[0] ?? '');
    if (!isOpen) opens += estimate.files;
    inOpenFile.push(isOpen);
  }
  const allAbsent = chunks > 0 && (chunksAbsent === chunks || noChunk?.sought === 'all');
  return {
    format,
    shape: outputs[0]?.shape ?? [],
    bytesRequested,
    bytesToRead,
    files,
    chunks,
    chunksAbsent: allAbsent ? chunks : chunksAbsent,
    extents,
    systemCalls: extents + opens,
    opens,
    covered: outputs.every(({ isCovered }) => isCovered) && chunksAbsent === 0 && noChunk === null,
    amplification: bytesRequested === 0 ? 0 : bytesToRead / bytesRequested,
    ...decision(engine, bytesToRead, layers, inOpenFile),
    codecs: layers[0]?.grid.layout.codecs.map(codecLabel) ?? [],
    note: noChunk?.note ?? (allAbsent ? nothingFound(chunks) : null),
  };
}
