/**
 * Decides how an array of any format is shown as a Zarr v3 array: its chunk grid, its codecs and its metadata.
 * @see https://zarr-specs.readthedocs.io/en/latest/v3/core/index.html
 * @module
 */
import { dtypeInfo } from '../../core/dtype.js';
import { type FillValue, fillBytes } from '../../core/fill.js';
import { product } from '../../core/numbers.js';
import type { ArrayDescriptor, Layer } from '../../formats/format.js';
import { jsonText } from '../../formats/json-text.js';
import type { Io } from '../../io/io.js';
import { elementKind } from '../listed-elements.js';
import type { CodecMetadata } from './codec-metadata.js';
import { bytesCodec, type CodecProfile, codecsOf } from './codecs.js';
import { type TextGrid, textCodec, textGridOf } from './texts.js';

/** The form in which an array is shown as a Zarr v3 array. */
export interface ZarrView {
  /** `texts` are sent as they are encoded by `vlen-utf8`. */
  readonly elements: 'numbers' | 'texts';
  readonly chunkShape: readonly number[];
  /** Number of chunks of each dimension. */
  readonly gridShape: readonly number[];
  /**
   * Layer whose stored chunks are sent as they are. Null if chunks are decoded, and sent as little-endian elements in C
   * order.
   */
  readonly verbatim: Layer | null;
  /** Size in bytes of a decoded chunk; 0 for texts, whose size is not known. */
  readonly chunkBytes: number;
  /** The document `zarr.json`. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** The document as text. */
  readonly text: string;
}

/** Minimum and maximum size in bytes of uncompressed chunks. For other sizes, the server chooses a chunk shape. */
const [minPlainBytes, maxPlainBytes] = [64 << 10, 16 << 20];

/** Maximum size in bytes of chunks whose shape the server chooses. */
const inventedBytes = 4 << 20;

/**
 * Returns the view of an array. May read metadata.
 * @param profile codecs that the client knows. Chunks with other codecs are decoded.
 */
export function* describeView(array: ArrayDescriptor, profile: CodecProfile): Io<ZarrView> {
  if (elementKind(array) === 'text') return describeTexts(array);
  const { shape, dtype } = array;
  const layers = shape.includes(0)
    ? []
    : (array.fixedLayers ??
      (yield* array.layers(
        shape.map(() => 0),
        shape,
      )));
  const only = layers.length === 1 ? layers[0] : undefined;
  const verbatim = only !== undefined && isComplete(array, only) ? only : null;
  const elementBytes = dtypeInfo(dtype).size;
  const codecs =
    verbatim === null ? null : codecsOf(verbatim.layout, profile, bytesOf(verbatim.chunkShape, elementBytes));
  const chunkShape = codecs === null ? chooseChunkShape(array, layers) : (verbatim?.chunkShape ?? shape);
  const type = { name: dtype, fill: fillMetadata(array.fillValue, dtypeInfo(dtype).kind) };
  const metadata = arrayMetadata(
    array,
    { shape, chunkShape },
    type,
    codecs ?? [bytesCodec({ dtype, byteOrder: 'little' })],
  );
  return {
    elements: 'numbers',
    chunkShape,
    gridShape: shape.map((size, d) => Math.ceil(size / (chunkShape[d] ?? 1))),
    verbatim: codecs === null ? null : verbatim,
    chunkBytes: bytesOf(chunkShape, elementBytes),
    metadata,
    text: documentText(metadata),
  };
}

function describeTexts(array: ArrayDescriptor): ZarrView {
  const { shape, chunkShape } = textGridOf(array);
  const metadata = arrayMetadata(array, { shape, chunkShape }, { name: 'string', fill: '' }, [textCodec]);
  return {
    elements: 'texts',
    chunkShape,
    gridShape: shape.map((size, d) => Math.ceil(size / (chunkShape[d] ?? 1))),
    verbatim: null,
    chunkBytes: 0,
    metadata,
    text: documentText(metadata),
  };
}

