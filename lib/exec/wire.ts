/**
 * Encodes a read plan for the native side: one Float64Array, side tables, strings and handles.
 * @module
 */
import { checkpoint, finish, type Sliced } from '../core/checkpoint.js';
import type { DTypeInfo } from '../core/dtype.js';
import { dtypeInfo, machineByteOrder } from '../core/dtype.js';
import { fillWords } from '../core/fill.js';
import {
  type CachePolicy,
  type Consistency,
  cachePolicies,
  consistencyKinds,
  type Engine,
  engineNames,
  overflowModes,
  type Priority,
  priorities,
  type ReadaheadKind,
  readaheadKinds,
} from '../core/generated/choices.js';
import {
  axisWord,
  axisWords,
  decodeFlag,
  decodingWord,
  decodingWords as decodingWordCount,
  dimWord,
  dimWords,
  fieldWord,
  fieldWords,
  headerWord,
  headerWords,
  layerWord,
  layerWords,
  locationKind,
  projectionWord,
  projectionWords,
  wireVersion,
} from '../core/generated/wire.js';
import type { NativeHandle, NativeTable } from '../native/binding.js';
import type { Coalescing } from '../plan/extent-shape.js';
import type { ChunkGrid } from '../plan/layout.js';
import type { TableLocations } from '../plan/locations.js';
import type { Decoding, ElementConversion, Output } from '../plan/output.js';
import type { LayerPlan, Projection, ReadPlan } from '../plan/read-plan.js';
import { isTable } from '../plan/segments.js';
import { encodeFiles, type FileTables, hasManyFiles, noFileTables } from './file-tables.js';

/** Number of words that the fill value takes, from {@link headerWord.fill0} on. */
const fillWordCount = 4;

/** Options that affect how bytes are read, but not the result. */
export interface ReadDefaults {
  /** Maximum number of threads; 0 for no limit. */
  readonly threads: number;
  readonly engine: Engine;
  readonly cache: CachePolicy;
  readonly readahead: ReadaheadKind;
  /** Bytes of read-ahead to request after each run, if `readahead` is `bytes`. */
  readonly aheadBytes: number;
  /** Maximum number of extents in flight, for io_uring; 0 for the default. */
  readonly queueDepth: number;
  readonly consistency: Consistency;
  readonly priority: Priority;
  readonly coalescing: Coalescing;
  /** Cache of decoded chunks; null: chunks are not cached. */
  readonly chunkCache: NativeHandle | null;
}

/** Supplies the native objects that a plan refers to. */
export interface HandleSource<G extends ChunkGrid> {
  /** Returns the open file for `path`; null if each read opens it by path. */
  file(path: string): NativeHandle | null;
  directory(path: string): NativeHandle;
  /** Directories that files opened by path must be below; null if there is no restriction. */
  readonly roots: NativeHandle | null;
  /** Returns the codec chain of a grid; null if its chunks are not encoded. */
  chain(grid: G): NativeHandle | null;
}

/** An encoded plan. Pass it to the native side before the next plan is encoded, because small plans share memory. */
export interface WirePlan {
  readonly words: Float64Array;
  readonly tables: readonly NativeTable[];
  readonly strings: readonly string[];
  readonly handles: readonly NativeHandle[];
}

/** Size in words up to which plans share memory. The native call copies the words before it returns. */
const sharedWords = 1024;
let shared: Float64Array | undefined;

/** Returns memory for a plan. It may be longer than `size` and may hold words of an earlier plan. */
function wordsOfSize(size: number): Float64Array {
  if (size > sharedWords) return new Float64Array(size);
  shared ??= new Float64Array(sharedWords);
  return shared;
}

class Writer<G extends ChunkGrid> {
  readonly tables: NativeTable[] = [];
  readonly strings: string[] = [];
  readonly handles: NativeHandle[] = [];
  readonly words: Float64Array;
  readonly #source: HandleSource<G>;
  readonly #storedType: DTypeInfo | null;

  constructor(words: Float64Array, source: HandleSource<G>, conversion: ElementConversion) {
    this.words = words;
    this.#source = source;
    this.#storedType = conversion.decoding?.storedType ?? null;
  }

