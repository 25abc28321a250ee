/**
 * Encodes pictures with terminal graphics protocols.
 * @module
 */
import { type Color, paletteIndex } from '../../show/color-map.js';
import { colorOf, type Pixels } from '../../show/raster.js';
import { encodePng } from './png.js';

/** Methods of showing a picture. */
export const pictureModes = ['auto', 'kitty', 'iterm2', 'sixel', 'blocks', 'none'] as const;
export type PictureMode = (typeof pictureModes)[number];

/**
 * Encodes for kitty (https://sw.kovidgoyal.net/kitty/graphics-protocol/): PNG in base64, in pieces of 4096 characters.
 */
export function kitty(pixels: Pixels): string {
  const data = Buffer.from(encodePng(pixels)).toString('base64');
  let text = '';
  for (let at = 0; at < data.length; at += 4096) {
    const more = at + 4096 < data.length ? 1 : 0;
    const control = at === 0 ? `a=T,f=100,q=2,m=${more}` : `m=${more}`;
    text += `\x1b_G${control};${data.slice(at, at + 4096)}\x1b\\`;
  }
  return `${text}\n`;
}

/** Encodes for iTerm2 (https://iterm2.com/documentation-images.html): PNG in base64. */
export function iterm2(pixels: Pixels): string {
  const png = Buffer.from(encodePng(pixels));
  return `\x1b]1337;File=inline=1;size=${png.length}:${png.toString('base64')}\x07\n`;
}

/**
 * Number of colours for the levels of a sixel picture. One more register is for missing pixels. The number is small, so
 * that a terminal with 256 registers keeps its own colours.
 */
const sixelColors = 64;

/** Encodes with the sixel graphics of the VT340 (https://vt100.net/docs/vt3xx-gp/chapter14.html). */
export function sixel({ height, width, levels, missing, colorMap }: Pixels): string {
  const parts = [`\x1bP0;1q"1;1;${width};${height}`];
  const define = (register: number, color: Color): void => {
    parts.push(`#${register};2;${color.map((part) => Math.round((part * 100) / 255)).join(';')}`);
  };
  for (let register = 0; register < sixelColors; register++) {
    const level = Math.round((register * (colorMap.colors.length - 1)) / (sixelColors - 1));
    define(register, colorMap.colors[level] ?? colorMap.missing);
  }
  define(sixelColors, colorMap.missing);
  for (let top = 0; top < height; top += 6) {
    const rows = new Map<number, Uint8Array>();
    for (let y = top; y < Math.min(height, top + 6); y++) {
      for (let x = 0; x < width; x++) {
        const at = y * width + x;
        const register = missing[at] === 1 ? sixelColors : Math.round(((levels[at] ?? 0) * (sixelColors - 1)) / 255);
        let bits = rows.get(register);
        if (bits === undefined) {
          bits = new Uint8Array(width);
          rows.set(register, bits);
        }
        bits[x] = (bits[x] ?? 0) | (1 << (y - top));
      }
    }
    parts.push([...rows].map(([register, bits]) => `#${register}${runs(bits)}`).join('$'), '-');
  }
  return `${parts.join('')}\x1b\\\n`;
}

/**
 * Encodes the sixels of one colour in a row. The bits of a sixel select its pixels, the lowest bit the top one.
 * Repeated sixels become a run length.
 */
function runs(bits: Uint8Array): string {
  let text = '';
  for (let from = 0; from < bits.length; ) {
    let to = from + 1;
    while (to < bits.length && bits[to] === bits[from]) to += 1;
    const character = String.fromCharCode(63 + (bits[from] ?? 0));
    text += to - from > 3 ? `!${to - from}${character}` : character.repeat(to - from);
    from = to;
  }
  return text;
}

/** Colours of a terminal: 24-bit, 256, or none. */
export type ColorDepth = 'truecolor' | '256' | 'none';

/** Characters for terminals without colours, by level. */
const ramp = ' .:-=+*#%@';
const missingCharacter = '?';

function characterOf(level: number): string {
  return ramp[Math.round((level * (ramp.length - 1)) / 255)] ?? ' ';
}

/** Returns the escape sequence that sets the foreground (38) or the background (48). */
function colorCode(layer: 38 | 48, color: Color, depth: Exclude<ColorDepth, 'none'>): string {
  return depth === 'truecolor' ? `\x1b[${layer};2;${color.join(';')}m` : `\x1b[${layer};5;${paletteIndex(color)}m`;
}

/**
 * Draws two pixels per character, with the upper half block in two colours. Without colours, each pair becomes one
 * character of a ramp.
 */
export function halfBlocks(pixels: Pixels, depth: ColorDepth): string {
  const { height, width, levels, missing } = pixels;
  const lines: string[] = [];
  for (let y = 0; y < height; y += 2) {
    let line = '';
    let before = '';
    for (let x = 0; x < width; x++) {
      const upper = y * width + x;
      const lower = y + 1 < height ? upper + width : null;
      if (depth === 'none') {
        const level = ((levels[upper] ?? 0) + (levels[lower ?? upper] ?? 0)) / 2;
        line += missing[upper] === 1 ? missingCharacter : characterOf(level);
        continue;
      }
      const below = lower === null ? '\x1b[49m' : colorCode(48, colorOf(pixels, lower), depth);
      const codes = below + colorCode(38, colorOf(pixels, upper), depth);
      if (codes !== before) line += codes;
      before = codes;
      line += '▀';
    }
    lines.push(depth === 'none' ? line.trimEnd() : `${line}\x1b[0m`);
  }
  return `${lines.join('\n')}\n`;
}

/** Number of characters of the scale bar. */
const scaleCharacters = 32;

/** Draws the colour map as one line. */
export function scaleBar({ colorMap }: Pixels, depth: ColorDepth): string {
  let line = '';
  for (let i = 0; i < scaleCharacters; i++) {
    const level = Math.round((i * 255) / (scaleCharacters - 1));
    const color = colorMap.colors[level] ?? colorMap.missing;
    line += depth === 'none' ? characterOf(level) : `${colorCode(48, color, depth)} `;
  }
  return depth === 'none' ? `[${line}]` : `${line}\x1b[0m`;
}

/** Draws a sample of the colour or character for pixels without a value. */
export function missingSample({ colorMap }: Pixels, depth: ColorDepth): string {
  return depth === 'none' ? missingCharacter : `${colorCode(48, colorMap.missing, depth)}  \x1b[0m`;
}
