/**
 * Decides whether the stored chunks of one array can be copied into another array without decoding them.
 * @module
 */
import { type CodecChain, codecLabel } from '../codecs/codec.js';
import { dtypeInfo } from '../core/dtype.js';
import { fillWords } from '../core/fill.js';
import { product } from '../core/numbers.js';
import type { ArrayDescriptor, Layer } from '../formats/format.js';
import type { ShardLayout } from '../plan/locations.js';

/** An array whose elements are in one chunk grid. */
export interface GridOfArray {
  readonly descriptor: ArrayDescriptor;
  readonly layers: readonly Layer[];
}

/** Result of {@link compareStorage}. */
export type Agreement =
  /** The stored chunks of `from` are valid in the new array. */
  | { readonly kind: 'chunks'; readonly from: Layer; readonly to: Layer }
  /** Whole shard files are valid in the new array, too. */
  | { readonly kind: 'shards'; readonly from: Layer; readonly to: Layer }
  | { readonly kind: 'none'; readonly reason: string };

/**
 * Compares how two arrays of the same shape store their elements. Pure; reads no file.
 * @returns `chunks` or `shards` if the stored bytes of each chunk (or shard) of `source` are what a writer of `target`
 *   could have stored; otherwise the first difference.
 */
export function compareStorage(source: GridOfArray, target: GridOfArray): Agreement {
  const none = (reason: string): Agreement => ({ kind: 'none', reason });
  const unsuitable = whyUnsuitable(source.descriptor);
  if (unsuitable !== null) return none(unsuitable);
  const [from, to] = [onlyGrid(source), onlyGrid(target)];
  if (from === null) return none('the source is not one grid of chunks');
  if (to === null) return none('the new array is not one grid of chunks');
  const different = differenceOf(source.descriptor, from, target.descriptor, to);
  if (different !== null) return none(different);
  const [fromShards, toShards] = [from.index.shards?.layout, to.index.shards?.layout];
  if (toShards === undefined) return { kind: 'chunks', from, to };
  if (fromShards === undefined) return none('the new array has shards of another layout');
  return isSameShard(fromShards, toShards)
    ? { kind: 'shards', from, to }
    : none('the new array has shards of another layout');
}

/** Returns the reason why the chunks of an array need to be decoded in any case; null if there is none. */
function whyUnsuitable({
  notWritable,
  heapText,
  chunkText,
  sequences,
  filesMayVanish,
}: ArrayDescriptor): string | null {
  if (sequences !== undefined) return 'the elements are sequences';
  if (heapText !== undefined || chunkText !== undefined) return 'the elements are texts of variable length';
  if (filesMayVanish === true) return 'other programs may remove files of the source';
  return notWritable === undefined ? null : `the source has ${notWritable}`;
}

/** Returns the layer of an array that covers the array and begins at its first element; null if there is none. */
function onlyGrid({ descriptor: { shape }, layers }: GridOfArray): Layer | null {
  const [layer, other] = layers;
  if (layer === undefined || other !== undefined || layer.layout.spacing !== undefined) return null;
  const isWhole = shape.every((size, d) => layer.start[d] === 0 && layer.stop[d] === size && layer.origin[d] === 0);
  const isInterleaved = layer.interleaving?.some((axis) => axis !== null) === true;
  return isWhole && !isInterleaved ? layer : null;
}

function differenceOf(source: ArrayDescriptor, from: Layer, target: ArrayDescriptor, to: Layer): string | null {
  const [a, b] = [from.layout, to.layout];
  const types = [source.dtype, a.dtype, target.dtype, b.dtype];
  if (new Set(types).size > 1) return `the types differ: ${a.dtype} and ${b.dtype}`;
  if (a.byteOrder !== b.byteOrder && dtypeInfo(a.dtype).swapSize > 1) {
    return `the byte orders differ: ${a.byteOrder} and ${b.byteOrder}`;
  }
  if (!isSame(from.chunkShape, to.chunkShape)) {
    return `the chunk shapes differ: [${from.chunkShape.join(', ')}] and [${to.chunkShape.join(', ')}]`;
  }
  if (!isSame(a.axisOrder, b.axisOrder)) return 'the orders of the elements in a chunk differ';
  const isDivided = source.shape.every((size, d) => size % (from.chunkShape[d] ?? 1) === 0);
  const isSameEdge = a.edge === b.edge && (a.edge === 'full' || isSame(from.gridShape, to.gridShape));
  if (!isSameEdge && !isDivided) return 'the sizes of the chunks at the upper edge differ';
  if (!isSameChain(a.codecs, b.codecs)) {
    return `the codecs differ: ${describeChain(a.codecs)} and ${describeChain(b.codecs)}`;
  }
  const [ownFill, newFill] = [fillOf(source, from), fillOf(target, to)];
  return isSame(ownFill, newFill) ? null : 'the fill values differ';
}

/** Returns the bytes of the elements of absent chunks, as words. */
function fillOf({ fillValue }: ArrayDescriptor, layer: Layer): number[] {
  return Array.from(fillWords(layer.fillValue === undefined ? fillValue : layer.fillValue, layer.layout.dtype));
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
}

function isSameChain(a: CodecChain, b: CodecChain): boolean {
  const isSameCodec = (codec: CodecChain[number], other: CodecChain[number] | undefined): boolean =>
    codec.codec === other?.codec && isSame(codec.params, other.params) && codec.codec !== 'unsupported';
  const hasIndex = [...a, ...b].some(({ index }) => index !== undefined);
  return !hasIndex && a.length === b.length && a.every((codec, i) => isSameCodec(codec, b[i]));
}

/** Describes codecs with their parameters, such as `zstd(3), crc32c(0)`. */
function describeChain(chain: CodecChain): string {
  const labels = chain.map((codec) => {
    const hasParams = codec.codec !== 'unsupported' && codec.params.length > 0;
    return codecLabel(codec) + (hasParams ? `(${codec.params.join(', ')})` : '');
  });
  return labels.length === 0 ? 'none' : labels.join(', ');
}

function isSameShard(a: ShardLayout, b: ShardLayout): boolean {
  const isSameIndex = a.location === b.location && a.byteOrder === b.byteOrder && a.checksum === b.checksum;
  const isSameOrder = a.lengthStride === b.lengthStride && isSame(a.strides, b.strides);
  return isSameIndex && isSameOrder && isSame(a.counts, b.counts);
}

/** Returns the size of the index of a shard in bytes. */
export function shardIndexBytes({ counts, checksum }: ShardLayout): number {
  return product(counts, 16) + (checksum === 'crc32c' ? 4 : 0);
}
