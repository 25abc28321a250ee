/**
 * Draws a plane as pixels, with the colours that h5web gives them.
 * @module
 */
import { INTERPOLATORS } from '@h5web/lib';
import type { Elements } from './element-types.js';
import type { Rgb } from './missing-color.js';
import { missingColorOf } from './missing-color.js';

/** Number of colours of a map, as in h5web. */
const levels = 256;

/** Scales, as the shader of h5web computes them. NaN stands for values that a scale does not have. */
const scales = {
  linear: (value: number): number => value,
  log: (value: number): number => (value > 0 ? Math.log10(value) : Number.NaN),
  symlog: (value: number): number => Math.sign(value) * Math.log10(1 + Math.abs(value)),
} as const;

/** How values become colours. */
export interface Coloring {
  readonly scale: keyof typeof scales;
  /** Values of the first and the last colour. */
  readonly domain: readonly [number, number];
  /** Red, green, blue and opacity of each of the 256 colours. */
  readonly colors: ArrayLike<number>;
  /** Colour of elements without a value. */
  readonly missing: Rgb;
}

/**
 * Returns the pixels of a plane of `height` × `width` elements in C order: red, green, blue and opacity. The first row
 * of the plane is the last row of the picture, as on the screen.
 */
export function pixelsOf(data: Elements, height: number, width: number, coloring: Coloring): Uint8ClampedArray {
  const { domain, colors, missing } = coloring;
  const scale = scales[coloring.scale];
  const [low, high] = [scale(domain[0]), scale(domain[1])];
  const pixels = new Uint8ClampedArray(4 * height * width);
  for (let i = 0; i < height * width; i++) {
    const out = 4 * ((height - 1 - Math.floor(i / width)) * width + (i % width));
    const value = (scale(data[i] ?? Number.NaN) - low) / (high - low);
    // All values are equal: h5web shows the last colour for values from the domain on.
    const part = high > low ? value : (data[i] ?? Number.NaN) >= domain[0] ? 1 : 0;
    const isMissing = Number.isNaN(scale(data[i] ?? Number.NaN));
    const level = 4 * Math.min(levels - 1, Math.max(0, Math.floor(part * levels)));
    for (let c = 0; c < 3; c++) pixels[out + c] = isMissing ? (missing[c] ?? 0) : (colors[level + c] ?? 0);
    pixels[out + 3] = 255;
  }
  return pixels;
}

/** Returns the colours of a map of h5web. */
function colorsOf(colorMap: string): ArrayLike<number> {
  const context = new OffscreenCanvas(levels, 1).getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('The browser cannot draw pictures');
  const colorAt = INTERPOLATORS[colorMap as keyof typeof INTERPOLATORS];
  for (let level = 0; level < levels; level++) {
    context.fillStyle = colorAt(level / (levels - 1));
    context.fillRect(level, 0, 1, 1);
  }
  return context.getImageData(0, 0, levels, 1).data;
}

/** Returns a PNG file with one pixel per element. */
export async function pngOf(
  data: Elements,
  [height = 1, width = 1]: readonly number[],
  colorMap: string,
  scale: Coloring['scale'],
  domain: readonly [number, number],
): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('The browser cannot draw pictures');
  const coloring = { scale, domain, colors: colorsOf(colorMap), missing: missingColorOf(colorMap) };
  const image = context.createImageData(width, height);
  image.data.set(pixelsOf(data, height, width, coloring));
  context.putImageData(image, 0, 0);
  return await canvas.convertToBlob({ type: 'image/png' });
}
