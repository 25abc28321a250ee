/**
 * Encodes planes as PNG.
 * @see https://www.w3.org/TR/png-3/
 * @module
 */
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import { type ColorMapName, colorMapOf } from '../../show/color-map.js';
import { colorOf, Raster } from '../../show/raster.js';
import type { OpenRange, ScaleName } from '../../show/value-scale.js';

const crcTable = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = (c & 1) === 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crcTable[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** Returns a chunk of a PNG file. */
function chunk(type: string, content: Uint8Array): Buffer {
  const bytes = Buffer.alloc(12 + content.length);
  bytes.writeUInt32BE(content.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(content, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + content.length)), 8 + content.length);
  return bytes;
}

/** Colours of a picture. */
export interface PictureStyle {
  readonly colorMap: ColorMapName;
  /** Values of the first and the last colour; null, or ends that are null, for the lowest and the highest value. */
  readonly range: OpenRange | null;
  readonly scale: ScaleName;
}

/**
 * Draws a plane of `height` × `width` numbers in the colours of a map. Pixels without a finite value, or
 * without a value on the scale, have the map's colour for missing values.
 */
export async function encodePng(
  data: Float64Array,
  height: number,
  width: number,
  { colorMap, range, scale }: PictureStyle,
): Promise<Uint8Array> {
  const raster = new Raster(height, width, height, width);
  raster.add(data);
  const pixels = raster.pixels(colorMapOf(colorMap), range, scale);
  const rows = Buffer.alloc(height * (1 + 3 * width));
  for (let at = 0, out = 0; at < height * width; at++) {
    if (at % width === 0) out += 1; // The type of the row's filter: none.
    const [red, green, blue] = colorOf(pixels, at);
    rows[out] = red;
    rows[out + 1] = green;
    rows[out + 2] = blue;
    out += 3;
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8); // 8 bits of red, green and blue
  const compressed = await promisify(deflate)(rows, { level: 3 });
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', compressed), chunk('IEND', new Uint8Array(0))]);
}
