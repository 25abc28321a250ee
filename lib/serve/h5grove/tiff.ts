/**
 * Writes TIFF files of planes, which h5web saves.
 * @see TIFF 6.0, sections 2, 4 and 19
 * @module
 */
import { type DType, dtypeInfo } from '../../core/dtype.js';

/** Numbers of the sample formats by kinds of types. */
const sampleFormats: Readonly<Record<string, number>> = { u: 1, b: 1, i: 2, f: 3 };

/** Number of bytes before the elements: the header and the directory, padded to 8 bytes. */
const headerBytes = 136;

/** Returns the bytes before the little-endian elements of a plane. Null if a TIFF file cannot hold such a plane. */
export function tiffHeader(dtype: DType, shape: readonly number[]): Uint8Array | null {
  const { kind, size } = dtypeInfo(dtype);
  const [height = 0, width = 0] = shape;
  const format = sampleFormats[kind];
  const bytes = height * width * size;
  if (shape.length !== 2 || format === undefined || bytes === 0 || bytes + headerBytes >= 2 ** 32) return null;
  const [short, long] = [3, 4];
  const entries: readonly (readonly [tag: number, type: number, value: number])[] = [
    [256, long, width],
    [257, long, height],
    [258, short, 8 * size],
    [259, short, 1], // no compression
    [262, short, 1], // black is zero
    [273, long, headerBytes],
    [277, short, 1],
    [278, long, height],
    [279, long, bytes],
    [339, short, format],
  ];
  const header = new DataView(new ArrayBuffer(headerBytes));
  header.setUint16(0, 0x4949, true); // little-endian
  header.setUint16(2, 42, true);
  header.setUint32(4, 8, true);
  header.setUint16(8, entries.length, true);
  for (const [i, [tag, type, value]] of entries.entries()) {
    const at = 10 + 12 * i;
    header.setUint16(at, tag, true);
    header.setUint16(at + 2, type, true);
    header.setUint32(at + 4, 1, true);
    header.setUint32(at + 8, value, true);
  }
  return new Uint8Array(header.buffer);
}
