/**
 * Writes a read plan in the form in which it crosses to the native side: one Float64Array, side tables and strings.
 * @module
 */
import type { DTypeInfo } from '../core/dtype.js';
import { dtypeInfo, machineByteOrder } from '../core/dtype.js';
import { fillWords } from '../core/fill.js';
import {
  type CachePolicy,
  cachePolicies,
  type Engine,
  engineNames,
  type Overflow,
  overflowModes,
  type ReadaheadKind,
  readaheadKinds,
} from '../core/read-choices.js';
import type { NativeHandle, NativeTable } from '../native/binding.js';
import { groupChunks } from '../plan/coalesce.js';
import type { ChunkGrid } from '../plan/layout.js';
import type { ChunkLocations, FileStamp, TableLocations } from '../plan/locations.js';
import { segmentWord, segmentWords } from '../plan/projection.js';
import type { LayerPlan, ReadPlan } from '../plan/read-plan.js';
import type { Coalescing } from '../plan/spans.js';
import {
  decodeFlag,
  decodingWord,
  dimWord,
  fieldWord,
  fillWordCount,
  headerWord,
  layerWord,
  locationKind,
  wireConstants,
} from './wire-words.js';

/** What stored values mean; native/kernels/decode.h computes it. Bounds are inclusive, infinite where there is none. */
export interface WireDecoding {
  readonly scale: number;
  readonly offset: number;
  /** Every step is rounded to float32. */
  readonly single: boolean;
  /** A stored NaN counts as missing in the mask. */
  readonly nanIsMissing: boolean;
  /** Stored values that are missing. */
  readonly missing: readonly number[];
  readonly storedRange: readonly [number, number];
  readonly decodedRange: readonly [number, number];
  /** A mask is written. */
  readonly masked: boolean;
  /** The result holds stored values: only the mask is made of all this. */
  readonly keepsValues: boolean;
  /** The type as which stored bytes are taken, of the same size as the array's. */
  readonly storedType: DTypeInfo;
}

/** A fill value as a stored element. */
export interface WireFill {
  /** The array's type. */
  readonly type: DTypeInfo;
  /** Four 32-bit words (bits must not pass through a double, which may change a NaN). */
  readonly words: ArrayLike<number>;
}

/** By which way the bytes of a read come; its result does not depend on it. */
export interface ReadDefaults {
  /** At most this many threads; 0 for all. */
  readonly threads: number;
  readonly engine: Engine;
  readonly cache: CachePolicy;
  readonly readahead: ReadaheadKind;
  /** Bytes to ask for after each piece, where `readahead` is `bytes`. */
  readonly aheadBytes: number;
  /** Extents under way at once, for io_uring; 0 for the default. */
  readonly queueDepth: number;
  readonly coalescing: Coalescing;
}

/** How a read is performed, beside the plan. */
export interface WireOptions extends ReadDefaults {
  readonly out: DTypeInfo;
  readonly overflow: Overflow;
  readonly scaling: { readonly scale: number; readonly offset: number } | null;
  /** Instead of `scaling`. */
  readonly decoding: WireDecoding | null;
  readonly fill: WireFill;
}

/** Native objects that a plan refers to. */
export interface HandleSource<G extends ChunkGrid> {
  /** The open file for `path`, or null when it is opened by path for each read. */
  file(path: string): NativeHandle | null;
  directory(path: string): NativeHandle;
  /** The codec chain of a grid; null for plain chunks. */
  chain(grid: G): NativeHandle | null;
}

/** A plan ready to cross: to be handed over before the next one is encoded. */
export interface WirePlan {
  readonly words: Float64Array;
  readonly tables: readonly NativeTable[];
  readonly strings: readonly string[];
  readonly handles: readonly NativeHandle[];
}

/** Plans up to this many words share memory: the native side has copied a plan when the call that takes it returns. */
const sharedWords = 1024;
let shared: Float64Array | undefined;

