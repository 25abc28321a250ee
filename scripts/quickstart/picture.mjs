// Draws slices of a volume side by side on a dark background, with the tile grid over them and one box in colour.
import { writeFileSync } from 'node:fs';
import { PNG } from 'pngjs';
import { glyphHeight, glyphs, glyphWidth } from './glyphs.mjs';

const scale = 2;
const margin = 44;
const gap = 36;
const labelHeight = 56;
const ground = [11, 14, 20];
const gridColor = [94, 234, 212];
const boxColor = [255, 196, 112];
const labelColor = [148, 163, 184];

/** Colours from dark to bright. The first is the colour of the background, so that air is invisible. */
const cool = [ground, [30, 41, 59], [86, 104, 133], [158, 173, 196], [250, 249, 245]];
const warm = [ground, [74, 24, 84], [176, 52, 86], [245, 140, 60], [255, 244, 200]];

function ramp(stops, t) {
  const at = Math.min(Math.max(t, 0), 1) * (stops.length - 1);
  const i = Math.min(Math.floor(at), stops.length - 2);
  return [0, 1, 2].map((c) => stops[i][c] + (stops[i + 1][c] - stops[i][c]) * (at - i));
}

class Canvas {
  constructor(width, height) {
    this.png = new PNG({ width, height, colorType: 2 });
    this.fill(0, 0, width, height, ground, 1);
  }

  blend(x, y, color, alpha) {
    const { width, height, data } = this.png;
    if (x < 0 || y < 0 || x >= width || y >= height) return;
    const at = 4 * (y * width + x);
    for (let c = 0; c < 3; c++) data[at + c] = Math.round(data[at + c] * (1 - alpha) + color[c] * alpha);
    data[at + 3] = 255;
  }

  fill(x0, y0, x1, y1, color, alpha) {
    for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) this.blend(x, y, color, alpha);
  }

  frame([x0, y0, x1, y1], thickness, color, alpha) {
    this.fill(x0, y0, x1, y0 + thickness, color, alpha);
    this.fill(x0, y1 - thickness, x1, y1, color, alpha);
    this.fill(x0, y0 + thickness, x0 + thickness, y1 - thickness, color, alpha);
    this.fill(x1 - thickness, y0 + thickness, x1, y1 - thickness, color, alpha);
  }

  text(x, y, text, size, color) {
    [...text].forEach((letter, n) => {
      const rows = glyphs[letter] ?? glyphs[' '];
      rows.forEach((bits, row) => {
        for (let column = 0; column < glyphWidth; column++) {
          if (((bits >> (glyphWidth - 1 - column)) & 1) === 0) continue;
          const left = x + (n * (glyphWidth + 1) + column) * size;
          this.fill(left, y + row * size, left + size, y + (row + 1) * size, color, 1);
        }
      });
    });
  }
}

/** Returns the value of a slice at (u, v), interpolated between its pixels. */
function interpolate(slice, u, v) {
  const [width, height] = slice.shape;
  const u0 = Math.min(Math.max(Math.floor(u), 0), width - 1);
  const v0 = Math.min(Math.max(Math.floor(v), 0), height - 1);
  const [u1, v1] = [Math.min(u0 + 1, width - 1), Math.min(v0 + 1, height - 1)];
  const [fu, fv] = [Math.max(u - u0, 0), Math.max(v - v0, 0)];
  const value = (a, b) => slice.data[a * height + b];
  const low = value(u0, v0) * (1 - fu) + value(u1, v0) * fu;
  return low * (1 - fv) + (value(u0, v1) * (1 - fu) + value(u1, v1) * fu) * fv;
}

/**
 * Draws one slice with its lower left corner at (left, bottom) of the canvas.
 * @param slice {data, shape, axes: [horizontal, vertical], axis, index}; the data is in C order.
 */
function drawSlice(canvas, slice, left, bottom, { box, tileShape, stored, white }) {
  const [width, height] = slice.shape;
  const [horizontal, vertical] = slice.axes;
  const isCut = slice.index >= box[slice.axis][0] && slice.index < box[slice.axis][1];
  const inside = (axis, at) => isCut && at >= box[axis][0] && at < box[axis][1];
  for (let y = 0; y < height * scale; y++) {
    for (let x = 0; x < width * scale; x++) {
      const [u, v] = [(x + 0.5) / scale, (y + 0.5) / scale];
      const stops = inside(horizontal, u) && inside(vertical, v) ? warm : cool;
      const color = ramp(stops, (interpolate(slice, u - 0.5, v - 0.5) / white) ** 1.7);
      canvas.blend(left + x, bottom - 1 - y, color, 1);
    }
  }
  const rectangle = ([u0, u1], [v0, v1]) => [
    left + u0 * scale,
    bottom - v1 * scale,
    left + u1 * scale,
    bottom - v0 * scale,
  ];
  const [du, dv] = [tileShape[horizontal], tileShape[vertical]];
  for (let i = 0; i * du < width; i++) {
    for (let j = 0; j * dv < height; j++) {
      const tile = [0, 0, 0];
      tile[horizontal] = i;
      tile[vertical] = j;
      tile[slice.axis] = Math.floor(slice.index / tileShape[slice.axis]);
      if (!stored.has(tile.join(','))) continue;
      const isRead = tile.every((t, d) => t * tileShape[d] < box[d][1] && (t + 1) * tileShape[d] > box[d][0]);
      const across = [i * du, Math.min((i + 1) * du, width)];
      const up = [j * dv, Math.min((j + 1) * dv, height)];
      if (isRead) canvas.fill(...rectangle(across, up), gridColor, 0.05);
      canvas.frame(rectangle(across, up), 1, gridColor, isRead ? 0.6 : 0.2);
    }
  }
  if (isCut) canvas.frame(rectangle(box[horizontal], box[vertical]), 2, boxColor, 1);
}

/**
 * Writes the picture.
 * @param slices see {@link drawSlice}, each with a `label`.
 * @param scene `box` ([start, stop] per axis), `tileShape`, `stored` (a Set of 'i,j,k'), `white` (the brightest value).
 */
export function writePicture(path, slices, scene) {
  const heights = slices.map((slice) => slice.shape[1] * scale);
  const inner = Math.max(...heights);
  const width = slices.reduce((sum, slice) => sum + slice.shape[0] * scale, 2 * margin + gap * (slices.length - 1));
  const canvas = new Canvas(width, inner + 2 * margin + labelHeight);
  let left = margin;
  for (const slice of slices) {
    drawSlice(canvas, slice, left, margin + inner, scene);
    const [name, place] = slice.label;
    const y = margin + inner + labelHeight - glyphHeight * 3 + 8;
    canvas.text(left, y, name, 3, labelColor);
    canvas.text(left + (name.length + 1) * (glyphWidth + 1) * 3, y, place, 3, boxColor);
    left += slice.shape[0] * scale + gap;
  }
  writeFileSync(path, PNG.sync.write(canvas.png, { colorType: 2, inputHasAlpha: true }));
  return { width: canvas.png.width, height: canvas.png.height };
}
