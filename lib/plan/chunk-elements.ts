/**
 * Numbers of elements in a chunk: a chunk seen as one dimension, whose positions are a fixed distance apart.
 * @module
 */
import { dtypeInfo } from '../core/dtype.js';
import { greatestCommonDivisor } from '../core/numbers.js';
import { byteStrides, type ChunkGrid, type MemoryLayout } from './layout.js';

/**
 * Elements of a chunk that lie at multiples of `pitch` from the first element of the chunk, plus `shift` bytes. All
 * elements of most chunks are in one class. Several classes are needed if elements lie at multiples of a number of
 * bytes that is less than the size of an element, as in records of 20 bytes that contain two float64.
 */
export interface ElementClass {
  readonly pitch: number;
  readonly shift: number;
  /** Number of positions. */
  readonly length: number;
}

/** Chunks of one shape. */
export interface ChunkShape {
  /** Distance between neighbours along each dimension, in units of {@link unit}. */
  readonly strides: readonly number[];
  /** Greatest number of bytes of which all positions of elements are multiples. */
  readonly unit: number;
  readonly classes: readonly ElementClass[];
}

/** Describes the positions of the elements of a chunk of shape `shape`. */
export function describeChunkShape(layout: MemoryLayout, shape: readonly number[]): ChunkShape {
  const { size } = dtypeInfo(layout.dtype);
  const strides = byteStrides(layout, shape);
  let unit = 0;
  let reach = 0;
  for (const [d, stride] of strides.entries()) {
    const length = shape[d] ?? 1;
    if (length < 2) continue;
    unit = greatestCommonDivisor(unit, stride);
    reach += (length - 1) * stride;
  }
  if (unit === 0) unit = size;
  const units = reach / unit + 1;
  const count = Math.min(units, Math.ceil(size / unit));
  const pitch = Math.ceil(size / unit) * unit;
  const classes: ElementClass[] = [];
  for (let c = 0; c < count; c++) {
    classes.push({ pitch, shift: c * unit, length: Math.floor((units - 1 - c) / (pitch / unit)) + 1 });
  }
  return { strides: strides.map((stride, d) => ((shape[d] ?? 1) < 2 ? 0 : stride / unit)), unit, classes };
}

/**
 * Returns a grid with one dimension. Its chunks are the chunks of `grid` that have shape `shape`; its positions are
 * those of an element class.
 */
export function flattenGrid<G extends ChunkGrid>(grid: G, shape: readonly number[], elements: ElementClass): G {
  const { layout, interleaving: _, ...rest } = grid;
  const { size } = dtypeInfo(layout.dtype);
  const { pitch, shift, length } = elements;
  const isDense = layout.spacing === undefined && pitch === size;
  const { spacing: given, ...plain } = layout;
  const offset = (given?.offset ?? 0) + shift;
  const reach = byteStrides(layout, shape).reduce((sum, stride, d) => sum + ((shape[d] ?? 1) - 1) * stride, 0);
  // The chunk must keep its number of bytes.
  const tail = (given?.tail ?? 0) + reach - shift - (length - 1) * pitch;
  return {
    ...rest,
    start: [0],
    stop: [length],
    origin: [0],
    chunkShape: [length],
    gridShape: [length],
    layout: {
      ...plain,
      axisOrder: [0],
      edge: 'full',
      ...(isDense ? {} : { spacing: { pitches: [pitch], offset, tail } }),
    },
  } as unknown as G;
}
