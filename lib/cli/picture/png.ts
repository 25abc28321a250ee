/**
 * Encodes pictures as PNG.
 * @module
 */
import { PNG } from 'pngjs';
import { colorOf, type Pixels } from './raster.js';

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
