/**
 * Describes what a write would do, without system calls that read or change files of the array.
 * @module
 */
import { basename, dirname } from 'node:path';
import { codecLabel } from '../codecs/codec.js';
import { dtypeInfo } from '../core/dtype.js';
import { type MemoryLimitDetails, UnsupportedError } from '../core/errors.js';
import { fillWords } from '../core/fill.js';
import type { Durability } from '../core/generated/write.js';
import type { ArrayDescriptor, ChunkLayout, Layer } from '../formats/format.js';
import type { SyncBackend, SyncBackendRun } from '../io/backend.js';
import { runSync } from '../io/driver.js';
import type { Io } from '../io/io.js';
import { binding } from '../native/binding.js';
import { estimateIo } from '../plan/estimate.js';
import type { Hyperslab } from '../plan/hyperslab.js';
import { axesOf, type LayerPlan } from '../plan/read-plan.js';
import { type AxisProjection, segmentWord, segmentWords } from '../plan/segments.js';
import { resultMemory } from './memory-limit.js';
import type { WriteEngineSelector } from './write-engine.js';
import { planWrite, type WritePlan } from './write-plan.js';

/** Cost of a write, and the files that it would change. */
export interface WriteExplanation {
  /** Name of the format. */
  readonly format: string;
  /** Shape of the selection. */
  readonly shape: readonly number[];
  /** Bytes of the selected elements in the stored element type, before any compression. */
  readonly bytesRequested: number;
  /**
   * Bytes to write. If chunk files or shards are replaced, each touched chunk counts completely, with its size before
   * encoding. If files are changed in place, only the selected elements count.
   */
  readonly bytesToWrite: number;
  /** Number of chunks that the selection touches. */
  readonly chunks: number;
  /** Chunks of which the selection covers only a part. If they exist, they are read, changed and written again. */
  readonly chunksMerged: number;
  /** Number of shard files that the write replaces; 0 if chunks are not in shards. */
  readonly shards: number;
  /**
   * Number of contiguous runs of bytes that are written in place; runs longer than 1 MiB count as several. 0 if chunk
   * files are replaced.
   */
  readonly runs: number;
  /** Number of files that the write changes or replaces. */
  readonly files: number;
  /**
   * Names under which data is written before it gets its final name. `NUMBER` stands for a number that is different for
   * each file. Empty if existing files are changed in place.
   */
  readonly temporaryNames: readonly string[];
  /** Steps that make the data durable, in their order; empty with `durability: 'none'`. */
  readonly durabilitySteps: readonly string[];
  /** `pwrite`: through the page cache. `direct`: with O_DIRECT, except for parts that do not fill an aligned block. */
  readonly engine: string;
  /** Reason for the choice of the engine. */
  readonly engineReason: string;
  /** Codecs in the order of encoding. */
  readonly codecs: readonly string[];
  /**
   * Memory of all threads for collecting and encoding elements, and memory that is available now. Null if the system
   * does not report available memory.
   */
  readonly memory: MemoryLimitDetails | null;
}

/** Properties of a writable array that an explanation depends on. */
export interface ExplainedTarget {
  readonly descriptor: ArrayDescriptor;
  /** Final path of the array, and the path at which its data is written. They differ for a new array. */
  readonly path: string;
  readonly dataPath: string;
  /** True if the array has no final name yet. */
  readonly isNew: boolean;
  /** Durability that each write ensures, and durability that `flush` and `close` ensure. */
  readonly writeDurability: Durability;
  readonly finalDurability: Durability;
  /** True if chunks may stay in memory until `flush` or `close`. */
  readonly isWrittenBack: boolean;
  /** Maximum number of threads; 0 for all I/O threads of the pool. */
  readonly threads: number;
  readonly engines: WriteEngineSelector;
}

/** Maximum number of bytes in one run that is written in place (native/exec/write/in_place.h). */
const maxRunBytes = 2 ** 20;