  /** Writes a layer without its projections, from word `base` on. Returns the index of the word after it. */
  layer(base: number, layer: LayerPlan<G>, files: FileTables): number {
    const { grid, locations, projections, uses } = layer;
    const w = this.words;
    const rank = grid.chunkShape.length;
    const info = this.#storedType ?? dtypeInfo(grid.layout.dtype);
    const chain = this.#source.chain(grid);
    w[base + layerWord.rank] = rank;
    w[base + layerWord.storedType] = info.code;
    w[base + layerWord.swap] = grid.layout.byteOrder !== machineByteOrder && info.swapSize > 1 ? 1 : 0;
    w[base + layerWord.clipped] = grid.layout.edge === 'clipped' ? 1 : 0;
    w[base + layerWord.chain] = chain === null ? -1 : this.handles.push(chain) - 1;
    w[base + layerWord.extentLevel] = layer.extentShape === null ? -1 : layer.extentShape.level;
    w[base + layerWord.extentBlock] = layer.extentShape === null ? 1 : layer.extentShape.block;
    const fields = locations.kind === 'template' ? locations.fields : [];
    w[base + layerWord.fields] = fields.length;
    const { fillValue } = grid;
    w[base + layerWord.layerFill] =
      fillValue === undefined ? -1 : this.tables.push(Uint32Array.from(fillWords(fillValue, grid.layout.dtype))) - 1;
    w[base + layerWord.projections] = projections.length;
    w[base + layerWord.projectionTable] = -1;
    w[base + layerWord.useStarts] = uses === null ? -1 : this.tables.push(uses.starts) - 1;
    w[base + layerWord.uses] = uses === null ? -1 : this.tables.push(uses.entries) - 1;
    this.#locations(base, layer, files);
    let at = base + layerWords;
    for (let d = 0; d < rank; d++) {
      w[at + dimWord.chunkShape] = grid.chunkShape[d] ?? 1;
      w[at + dimWord.gridShape] = grid.gridShape[d] ?? 1;
      w[at + dimWord.axisOrder] = grid.layout.axisOrder[d] ?? 0;
      w[at + dimWord.pitch] = grid.layout.spacing?.pitches[d] ?? 0;
      at += dimWords;
    }
    for (const field of fields) {
      w[at + fieldWord.dimension] = field.dimension;
      w[at + fieldWord.width] = field.width;
      at += fieldWords;
    }
    return at;
  }

  /** Writes a projection from word `at` of `w` on. Returns the index of the word after it. */
  projection(w: Float64Array, at: number, { axes }: Projection, { strides, offset }: Output): number {
    const base = at + projectionWord.outBase;
    w[base] = offset;
    at += projectionWords;
    for (let d = 0; d < axes.length; d++) {
      const axis = axes[d];
      const stride = strides[d] ?? 0;
      const out = axis?.out;
      w[at + axisWord.outStride] = out === undefined ? stride : stride * out.step;
      if (out !== undefined) w[base] = (w[base] ?? 0) + stride * out.first;
      w[at + axisWord.segments] = axis?.count ?? 0;
      w[at + axisWord.segmentTable] =
        axis !== undefined && isTable(axis.segments) ? this.tables.push(axis.segments) - 1 : -1;
      w[at + axisWord.lists] = axis?.lists == null ? -1 : this.tables.push(axis.lists.from, axis.lists.out) - 2;
      at += axisWords;
    }
    for (const { segments } of axes) {
      if (isTable(segments)) continue;
      for (let i = 0; i < segments.length; i++) w[at + i] = segments[i] ?? 0;
      at += segments.length;
    }
    return at;
  }

  /** Writes the header. */
  header(plan: ReadPlan<G>, options: ReadDefaults, fresh: boolean): void {
    const w = this.words;
    const { out, overflow, scaling, decoding, fill } = plan.conversion;
    let elements = 0;
    let isCovered = true;
    for (const output of plan.outputs) {
      elements += output.elements;
      isCovered &&= output.isCovered;
    }
    w[headerWord.versionWord] = wireVersion;
    w[headerWord.layers] = plan.layers.length;
    w[headerWord.outType] = out.code;
    w[headerWord.overflow] = overflowModes.indexOf(overflow);
    w[headerWord.scaled] = scaling === null ? 0 : 1;
    w[headerWord.scale] = scaling?.scale ?? 1;
    w[headerWord.offset] = scaling?.offset ?? 0;
    w[headerWord.threads] = options.threads;
    w[headerWord.engine] = engineNames.indexOf(options.engine);
    w[headerWord.prefill] = isCovered ? 0 : 1;
    w[headerWord.elements] = elements;
    for (let i = 0; i < fillWordCount; i++) w[headerWord.fill0 + i] = fill.words[i] ?? 0;
    w[headerWord.fillType] = (decoding?.storedType ?? fill.type).code;
    w[headerWord.fresh] = fresh ? 1 : 0;
    w[headerWord.decoding] = decoding === null ? -1 : this.tables.push(decodingWords(decoding)) - 1;
    w[headerWord.cache] = cachePolicies.indexOf(options.cache);
    w[headerWord.readahead] = readaheadKinds.indexOf(options.readahead);
    w[headerWord.aheadBytes] = options.aheadBytes;
    w[headerWord.queueDepth] = options.queueDepth;
    w[headerWord.consistency] = consistencyKinds.indexOf(options.consistency);
    w[headerWord.roots] = this.#source.roots === null ? -1 : this.handles.push(this.#source.roots) - 1;
    w[headerWord.priority] = priorities.indexOf(options.priority);
    w[headerWord.chunkCache] = options.chunkCache === null ? -1 : this.handles.push(options.chunkCache) - 1;
  }

