/**
 * Describes what a read would do, without reading data.
 * @module
 */
import { codecLabel } from '../codecs/codec.js';
import { dtypeInfo } from '../core/dtype.js';
import { type MemoryLimitDetails, SelectionError } from '../core/errors.js';
import { reasonTexts } from '../core/generated/stats.js';
import { checkChunkCount } from '../core/limits.js';
import type { ReadDefaults } from '../exec/wire.js';
import type { ArrayDescriptor, Layer } from '../formats/format.js';
import { type Io, statPath } from '../io/io.js';
import { estimateIo } from '../plan/estimate.js';
import { chunkFilesOf } from '../plan/extents.js';
import type { ReadPlan } from '../plan/read-plan.js';
import { commonShape } from './batch-result.js';
import { resultMemory } from './memory-limit.js';
import { type ReadRequest, resultBytes } from './request.js';
import { isRelocated, resolveFixed, resolveMany, resolvePlan } from './resolve.js';

/**
 * Cost of a read. Extents and system calls are counted as if each extent took one read call. A read that copies cached
 * data from a memory mapping makes none of these calls, and io_uring makes fewer.
 */
export interface Explanation {
  /** Name of the format. */
  readonly format: string;
  /** Shape of the result. */
  readonly shape: readonly number[];
  /** Bytes of the selected elements in the stored element type, before any compression. */
  readonly bytesRequested: number;
  /**
   * Bytes that the extents cover: the selected bytes, merged gaps, and whole encoded chunks. The whole stream if the
   * array is in a compressed stream that has not been decoded yet.
   */
  readonly bytesToRead: number;
  /** Number of files that hold data of the selection. A file that several layers use counts once for each. */
  readonly files: number;
  /** Number of chunks that the selection touches. */
  readonly chunks: number;
  /**
   * Chunks known to be absent; their elements have the fill value. Equals `chunks` if all chunks were looked up and
   * none exists.
   */
  readonly chunksAbsent: number;
  /** Number of contiguous runs of bytes to read. */
  readonly extents: number;
  /** Number of system calls without io_uring, which needs fewer: one per extent, and one per file to open. */
  readonly systemCalls: number;
  /** Number of files to open. Files that the handle keeps open are not counted. */
  readonly opens: number;
  /**
   * True if chunks supply all elements, as far as this is known without reading data. False if chunks are known to be
   * absent or if elements lie in no chunk; those elements have the fill value. Chunks that are found by name (Zarr)
   * count as present unless none of them exists.
   */
  readonly covered: boolean;
  /** Bytes to read per byte requested. */
  readonly amplification: number;
  /** Engine that would read the extents; `pread or mmap` if that depends on the page cache at the time of the read. */
  readonly engine: string;
  /** Reason for the choice of the engine. */
  readonly engineReason: string;
  /** Codecs in the order in which they encoded the chunks, for the first layer that supplies data. */
  readonly codecs: readonly string[];
  /**
   * True if the read uses the chunk cache that was given at opening. False if none was given, or if no chunk is
   * encoded. Chunks that are in the cache are not read, but the other numbers count them.
   */
  readonly usesChunkCache: boolean;
  /**
   * Anything unusual, for example that no chunk was found, that the locations in a compressed stream are not known
   * before the first read, or that lists of two indices may be meant as ranges; null if there is nothing to report.
   */
  readonly note: string | null;
  /**
   * Memory that the result needs, and memory that is available now. A read that needs more, even after a garbage
   * collection, fails with a `MemoryLimitError`. Null if the system does not report available memory.
   */
  readonly memory: MemoryLimitDetails | null;
}

/**
 * Cost of reading many boxes in one call. The counts are totals of all boxes. An encoded chunk counts once, however
 * many boxes need it; each box reads its own extents of uncompressed chunks.
 */
export interface ManyExplanation extends Omit<Explanation, 'shape'> {
  /** `[n, ...box]` if all boxes have the same shape, otherwise null. */
  readonly shape: readonly number[] | null;
}

/** Maximum number of chunk files that {@link findAnyChunk} looks up before it reports that none exists. */
const maxLookups = 4096;

/** Maximum number of chunks of a layer, or of listed indices, for the synchronous `explain()`. */
const maxExplainedSync = 2 ** 20;

/**
 * Throws if the synchronous `explain()` would block for too long with `count` chunks or indices.
 * @throws {SelectionError} if there are more than 1,048,576.
 */
export function checkExplainable(count: number, what: 'chunks' | 'indices'): void {
  if (count <= maxExplainedSync) return;
  throw new SelectionError(
    `Expected at most ${maxExplainedSync} ${what} for explain(), because it blocks, but found ${count}: ` +
      'use explainAsync() instead',
  );
}

/**
 * Throws if a plan with `chunks` chunks would be too large for the synchronous `explain()`.
 * @throws {UnsupportedError} if no read may touch that many chunks. @throws {SelectionError}
 */
export function checkExplainableChunks(chunks: number, path: string): void {
  checkChunkCount(chunks, path);
  checkExplainable(chunks, 'chunks');
}

/**
 * Explains the read of `request`. May request metadata from the driver, but no data.
 * @param checkCount throws if the number of chunks of a layer is too large.
 */
export function* explainRead(
  array: ArrayDescriptor,
  read: ReadRequest,
  checkCount?: (chunks: number, path: string) => void,
): Io<Explanation> {
  const { slab, conversion, defaults } = read;
  const request = { slab, conversion, coalescing: defaults.coalescing };
  const planned = resolveFixed(array, request);
  const { outputs, ...explained } = yield* explainResolved(array, read, planned, () =>
    resolvePlan(array, request, checkCount, 'explain'),
  );
  return { ...explained, shape: outputs[0]?.shape ?? [] };
}