/** Memory for a plan; may be longer than `size`, and holds old words. */
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
  readonly #coalescing: Coalescing;
  readonly #storedType: DTypeInfo | null;

  constructor(size: number, source: HandleSource<G>, { coalescing, decoding }: WireOptions) {
    this.words = wordsOfSize(size);
    this.#source = source;
    this.#coalescing = coalescing;
    this.#storedType = decoding?.storedType ?? null;
  }

  layer(base: number, layer: LayerPlan<G>, outStrides: readonly number[], locations: ChunkLocations): number {
    const { grid, axes } = layer;
    const w = this.words;
    const rank = axes.length;
    const info = this.#storedType ?? dtypeInfo(grid.layout.dtype);
    const chain = this.#source.chain(grid);
    w[base + layerWord.rank] = rank;
    w[base + layerWord.storedType] = info.code;
    w[base + layerWord.swap] = grid.layout.byteOrder !== machineByteOrder && info.swapSize > 1 ? 1 : 0;
    w[base + layerWord.clipped] = grid.layout.edge === 'clipped' ? 1 : 0;
    w[base + layerWord.chain] = chain === null ? -1 : this.handles.push(chain) - 1;
    w[base + layerWord.spanLevel] = layer.spans === null ? -1 : layer.spans.level;
    w[base + layerWord.spanBlock] = layer.spans === null ? 1 : layer.spans.block;
    const fields = locations.kind === 'template' ? locations.fields : [];
    w[base + layerWord.fields] = fields.length;
    const { fillValue } = grid;
    w[base + layerWord.layerFill] =
      fillValue === undefined ? -1 : this.tables.push(Uint32Array.from(fillWords(fillValue, grid.layout.dtype))) - 1;
    this.#locations(base, layer, locations);
    let at = base + wireConstants.layerWords;
    for (let d = 0; d < rank; d++) {
      w[at + dimWord.chunkShape] = grid.chunkShape[d] ?? 1;
      w[at + dimWord.gridShape] = grid.gridShape[d] ?? 1;
      w[at + dimWord.axisOrder] = grid.layout.axisOrder[d] ?? 0;
      w[at + dimWord.outStride] = outStrides[d] ?? 0;
      w[at + dimWord.segments] = axes[d]?.count ?? 0;
      at += wireConstants.dimWords;
    }
    for (const field of fields) {
      w[at + fieldWord.dimension] = field.dimension;
      w[at + fieldWord.width] = field.width;
      at += wireConstants.fieldWords;
    }
    let lists = at;
    for (const axis of axes) lists += axis.count * segmentWords;
    for (const axis of axes) {
      for (let i = 0; i < axis.segments.length; i++) w[at + i] = axis.segments[i] ?? 0;
      for (let s = 0; s < axis.count && axis.lists.length > 0; s++) {
        const listed = axis.lists[axis.segments[s * segmentWords + segmentWord.list] ?? -1];
        if (listed === undefined) continue;
        w[at + s * segmentWords + segmentWord.list] = lists;
        w.set(listed.from, lists);
        w.set(listed.out, lists + listed.from.length);
        lists += 2 * listed.from.length;
      }
      at += axis.count * segmentWords;
    }
    w[base + layerWord.layerSize] = lists - base;
    return lists;
  }

  #locations(base: number, layer: LayerPlan<G>, locations: ChunkLocations): void {
    const w = this.words;
    w[base + layerWord.handle] = 0;
    w[base + layerWord.table] = 0;
    w[base + layerWord.string] = 0;
    w[base + layerWord.dataOffset] = 0;
    w[base + layerWord.oneOffset] = 0;
    w[base + layerWord.oneLength] = 0;
    w[base + layerWord.stamps] = -1;
    w[base + layerWord.pitch] = layer.grid.layout.pitchBytes ?? 0;
    w[base + layerWord.held] = -1;
    w[base + layerWord.fileIndex] = -1;
    w[base + layerWord.mask] = -1;
    w[base + layerWord.order] = -1;
    w[base + layerWord.groups] = -1;
    if (locations.kind === 'absent') {
      w[base + layerWord.location] = locationKind.absent;
    } else if (locations.kind === 'template') {
      w[base + layerWord.location] = locationKind.names;
      w[base + layerWord.handle] = this.handles.push(this.#source.directory(locations.directory)) - 1;
      w[base + layerWord.string] = this.strings.length;
      this.strings.push(...locations.literals);
      w[base + layerWord.dataOffset] = locations.offset;
    } else {
      this.#table(base, layer, locations);
    }
  }

  #table(base: number, layer: LayerPlan<G>, table: TableLocations): void {
    const w = this.words;
    const [first = ''] = table.files;
    const { held } = table;
    const handle = table.files.length === 1 && held === undefined ? this.#source.file(first) : null;
    if (handle === null) {
      w[base + layerWord.location] = locationKind.paths;
      w[base + layerWord.handle] = table.files.length;
      w[base + layerWord.string] = this.strings.length;
      for (const file of table.files) this.strings.push(file);
      if (held !== undefined) {
        const words = new Uint32Array(Math.ceil(held.length / 4));
        new Uint8Array(words.buffer).set(held);
        w[base + layerWord.held] = this.tables.push(words) - 1;
      }
      if (table.stamps !== undefined) w[base + layerWord.stamps] = this.tables.push(stampWords(table.stamps)) - 1;
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
    const groups = layer.spans === null && table.offsets.length > 1 ? groupChunks(table, this.#coalescing) : null;
    if (groups !== null) {
      w[base + layerWord.order] = this.tables.push(groups.order) - 1;
      w[base + layerWord.groups] = this.tables.push(groups.starts) - 1;
    }
  }
}