  #locations(base: number, layer: LayerPlan<G>, files: FileTables): void {
    const { locations } = layer;
    const w = this.words;
    w[base + layerWord.handle] = 0;
    w[base + layerWord.table] = 0;
    w[base + layerWord.string] = 0;
    w[base + layerWord.dataOffset] = 0;
    w[base + layerWord.oneOffset] = 0;
    w[base + layerWord.oneLength] = 0;
    w[base + layerWord.stamps] = -1;
    const { spacing } = layer.grid.layout;
    w[base + layerWord.elementOffset] = spacing?.offset ?? 0;
    w[base + layerWord.tail] = spacing?.tail ?? 0;
    w[base + layerWord.pathTable] = -1;
    w[base + layerWord.inlineBytes] = -1;
    w[base + layerWord.fileIndex] = -1;
    w[base + layerWord.mask] = -1;
    w[base + layerWord.order] = -1;
    w[base + layerWord.extents] = -1;
    if (locations.kind === 'absent') {
      w[base + layerWord.location] = locationKind.absent;
    } else if (locations.kind === 'template') {
      w[base + layerWord.location] = locationKind.names;
      w[base + layerWord.handle] = this.handles.push(this.#source.directory(locations.directory)) - 1;
      w[base + layerWord.string] = this.strings.length;
      this.strings.push(...locations.literals);
      w[base + layerWord.dataOffset] = locations.offset;
    } else {
      this.#table(base, layer, locations, files);
    }
  }

  #table(base: number, layer: LayerPlan<G>, table: TableLocations, { paths, stamps }: FileTables): void {
    const w = this.words;
    const [first = ''] = table.files;
    const { inlineBytes } = table;
    const handle = table.files.length === 1 && inlineBytes === undefined ? this.#source.file(first) : null;
    if (handle === null) {
      w[base + layerWord.location] = locationKind.paths;
      w[base + layerWord.handle] = table.files.length;
      w[base + layerWord.string] = this.strings.length;
      if (paths === null) this.strings.push(...table.files);
      else w[base + layerWord.pathTable] = this.tables.push(paths) - 1;
      if (inlineBytes !== undefined) {
        const words = new Uint32Array(Math.ceil(inlineBytes.length / 4));
        new Uint8Array(words.buffer).set(inlineBytes);
        w[base + layerWord.inlineBytes] = this.tables.push(words) - 1;
      }
      if (stamps !== null) w[base + layerWord.stamps] = this.tables.push(stamps) - 1;
    } else {
      w[base + layerWord.location] = locationKind.openFile;
      w[base + layerWord.handle] = this.handles.push(handle) - 1;
    }
    if (table.offsets.length === 1) {
      w[base + layerWord.table] = -1;
      w[base + layerWord.oneOffset] = table.offsets[0] ?? -1;
      w[base + layerWord.oneLength] = table.lengths[0] ?? 0;
    } else {
      w[base + layerWord.table] = this.tables.push(table.offsets, table.lengths) - 2;
    }
    if (table.fileIndex !== null) w[base + layerWord.fileIndex] = this.tables.push(table.fileIndex) - 1;
    if (table.filterMasks !== null) w[base + layerWord.mask] = this.tables.push(table.filterMasks) - 1;
    const { chunkExtents } = layer;
    if (chunkExtents !== null) {
      w[base + layerWord.order] = this.tables.push(chunkExtents.order) - 1;
      w[base + layerWord.extents] = this.tables.push(chunkExtents.starts) - 1;
    }
  }
}