/** Explains the read of the boxes of `request`, like {@link explainRead}. */
export function* explainMany(array: ArrayDescriptor, read: ReadRequest): Io<ManyExplanation> {
  const { conversion, defaults } = read;
  const request = { slabs: read.boxes ?? [], conversion, coalescing: defaults.coalescing };
  const { outputs, ...explained } = yield* explainResolved(array, read, null, () =>
    resolveMany(array, request, 'explain'),
  );
  return { ...explained, shape: yield* commonShape(outputs) };
}

/** Explains `planned`, or the plan that `resolve` makes if `planned` is null. */
function* explainResolved(
  array: ArrayDescriptor,
  read: ReadRequest,
  planned: ReadPlan<Layer> | null,
  resolve: () => Io<ReadPlan<Layer>>,
): Io<Omit<Explanation, 'shape'> & Pick<ReadPlan, 'outputs'>> {
  let plan = planned ?? (yield* resolve());
  let noChunk = yield* findAnyChunk(plan);
  if (noChunk !== null && (yield* isRelocated(array, plan))) {
    plan = yield* resolve();
    noChunk = yield* findAnyChunk(plan);
  }
  const explained = yield* explainPlan(array, plan, read.defaults, noChunk);
  const available = resultMemory.available();
  const memory = available === null ? null : { neededBytes: resultBytes(read), ...available };
  return { ...explained, outputs: plan.outputs, memory };
}

/**
 * Result of {@link findAnyChunk} if no chunk was found. Tells whether all chunk names were looked up or only the first
 * ones.
 */
interface NoChunk {
  readonly searched: 'all' | 'some';
  readonly note: string;
}

/**
 * Looks up the chunk files of `plan`, at most {@link maxLookups}, until one exists. Only formats that find chunks by
 * name (Zarr) need this: they do not know beforehand which chunks exist. Returns null if a file exists, if the format
 * has a chunk index, or if there are no chunks to look up.
 * @throws {ReadError} if a directory cannot be searched.
 */
function* findAnyChunk({ layers }: ReadPlan<Layer>): Io<NoChunk | null> {
  let looked = 0;
  for (const layer of layers) {
    const { locations } = layer;
    if (locations.kind !== 'template' || locations.isDoubtful !== true) return null;
    for (const file of chunkFilesOf(layer)) {
      if (looked === maxLookups) return { searched: 'some', note: `none of the first ${looked} chunks found` };
      if ((yield* statPath(file)) !== null) return null;
      looked += 1;
    }
  }
  return looked === 0 ? null : { searched: 'all', note: noChunkNote(looked) };
}

function noChunkNote(chunks: number): string {
  return `0 of ${chunks} chunks found: every element has the fill value`;
}

const estimateNote =
  'no restart points are known: the first read decodes the compressed stream from its start, and chunks are estimates; ' +
  'saveIndex() saves the restart points';

/** Predicts the engine before any data is read. The native side makes the final choice. */
function predictEngine(
  asked: ReadDefaults['engine'],
  bytesToRead: number,
  layers: ReadPlan<Layer>['layers'],
  fileIsOpen: readonly boolean[],
): Pick<Explanation, 'engine' | 'engineReason'> {
  if (bytesToRead === 0) return { engine: 'none', engineReason: reasonTexts.nothing };
  if (asked !== 'auto') return { engine: asked, engineReason: reasonTexts.asked };
  if (layers.every((layer) => layer.extentShape === null)) {
    return { engine: 'pread', engineReason: reasonTexts.encoded };
  }
  if (!fileIsOpen.includes(true)) {
    return { engine: 'pread', engineReason: reasonTexts.ownFiles };
  }
  return {
    engine: 'pread or mmap',
    engineReason: 'pread for long runs; mmap for cached runs that are short, scattered or slow to copy',
  };
}

/** Computes the cost of performing `plan`. */
function* explainPlan(
  { format, guardedFiles, stream }: ArrayDescriptor,
  { outputs, layers, chunkCount: chunks }: ReadPlan<Layer>,
  { engine, chunkCache }: ReadDefaults,
  noChunk: NoChunk | null,
): Io<Omit<Explanation, 'memory' | 'shape'>> {
  let bytesToRead = 0;
  let files = 0;
  let chunksAbsent = 0;
  let extents = 0;
  let opens = 0;
  let bytesRequested = 0;
  const fileIsOpen: boolean[] = [];
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
    fileIsOpen.push(isOpen);
  }
  const isEstimate = layers.some(({ grid }) => grid.isEstimate === true);
  // The first read decodes the stream from its start, whatever it needs.
  if (isEstimate) bytesToRead = Math.max(bytesToRead, stream?.storedBytes ?? 0);
  const allAbsent = chunks > 0 && (chunksAbsent === chunks || noChunk?.searched === 'all');
  return {
    format,
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
    ...predictEngine(engine, bytesToRead, layers, fileIsOpen),
    codecs: layers[0]?.grid.layout.codecs.map(codecLabel) ?? [],
    usesChunkCache: chunkCache !== null && layers.some(({ grid }) => grid.layout.codecs.length > 0),
    note: noChunk?.note ?? (allAbsent ? noChunkNote(chunks) : isEstimate ? estimateNote : null),
  };
}