/** Backend for planning without I/O. */
const noIo: SyncBackend = {
  begin: () => {
    const refuse = (path: string): never => {
      throw new UnsupportedError('an explanation of a write that needs metadata of existing chunks', path);
    };
    return {
      stat: refuse,
      list: refuse,
      size: refuse,
      read: refuse,
      slices: () => refuse(''),
      inflate: refuse,
      heapValues: () => refuse(''),
      firstPass: refuse,
      close: () => {},
    } satisfies SyncBackendRun;
  },
};

/** Counts the chunks along an axis that the selection covers completely. Parts outside the array do not matter. */
function countComplete(axis: AxisProjection, chunkSize: number, gridSize: number): number {
  let complete = 0;
  for (let s = 0; s < axis.count; s++) {
    const chunk = axis.segments[s * segmentWords + segmentWord.chunk] ?? 0;
    const size = Math.min(chunkSize, gridSize - chunk * chunkSize);
    if ((axis.segments[s * segmentWords + segmentWord.count] ?? 0) === size) complete += 1;
  }
  return complete;
}

/**
 * Returns the sum of the lengths of the touched chunks along an axis. Unless `edge` is `full`, a chunk at the edge
 * counts only with its part inside the array.
 */
function sumLengths(axis: AxisProjection, chunkSize: number, gridSize: number, edge: ChunkLayout['edge']): number {
  if (edge === 'full') return axis.count * chunkSize;
  let sum = 0;
  for (let s = 0; s < axis.count; s++) {
    const chunk = axis.segments[s * segmentWords + segmentWord.chunk] ?? 0;
    sum += Math.min(chunkSize, gridSize - chunk * chunkSize);
  }
  return sum;
}

/** Counts the shards that the selection touches along an axis. */
function countShards(axis: AxisProjection, chunksOfShard: number): number {
  const shards = new Set<number>();
  for (let s = 0; s < axis.count; s++) {
    shards.add(Math.floor((axis.segments[s * segmentWords + segmentWord.chunk] ?? 0) / chunksOfShard));
  }
  return shards.size;
}

const product = (values: readonly number[]): number => values.reduce((a, b) => a * b, 1);

/** Totals of the part of a write that goes to one layer. */
interface LayerTotals {
  readonly bytes: number;
  readonly runs: number;
  readonly files: number;
  readonly merged: number;
  readonly shards: number;
  /** Memory that one thread needs for a task, and memory that the write needs once. */
  readonly memoryOfThread: number;
  readonly memoryOfWrite: number;
  readonly tasks: number;
}

function* totalsOf(layer: LayerPlan<Layer>, shards: WritePlan['shards']): Io<LayerTotals> {
  const { grid, locations, chunkCount } = layer;
  const axes = axesOf(layer);
  const complete = product(axes.map((axis, d) => countComplete(axis, grid.chunkShape[d] ?? 1, grid.gridShape[d] ?? 1)));
  if (locations.kind !== 'template') {
    const { bytes, extents, files } = yield* estimateIo(layer);
    const tasks = Math.ceil(bytes / maxRunBytes);
    return { bytes, runs: extents, files, merged: 0, shards: 0, memoryOfThread: maxRunBytes, memoryOfWrite: 0, tasks };
  }
  const chunkBytes = product(grid.chunkShape) * dtypeInfo(grid.layout.dtype).size;
  const shardCount = shards === null ? 0 : product(axes.map((axis, d) => countShards(axis, shards.counts[d] ?? 1)));
  const files = shards === null ? chunkCount : shardCount;
  const { dtype, edge } = grid.layout;
  const lengths = axes.map((axis, d) => sumLengths(axis, grid.chunkShape[d] ?? 1, grid.gridShape[d] ?? 1, edge));
  return {
    bytes: product(lengths) * dtypeInfo(dtype).size,
    runs: 0,
    files,
    merged: chunkCount - complete,
    shards: shardCount,
    // The stored chunk and the buffers between codecs each have at most about the size of the decoded chunk.
    memoryOfThread: grid.layout.codecs.length === 0 ? chunkBytes : 3 * chunkBytes,
    memoryOfWrite: shards === null ? 0 : product(shards.counts) * chunkBytes,
    tasks: chunkCount,
  };
}

