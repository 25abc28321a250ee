/**
 * Writes elements as a stream of Apache Arrow: one record batch of one column, `values`.
 * @see https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format
 * @module
 */
import { type DType, dtypeInfo, isComplex } from '../../core/dtype.js';
import { product } from '../../core/numbers.js';
import { HttpError } from '../http/problem.js';
import { flatBuffer, type Integer, int8, int16, int32, int64, type Referenced } from './flatbuffer.js';

/** Bytes before and after the elements. */
export interface Envelope {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/** Largest number of elements of a list of fixed size. */
const maxListSize = 2 ** 31 - 1;

/** Version of the metadata (V5), and numbers of types in the schema of Arrow's messages. */
const version = 4;
const [schemaMessage, batchMessage] = [1, 3];
const types = { int: 2, float: 3, utf8: 5, bool: 6, list: 16 } as const;
const precisions: Readonly<Record<number, number>> = { 2: 0, 4: 1, 8: 2 };

/** A type, as the two fields of a union: its number and its table. */
export type Type = readonly [Integer, Referenced];

function typeOf(dtype: DType): Type {
  const { kind, size } = dtypeInfo(dtype);
  if (kind === 'b') return [int8(types.bool), { table: [] }];
  if (kind === 'f') return [int8(types.float), { table: [int16(precisions[size] ?? 0)] }];
  if (kind === 'c') return [int8(types.float), { table: [int16(precisions[size / 2] ?? 0)] }];
  return [int8(types.int), { table: [int32(8 * size), int8(kind === 'i' ? 1 : 0)] }];
}

/** The type of texts. */
export const utf8Type: Type = [int8(types.utf8), { table: [] }];

/** Returns the type of lists of `length` elements. */
export function fixedList(length: number): Type {
  return [int8(types.list), { table: [int32(length)] }];
}

/** Describes a column, or the elements of a column of lists. */
export function field(
  name: string,
  type: Type,
  children: readonly Referenced[],
  metadata: Referenced | null,
): Referenced {
  return { table: [{ text: name }, int8(0), ...type, null, { list: children }, metadata] };
}

/** Returns the shape in which elements are sent: complex numbers have a last dimension of two parts. */
export function arrowShape(shape: readonly number[], dtype: DType): readonly number[] {
  return isComplex(dtype) ? [...(shape.length === 0 ? [1] : shape), 2] : shape;
}

/** Returns the number of bytes of the elements: bool takes one bit. */
export function arrowBytes(shape: readonly number[], dtype: DType): number {
  const { kind, size } = dtypeInfo(dtype);
  return kind === 'b' ? Math.ceil(product(shape) / 8) : product(shape) * size;
}

/** @throws {HttpError} 413 if a row has more elements than Arrow allows. */
export function checkRowSize(elements: number): void {
  if (elements <= maxListSize) return;
  throw new HttpError(413, 'ResponseTooLarge', `Expected at most ${maxListSize} elements per row for Arrow`);
}

/**
 * Returns the pieces of a stream of one column.
 * @param lengths number of rows, and of elements of lists.
 * @param buffers buffers of the column in the order of Arrow; null for an empty one.
 */
export function streamOf(
  values: Referenced,
  lengths: readonly number[],
  buffers: readonly (Uint8Array | null)[],
): readonly Uint8Array[] {
  let at = 0;
  const places: number[][] = [];
  const body: Uint8Array[] = [];
  for (const buffer of buffers) {
    const length = buffer?.length ?? 0;
    places.push([at, length]);
    if (buffer === null) continue;
    body.push(buffer, new Uint8Array((8 - (length % 8)) % 8));
    at += Math.ceil(length / 8) * 8;
  }
  const [rows = 0] = lengths;
  const nodes = lengths.map((length) => [length, 0]);
  const schema: Referenced = { table: [int16(0), { list: [values] }] };
  const batch: Referenced = { table: [int64(rows), { longs: nodes }, { longs: places }] };
  const end = Buffer.alloc(8);
  end.writeInt32LE(-1, 0);
  return [message(schemaMessage, schema, 0), message(batchMessage, batch, at), ...body, end];
}

/**
 * Returns the bytes before and after the elements of an array. A row of the column is the part at one position along
 * the first dimension: a tensor of fixed shape (`arrow.fixed_shape_tensor`), or a number if there is one dimension.
 * @throws {HttpError} 413 if a row has more elements than Arrow allows.
 */
export function arrowEnvelope(dtype: DType, shape: readonly number[]): Envelope {
  const [rows = 1, ...inner] = arrowShape(shape, dtype);
  const perRow = product(inner);
  checkRowSize(perRow);
  const length = arrowBytes(shape, dtype);
  const padding = (8 - (length % 8)) % 8;
  const isTensor = inner.length > 0;
  const values = isTensor ? tensorField(inner, perRow, typeOf(dtype)) : field('values', typeOf(dtype), [], null);
  const schema: Referenced = { table: [int16(0), { list: [values] }] };
  const nodes = isTensor
    ? [
        [rows, 0],
        [rows * perRow, 0],
      ]
    : [[rows, 0]];
  // Bitmaps of missing elements are empty, because no element is missing.
  const buffers = isTensor
    ? [
        [0, 0],
        [0, 0],
        [0, length],
      ]
    : [
        [0, 0],
        [0, length],
      ];
  const batch: Referenced = { table: [int64(rows), { longs: nodes }, { longs: buffers }] };
  const before = Buffer.concat([message(schemaMessage, schema, 0), message(batchMessage, batch, length + padding)]);
  const end = Buffer.alloc(padding + 8);
  end.writeInt32LE(-1, padding);
  return { before, after: end };
}

function tensorField(shape: readonly number[], elements: number, type: Type): Referenced {
  const metadata = {
    'ARROW:extension:name': 'arrow.fixed_shape_tensor',
    'ARROW:extension:metadata': JSON.stringify({ shape }),
  };
  const pairs = Object.entries(metadata).map(([key, value]) => ({ table: [{ text: key }, { text: value }] }));
  return field('values', fixedList(elements), [field('item', type, [], null)], { list: pairs });
}

/** Returns a message: a mark, the length of the metadata, and the metadata, which ends at a multiple of 8 bytes. */
function message(kind: number, header: Referenced, bodyBytes: number): Buffer {
  const metadata = flatBuffer({ table: [int16(version), int8(kind), header, int64(bodyBytes)] });
  const bytes = Buffer.alloc(8 + Math.ceil(metadata.length / 8) * 8);
  bytes.writeInt32LE(-1, 0);
  bytes.writeInt32LE(bytes.length - 8, 4);
  bytes.set(metadata, 8);
  return bytes;
}

/** Packs bytes that are 0 or 1 into bits, the lowest bit first, also if they come in several parts. */
export async function* packBits(parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let [byte, filled] = [0, 0];
  for await (const part of parts) {
    const packed = new Uint8Array(Math.floor((filled + part.length) / 8));
    let at = 0;
    for (const flag of part) {
      byte |= flag << filled;
      filled += 1;
      if (filled < 8) continue;
      packed[at] = byte;
      at += 1;
      [byte, filled] = [0, 0];
    }
    if (packed.length > 0) yield packed;
  }
  if (filled > 0) yield new Uint8Array([byte]);
}