/** Per file: size, time of modification, inode or -1. */
function stampWords(stamps: readonly FileStamp[]): Float64Array {
  const words = new Float64Array(3 * stamps.length);
  stamps.forEach(({ size, mtimeMs, ino }, i) => {
    words.set([size, mtimeMs, ino ?? -1], 3 * i);
  });
  return words;
}

/** The table of a decoding. */
function decodingWords(decoding: WireDecoding): Float64Array {
  const { scale, offset, storedRange, decodedRange, missing } = decoding;
  const first = Object.keys(decodingWord).length;
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

function layerSize(layer: LayerPlan, locations: ChunkLocations): number {
  let size = wireConstants.layerWords + layer.axes.length * wireConstants.dimWords;
  if (locations.kind === 'template') size += locations.fields.length * wireConstants.fieldWords;
  for (const axis of layer.axes) {
    size += axis.segments.length;
    for (const listed of axis.lists) size += 2 * listed.from.length;
  }
  return size;
}

/**
 * Encodes `plan`.
 * @param locations where the chunks of each layer are, in the layers' order.
 * @param fresh the result was allocated for this read and never touched: huge pages pay off.
 */
export function encodePlan<G extends ChunkGrid>(
  plan: ReadPlan<G>,
  locations: readonly ChunkLocations[],
  source: HandleSource<G>,
  options: WireOptions,
  fresh: boolean,
): WirePlan {
  let size: number = wireConstants.headerWords;
  plan.layers.forEach((layer, i) => {
    size += layerSize(layer, locations[i] ?? { kind: 'absent' });
  });
  const writer = new Writer(size, source, options);
  const w = writer.words;
  w[headerWord.versionWord] = wireConstants.version;
  w[headerWord.layers] = plan.layers.length;
  w[headerWord.outType] = options.out.code;
  w[headerWord.overflow] = overflowModes.indexOf(options.overflow);
  w[headerWord.scaled] = options.scaling === null ? 0 : 1;
  w[headerWord.scale] = options.scaling?.scale ?? 1;
  w[headerWord.offset] = options.scaling?.offset ?? 0;
  w[headerWord.threads] = options.threads;
  w[headerWord.engine] = engineNames.indexOf(options.engine);
  w[headerWord.prefill] = plan.covered ? 0 : 1;
  w[headerWord.elements] = plan.elements;
  for (let i = 0; i < fillWordCount; i++) w[headerWord.fill0 + i] = options.fill.words[i] ?? 0;
  w[headerWord.fillType] = (options.decoding?.storedType ?? options.fill.type).code;
  w[headerWord.fresh] = fresh ? 1 : 0;
  w[headerWord.decoding] = options.decoding === null ? -1 : writer.tables.push(decodingWords(options.decoding)) - 1;
  w[headerWord.cache] = cachePolicies.indexOf(options.cache);
  w[headerWord.readahead] = readaheadKinds.indexOf(options.readahead);
  w[headerWord.aheadBytes] = options.aheadBytes;
  w[headerWord.queueDepth] = options.queueDepth;
  let base: number = wireConstants.headerWords;
  plan.layers.forEach((layer, i) => {
    base = writer.layer(base, layer, plan.outStrides, locations[i] ?? { kind: 'absent' });
  });
  return writer;
}
