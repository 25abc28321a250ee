/**
 * Draws a picture with a scale bar below it: the colours, the values that they stand for, and the colour of missing
 * values.
 * @module
 */
import { PNG } from 'pngjs';
import type { Color } from '../../show/color-map.js';
import { colorOf, type Pixels } from '../../show/raster.js';
import { formatValue } from '../output/numbers.js';
import { drawableText, drawGlyph, glyphSize } from './glyphs.js';

const white: Color = [255, 255, 255];
const black: Color = [0, 0, 0];

/** Planes whose longer side has fewer pixels are enlarged, up to this size. */
const smallPixels = 320;
/**
 * A dot (a pixel of a letter) is one pixel wide per this many pixels of the longer side of the picture, but at least
 * one pixel.
 */
const pixelsPerDot = 320;
/** Maximum number of characters of the units. */
const maxUnits = 24;

/** Sizes in dots. A dot is a pixel of a letter. */
const dots = { margin: 6, bar: 9, tick: 3, line: glyphSize.height + 4, advance: glyphSize.width + 1, minBar: 100 };

/** Number of pixels, in each direction, of one element of a picture with a scale bar. */
export function enlargement({ height, width }: Pick<Pixels, 'height' | 'width'>): number {
  return Math.max(1, Math.floor(smallPixels / Math.max(height, width)));
}

/** An image with white background. */
class Canvas {
  readonly png: PNG;

  constructor(width: number, height: number) {
    this.png = new PNG({ width, height });
    this.png.data.fill(255);
  }

  rectangle(left: number, top: number, width: number, height: number, [red, green, blue]: Color): void {
    const { data, width: pitch } = this.png;
    for (let y = top; y < top + height; y++) {
      for (let at = 4 * (y * pitch + left), x = 0; x < width; x++, at += 4) {
        data[at] = red;
        data[at + 1] = green;
        data[at + 2] = blue;
      }
    }
  }

  text(text: string, left: number, top: number, dot: number): void {
    Array.from(text).forEach((char, i) => {
      const from = left + i * dots.advance * dot;
      drawGlyph(char, (x, y) => this.rectangle(from + x * dot, top + y * dot, dot, dot, black));
    });
  }
}

const widthOf = (text: string): number => Math.max(0, Array.from(text).length * dots.advance - 1);

/**
 * Returns the width of the line of texts in dots. The text in the middle is centred, so both halves need the same
 * space.
 */
function lineWidth([low, middle, high]: readonly [string, string, string]): number {
  return widthOf(middle) + 2 * (Math.max(widthOf(low), widthOf(high)) + 2 * dots.advance);
}

/** Returns the texts below the left end, the middle and the right end of the bar. */
function labelsOf([low, high]: readonly [number, number], units: string | null): [string, string, string] {
  const unit = units === null ? '' : ` ${drawableText(units).slice(0, maxUnits)}`;
  if (low === high) return ['', `${formatValue(low, 5)}${unit}`, ''];
  return [formatValue(low, 5), formatValue(low + (high - low) / 2, 5), `${formatValue(high, 5)}${unit}`];
}

/**
 * Encodes a picture and its scale bar as PNG. The picture is at the top, centred if the bar is wider. Elements of a
 * small plane become squares ({@link enlargement}).
 * @param units units of the values; null if they have none.
 */
export function encodeWithScaleBar(pixels: Pixels, units: string | null): Uint8Array {
  const zoom = enlargement(pixels);
  const [width, height] = [pixels.width * zoom, pixels.height * zoom];
  const dot = Math.max(1, Math.round(Math.max(width, height) / pixelsPerDot));
  const labels = pixels.range === null ? null : labelsOf(pixels.range, units);
  const hasMissing = pixels.missing.includes(1);
  const textDots = labels === null ? 0 : lineWidth(labels);
  const total = Math.max(width, dot * (2 * dots.margin + Math.max(dots.minBar, textDots)));
  const barLines = labels === null ? 0 : dots.bar + dots.tick + dots.line;
  const legendLines = hasMissing ? dots.bar + dots.margin : 0;
  const canvas = new Canvas(total, height + dot * (dots.margin + barLines + legendLines));
  drawPicture(canvas, pixels, Math.floor((total - width) / 2), zoom);
  const left = dot * dots.margin;
  let top = height + dot * dots.margin;
  if (labels !== null) {
    drawBar(canvas, pixels, labels, { left, top, width: total - 2 * left, dot });
    top += dot * barLines;
  }
  if (hasMissing) {
    const side = dot * dots.bar;
    canvas.rectangle(left, top, side, side, pixels.colorMap.missing);
    canvas.text('missing', left + side + dot * dots.advance, top + dot, dot);
  }
  return PNG.sync.write(canvas.png, { colorType: 2 });
}

function drawPicture(canvas: Canvas, pixels: Pixels, left: number, zoom: number): void {
  for (let at = 0; at < pixels.height * pixels.width; at++) {
    const [x, y] = [at % pixels.width, Math.floor(at / pixels.width)];
    canvas.rectangle(left + x * zoom, y * zoom, zoom, zoom, colorOf(pixels, at));
  }
}

interface BarPlace {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly dot: number;
}

/** Draws the colours from the lowest to the highest value, with marks and texts at both ends and in the middle. */
function drawBar(canvas: Canvas, { colorMap }: Pixels, labels: readonly string[], place: BarPlace): void {
  const { left, top, width, dot } = place;
  const { colors } = colorMap;
  const isConstant = labels[0] === '';
  for (let x = 0; x < width; x++) {
    const share = isConstant ? 0.5 : x / (width - 1);
    canvas.rectangle(left + x, top, 1, dot * dots.bar, colors[Math.round(share * (colors.length - 1))] ?? white);
  }
  labels.forEach((label, i) => {
    if (label === '') return;
    const mark = left + Math.round((i / 2) * (width - dot));
    const text = dot * widthOf(label);
    const from = [left, mark - Math.floor((text - dot) / 2), left + width - text][i] ?? left;
    canvas.rectangle(mark, top + dot * dots.bar, dot, dot * (dots.tick - 1), black);
    canvas.text(label, from, top + dot * (dots.bar + dots.tick), dot);
  });
}
