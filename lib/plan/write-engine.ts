/**
 * Chooses how bytes are written into an open file: through the page cache, or with O_DIRECT, which bypasses it.
 * @module
 */
import { dtypeInfo } from '../core/dtype.js';
import type { Durability } from '../core/generated/write.js';
import { bytesOfChunk } from './layout.js';
import { axesOf, type LayerPlan } from './read-plan.js';

/**
 * Engine of a write. `auto` chooses by the size of the write and the properties of the file; `pwrite` writes through
 * the page cache, `direct` bypasses it.
 */
export type WriteEngineName = 'auto' | 'pwrite' | 'direct';
export const writeEngines = ['auto', 'pwrite', 'direct'] as const satisfies readonly WriteEngineName[];

/** Properties of a file that direct writes depend on. */
export interface WriteFileFacts {
  readonly sizeBytes: number;
  /** Bytes of allocated space. Less than the size if the file has holes. */
  readonly allocatedBytes: number;
  /** Error with which the file system refused to open the file with O_DIRECT; '' if it did not. */
  readonly directError: string;
  /** Alignment that statx(2) reports for direct I/O, in bytes; null if it reports none. */
  readonly alignment: { readonly memoryBytes: number; readonly offsetBytes: number } | null;
}

/** Properties of a write in place. */
export interface InPlaceWrite {
  /** Bytes that are written. */
  readonly bytes: number;
  /** Length of the contiguous runs that the selected elements form in the file, in bytes. */
  readonly runBytes: number;
  /** File offset at which the last of the chunks of the write ends, in bytes. */
  readonly endBytes: number;
  /** True if each element begins at a multiple of its size in the file. */
  readonly hasAlignedElements: boolean;
}

/** Facts on which the choice of an engine depends. */
export interface WriteEngineFacts extends InPlaceWrite {
  readonly asked: WriteEngineName;
  /** Durability that `close()` ensures. */
  readonly durability: Durability;
  /** Properties of the file; null if they are not known. */
  readonly file: WriteFileFacts | null;
}

/** Engine of a write and the reason for this choice. `alignment` is that of direct writes in bytes; 0 for `pwrite`. */
export interface WriteEngineChoice {
  readonly engine: 'pwrite' | 'direct';
  readonly reason: string;
  readonly alignment: number;
}

/**
 * Minimum size of a write for which `auto` chooses direct I/O. Direct writes wait for the device, so smaller writes are
 * faster through the page cache. The same limit applies to direct reads.
 */
export const minDirectBytes = 8 * 2 ** 20;
/**
 * Minimum length of a contiguous run for which `auto` chooses direct I/O. The two edges of each run go through the page
 * cache, so short runs gain nothing.
 */
const minAutoRunBytes = 2 ** 20;
/** Minimum length of a contiguous run for which direct I/O is possible. Shorter runs may contain no aligned block. */
const minRunBytes = 2 ** 17;
/** Alignment of the buffers from which direct writes are made, and the smallest alignment of their offsets. */
const bufferAlignment = 4096;

/** Returns the properties of the write of a layer whose chunks are all in one file. */
export function inPlaceWriteOf(layer: LayerPlan): InPlaceWrite {
  const { grid, locations } = layer;
  const { layout, chunkShape, gridShape } = grid;
  const { size } = dtypeInfo(layout.dtype);
  const axes = axesOf(layer);
  let runBytes = size;
  for (const d of [...layout.axisOrder].reverse()) {
    const axis = axes[d];
    const length = Math.min(chunkShape[d] ?? 1, gridShape[d] ?? 1);
    if (axis === undefined || axis.count > 1) break;
    if (axis.elements > 1 && (axis.lists !== null || axis.distance !== 1)) break;
    runBytes *= axis.elements;
    if (axis.elements !== length) break;
  }
  const offsets = locations.kind === 'table' ? locations.offsets : new Float64Array();
  return {
    bytes: axes.reduce((product, { elements }) => product * elements, size),
    runBytes,
    endBytes: offsets.reduce((a, b) => Math.max(a, b), 0) + bytesOfChunk(layout, chunkShape),
    hasAlignedElements: offsets.every((offset) => offset % size === 0),
  };
}

/** Returns the reason why direct writes are impossible; null if they are possible. */
function obstacle({ runBytes, hasAlignedElements, file }: WriteEngineFacts): string | null {
  if (runBytes < minRunBytes) return `its contiguous runs have less than ${minRunBytes / 1024} KiB`;
  if (!hasAlignedElements) return 'its elements do not begin at multiples of their size in the file';
  if (file === null) return 'the properties of the file are not known';
  if (file.directError !== '') return `the file system refuses O_DIRECT (${file.directError})`;
  if (file.alignment?.offsetBytes === 0) return 'the file does not support direct I/O';
  if ((file.alignment?.memoryBytes ?? 0) > bufferAlignment) {
    return `direct I/O needs memory that is aligned to more than ${bufferAlignment} bytes`;
  }
  return null;
}

/** Returns the reason why `auto` does not choose a direct write that is possible; null if it chooses it. */
function drawback({ bytes, runBytes, endBytes, durability, file }: WriteEngineFacts): string | null {
  const mebibytes = (count: number): string => `${count / 2 ** 20} MiB`;
  if (bytes < minDirectBytes) return `it has less than ${mebibytes(minDirectBytes)}`;
  if (runBytes < minAutoRunBytes) return `its contiguous runs have less than ${mebibytes(minAutoRunBytes)}`;
  if (durability === 'none') return "with `durability: 'none'`, the data can stay in the page cache";
  if (file === null) return 'the properties of the file are not known';
  if (file.alignment === null) return 'the file system does not report the alignment of direct I/O';
  if (endBytes > file.sizeBytes) return 'it makes the file larger, which allows only one direct write at a time';
  if (file.allocatedBytes < file.sizeBytes) return 'the file has holes, which allow only one direct write at a time';
  return null;
}

/**
 * Chooses the engine for a write in place. Direct writes are chosen if they are possible, and the write is large, must
 * be durable, and goes to allocated space (docs/adr/0011-direct-writes.md).
 */
export function chooseWriteEngine(facts: WriteEngineFacts): WriteEngineChoice {
  const { asked, file } = facts;
  const cached = (reason: string): WriteEngineChoice => ({ engine: 'pwrite', reason, alignment: 0 });
  if (asked === 'pwrite') return cached('requested by the caller');
  const against = (asked === 'auto' ? drawback(facts) : null) ?? obstacle(facts);
  if (against !== null) return cached(`the write goes through the page cache: ${against}`);
  const alignment = Math.max(bufferAlignment, file?.alignment?.offsetBytes ?? 0);
  const rest = `parts that do not fill a block of ${alignment} bytes go through the page cache`;
  const reason = asked === 'direct' ? 'requested by the caller' : 'the write is large and goes to allocated space';
  return { engine: 'direct', reason: `${reason}; ${rest}`, alignment };
}