/** Encodes the parameters of a decoding. */
function decodingWords(decoding: Decoding): Float64Array {
  const { scale, offset, storedRange, decodedRange, missing } = decoding;
  const first = decodingWordCount;
  const words = new Float64Array(first + missing.length);
  words[decodingWord.scale] = scale;
  words[decodingWord.offset] = offset;
  let flags = 0;
  for (const name of ['single', 'nanIsMissing', 'masked', 'keepsValues'] as const)
    flags |= decoding[name] ? decodeFlag[name] : 0;
  words[decodingWord.flags] = flags;
  [words[decodingWord.low], words[decodingWord.high]] = storedRange;
  [words[decodingWord.decodedLow], words[decodingWord.decodedHigh]] = decodedRange;
  words.set(missing, first);
  return words;
}

/** Returns the number of words of a layer without its projections. */
function layerSize({ grid, locations }: LayerPlan): number {
  const fields = locations.kind === 'template' ? locations.fields.length : 0;
  return layerWords + grid.chunkShape.length * dimWords + fields * fieldWords;
}

function projectionSize({ axes }: Projection): number {
  let size = projectionWords + axes.length * axisWords;
  for (const { segments } of axes) size += isTable(segments) ? 0 : segments.length;
  return size;
}

function outputOf(plan: ReadPlan, { output }: Projection): Output {
  const found = plan.outputs[output];
  if (found === undefined) throw new RangeError(`The plan has no output ${output}`);
  return found;
}

/** Returns the number of words of a layer's projections. */
function* projectionsSize({ projections }: LayerPlan): Sliced<number> {
  let size = 0;
  for (const [p, projection] of projections.entries()) {
    size += projectionSize(projection);
    if (p % projectionsPerCheckpoint === projectionsPerCheckpoint - 1) yield checkpoint;
  }
  return size;
}

/** Number of projections between two checkpoints, at which other work may run. */
const projectionsPerCheckpoint = 1024;

/** True if a plan must be encoded in time slices: a layer is read by several boxes, or names many files. */
export function needsSlices({ layers }: ReadPlan): boolean {
  return layers.some(({ locations, uses }) => uses !== null || hasManyFiles(locations));
}

/** Encodes a plan like {@link encodePlan}, in time slices. */
export function* encodePlanSliced<G extends ChunkGrid>(
  plan: ReadPlan<G>,
  source: HandleSource<G>,
  options: ReadDefaults,
  fresh: boolean,
): Sliced<WirePlan> {
  let size: number = headerWords;
  for (const layer of plan.layers) size += layerSize(layer);
  // Allocates words instead of using `shared`: another plan may be encoded between two slices and would overwrite them.
  const writer = new Writer(new Float64Array(size), source, plan.conversion);
  writer.header(plan, options, fresh);
  let base: number = headerWords;
  for (const layer of plan.layers) {
    const end = writer.layer(base, layer, yield* encodeFiles(layer.locations));
    writer.words[base + layerWord.layerSize] = end - base;
    // Writes the projections to a table: the native call copies the words of a plan in one go, but does not copy
    // tables.
    const table = new Float64Array(yield* projectionsSize(layer));
    writer.words[base + layerWord.projectionTable] = writer.tables.push(table) - 1;
    let at = 0;
    for (const [p, projection] of layer.projections.entries()) {
      at = writer.projection(table, at, projection, outputOf(plan, projection));
      if (p % projectionsPerCheckpoint === projectionsPerCheckpoint - 1) yield checkpoint;
    }
    base = end;
  }
  return writer;
}

/**
 * Encodes `plan` without interruption.
 * @param fresh true if the memory of the result is new and untouched. Such memory is written faster with huge pages.
 */
export function encodePlan<G extends ChunkGrid>(
  plan: ReadPlan<G>,
  source: HandleSource<G>,
  options: ReadDefaults,
  fresh: boolean,
): WirePlan {
  let size: number = headerWords;
  for (const layer of plan.layers) {
    size += layerSize(layer);
    for (const projection of layer.projections) size += projectionSize(projection);
  }
  const writer = new Writer(wordsOfSize(size), source, plan.conversion);
  writer.header(plan, options, fresh);
  let base: number = headerWords;
  for (const layer of plan.layers) {
    // Calls the generator only if it encodes something, because it would cost time in small reads.
    const { locations } = layer;
    const hasTables = locations.kind === 'table' && (locations.stamps !== undefined || hasManyFiles(locations));
    let at = writer.layer(base, layer, hasTables ? finish(encodeFiles(locations)) : noFileTables);
    for (const projection of layer.projections) {
      at = writer.projection(writer.words, at, projection, outputOf(plan, projection));
    }
    writer.words[base + layerWord.layerSize] = at - base;
    base = at;
  }
  return writer;
}
