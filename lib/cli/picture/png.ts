/**
 * Encodes pictures as PNG.
 * @module
 */
import { PNG } from 'pngjs';
import { colorOf, type Pixels } from '../../show/raster.js';

/**
 * Encodes pixels that are stored as colours.
 * @param bytes red, green and blue of each pixel, and with 4 channels its opacity.
 */
export function encodeColors(bytes: Uint8Array, width: number, height: number, channels: 3 | 4): Uint8Array {
  const png = new PNG({ width, height });
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let c = 0; c < 4; c++) png.data[4 * pixel + c] = c < channels ? (bytes[channels * pixel + c] ?? 0) : 255;
  }
  return PNG.sync.write(png, { colorType: channels === 3 ? 2 : 6 });
}

/** Encodes a picture with 8 bits of red, green and blue. */
export function encodePng(pixels: Pixels): Uint8Array {
  const { height, width } = pixels;
  const png = new PNG({ width, height });
  for (let at = 0; at < height * width; at++) {
    const [red, green, blue] = colorOf(pixels, at);
    png.data[4 * at] = red;
    png.data[4 * at + 1] = green;
    png.data[4 * at + 2] = blue;
    png.data[4 * at + 3] = 255;
  }
  return PNG.sync.write(png, { colorType: 2 });
}