function temporaryNames({ isNew, dataPath }: ExplainedTarget, plan: WritePlan): string[] {
  const names = isNew ? [dataPath] : [];
  const [layer] = plan.plan.layers;
  return layer?.locations.kind === 'template' ? [...names, '.CHUNK.NUMBER.partial next to each chunk file'] : names;
}

function durabilitySteps(target: ExplainedTarget, plan: WritePlan): string[] {
  const { writeDurability, finalDurability, isWrittenBack, path, isNew } = target;
  const isFiles = plan.plan.layers[0]?.locations.kind === 'template';
  const unit = plan.shards === null ? 'chunk' : 'shard';
  const steps: string[] = [];
  if (writeDurability !== 'none') {
    const when = isWrittenBack ? ', by flush() and close()' : '';
    steps.push(isFiles ? `fdatasync of each ${unit} file before its rename${when}` : `fdatasync of ${basename(path)}`);
    if (isFiles && writeDurability === 'full') steps.push(`fsync of each directory with a new name${when}`);
  } else if (finalDurability !== 'none') {
    steps.push(`fdatasync of ${basename(path)} by flush() and close()`);
  }
  if (isNew && finalDurability === 'full') {
    steps.push(`fsync of ${dirname(path)} by close(), after the rename to ${basename(path)}`);
  }
  return steps;
}

/**
 * Explains the write of a slab. @throws {UnsupportedError} if there are too many chunks for one write, or if the chunks
 * cannot be planned without reading metadata.
 */
export function explainWrite(target: ExplainedTarget, slab: Hyperslab): WriteExplanation {
  const { descriptor, threads } = target;
  const { name } = dtypeInfo(descriptor.dtype);
  const request = {
    slab,
    conversion: {
      out: dtypeInfo(descriptor.dtype),
      overflow: 'error',
      scaling: null,
      decoding: null,
      fill: { type: dtypeInfo(descriptor.dtype), words: fillWords(null, name) },
    },
    // A write never covers gaps between selected elements.
    coalescing: { gapBytes: 0, maxBytes: maxRunBytes },
  } as const;
  return runSync(
    (function* (): Io<WriteExplanation> {
      const written = yield* planWrite(descriptor, request);
      const layers: LayerTotals[] = [];
      for (const layer of written.plan.layers) layers.push(yield* totalsOf(layer, written.shards));
      const sum = (key: keyof LayerTotals): number => layers.reduce((total, layer) => total + layer[key], 0);
      const width = threads === 0 ? Number(binding().info()['ioThreads']) : threads;
      const perThread = Math.max(0, ...layers.map(({ memoryOfThread }) => memoryOfThread));
      const { engine, engineReason } = target.engines.choose(written);
      const available = resultMemory.available();
      const neededBytes = Math.min(width, Math.max(1, sum('tasks'))) * perThread + sum('memoryOfWrite');
      return {
        format: descriptor.format,
        shape: slab.filter(({ dropped }) => !dropped).map(({ count }) => count),
        bytesRequested: product(slab.map(({ count }) => count)) * dtypeInfo(descriptor.dtype).size,
        bytesToWrite: sum('bytes'),
        chunks: written.plan.chunkCount,
        chunksMerged: sum('merged'),
        shards: sum('shards'),
        runs: sum('runs'),
        files: sum('files'),
        temporaryNames: temporaryNames(target, written),
        durabilitySteps: durabilitySteps(target, written),
        engine,
        engineReason,
        codecs: written.plan.layers[0]?.grid.layout.codecs.map(codecLabel) ?? [],
        memory: available === null ? null : { neededBytes, ...available },
      };
    })(),
    noIo,
  );
}