const bytesOf = (shape: readonly number[], elementBytes: number): number => product(shape, elementBytes);

/** True if the encoded chunks of `layer` can be sent unchanged as the chunks of a Zarr array that equals `array`. */
function isComplete(array: ArrayDescriptor, layer: Layer): boolean {
  const { shape, dtype, fillValue } = array;
  const { start, stop, origin, chunkShape, layout } = layer;
  const isFull = layout.edge === 'full' || shape.every((size, d) => size % (chunkShape[d] ?? 1) === 0);
  const { fillValue: own = fillValue } = layer;
  return (
    layout.codecs.length > 0 &&
    layout.dtype === dtype &&
    layout.spacing === undefined &&
    layer.interleaving === undefined &&
    isFull &&
    shape.every((size, d) => start[d] === 0 && origin[d] === 0 && (stop[d] ?? 0) >= size) &&
    Buffer.compare(fillBytes(own, dtype), fillBytes(fillValue, dtype)) === 0
  );
}

/** Returns the chunk shape of an array whose chunks are decoded. */
function chooseChunkShape(array: ArrayDescriptor, layers: readonly Layer[]): readonly number[] {
  const { shape, dtype } = array;
  const native = shape.map((size, d) => Math.max(1, Math.min(array.chunkShape[d] ?? size, Math.max(1, size))));
  const { size } = dtypeInfo(dtype);
  const bytes = bytesOf(native, size);
  // A part of an uncompressed chunk, or of a deflate stream with an index, can be read without the rest.
  const isDivisible = layers.every(({ layout: { codecs } }) => codecs.every(({ codec }) => codec === 'deflatePiece'));
  if (!isDivisible || (bytes >= minPlainBytes && bytes <= maxPlainBytes)) return native;
  const axisOrder = layers[0]?.layout.axisOrder ?? shape.map((_, d) => d);
  const chunks = shape.map(() => 1);
  let room = Math.floor(inventedBytes / size);
  for (const d of [...axisOrder].reverse()) {
    chunks[d] = Math.max(1, Math.min(shape[d] ?? 1, room));
    room = Math.floor(room / (chunks[d] ?? 1));
  }
  return chunks;
}

function arrayMetadata(
  { attributes, dimensionNames }: ArrayDescriptor,
  { shape, chunkShape }: TextGrid,
  { name, fill }: { readonly name: string; readonly fill: unknown },
  codecs: readonly CodecMetadata[],
): Readonly<Record<string, unknown>> {
  return {
    zarr_format: 3,
    node_type: 'array',
    shape,
    data_type: name,
    chunk_grid: { name: 'regular', configuration: { chunk_shape: chunkShape } },
    chunk_key_encoding: { name: 'default', configuration: { separator: '/' } },
    fill_value: fill,
    codecs,
    attributes,
    ...(dimensionNames === null ? {} : { dimension_names: dimensionNames.slice(0, shape.length) }),
  };
}

/** Returns the fill value in the form that Zarr metadata requires for elements of this kind. */
function fillMetadata(fill: FillValue, kind: ReturnType<typeof dtypeInfo>['kind']): unknown {
  const value = fill ?? 0;
  if (kind === 'c') return typeof value === 'object' ? value : [Number(value), 0];
  if (typeof value === 'object') return value[0];
  if (kind === 'b') return Number(value) !== 0;
  return typeof value === 'boolean' ? Number(value) : value;
}

/** Returns the document of a group. `members` are the documents of all nodes below it by path, if they are known. */
export function groupMetadata(
  attributes: Readonly<Record<string, unknown>>,
  members: ReadonlyMap<string, unknown> | null,
): Readonly<Record<string, unknown>> {
  const consolidated =
    members === null ? {} : { kind: 'inline', must_understand: false, metadata: Object.fromEntries(members) };
  return {
    zarr_format: 3,
    node_type: 'group',
    attributes,
    ...(members === null ? {} : { consolidated_metadata: consolidated }),
  };
}

/** Returns a document as text. */
export function documentText(document: unknown): string {
  return jsonText(document);
}
