/**
 * Encodes pictures with terminal graphics protocols.
 * @module
 */
import { encodePng } from './png.js';
import type { Pixels } from './raster.js';

/** Methods of showing a picture. */
export const pictureModes = ['auto', 'kitty', 'iterm2', 'sixel', 'blocks', 'none'] as const;
export type PictureMode = (typeof pictureModes)[number];

/** Encodes with https://sw.kovidgoyal.net/kitty/graphics-protocol/: PNG data in pieces of 4096 characters. */
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

/** Encodes with https://iterm2.com/documentation-images.html */
export function iterm2(pixels: Pixels): string {
  const png = Buffer.from(encodePng(pixels));
  return `\x1b]1337;File=inline=1;size=${png.length}:${png.toString('base64')}\x07\n`;
}

/**
 * Number of grey levels of a sixel picture. Terminals with 256 colour registers can show them in addition to their own
 * colours.
 */
const sixelGreys = 64;

/**
 * Encodes with the sixel graphics of the VT340 (https://vt100.net/docs/vt3xx-gp/chapter14.html). Pixels without a value
 * are not drawn.
 */
export function sixel({ height, width, grey, alpha }: Pixels): string {
  const parts = [`\x1bP0;1q"1;1;${width};${height}`];
  for (let level = 0; level < sixelGreys; level++) {
    const percent = Math.round((level * 100) / (sixelGreys - 1));
    parts.push(`#${level};2;${percent};${percent};${percent}`);
  }
  for (let top = 0; top < height; top += 6) {
    const rows = new Map<number, Uint8Array>();
    for (let y = top; y < Math.min(height, top + 6); y++) {
      for (let x = 0; x < width; x++) {
        const at = y * width + x;
        if (alpha[at] === 0) continue;
        const level = Math.round(((grey[at] ?? 0) * (sixelGreys - 1)) / 255);
        let bits = rows.get(level);
        if (bits === undefined) {
          bits = new Uint8Array(width);
          rows.set(level, bits);
        }
        bits[x] = (bits[x] ?? 0) | (1 << (y - top));
      }
    }
    parts.push([...rows].map(([level, bits]) => `#${level}${runs(bits)}`).join('$'), '-');
  }
  return `${parts.join('')}\x1b\\\n`;
}

/** Encodes sixels with run lengths. */
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

const ramp = ' .:-=+*#%@';

/**
 * Draws two pixels per character, with the upper half block in two colours.
 * @param depth colours of the terminal: 24-bit, 256, or none, in which case each pair becomes one character of a ramp.
 */
export function halfBlocks({ height, width, grey, alpha }: Pixels, depth: 'truecolor' | '256' | 'none'): string {
  const lines: string[] = [];
  const color = (layer: 38 | 48, at: number): string => {
    if (at >= grey.length || alpha[at] === 0) return layer === 38 ? '' : '\x1b[49m';
    const value = grey[at] ?? 0;
    if (depth === 'truecolor') return `\x1b[${layer};2;${value};${value};${value}m`;
    return `\x1b[${layer};5;${232 + Math.round((value * 23) / 255)}m`;
  };
  for (let y = 0; y < height; y += 2) {
    let line = '';
    let before = '';
    for (let x = 0; x < width; x++) {
      const [upper, lower] = [y * width + x, y + 1 < height ? (y + 1) * width + x : grey.length];
      if (depth === 'none') {
        const value = lower < grey.length ? ((grey[upper] ?? 0) + (grey[lower] ?? 0)) / 2 : (grey[upper] ?? 0);
        line += alpha[upper] === 0 ? ' ' : (ramp[Math.round((value * (ramp.length - 1)) / 255)] ?? ' ');
        continue;
      }
      // A half without a value shows the terminal's background, so the other half is drawn in the foreground colour.
      const lowerOnly = alpha[upper] === 0 && lower < grey.length && alpha[lower] !== 0;
      const codes = lowerOnly ? `\x1b[49m${color(38, lower)}` : color(48, lower) + color(38, upper);
      if (codes !== before) line += codes;
      before = codes;
      line += lowerOnly ? '▄' : alpha[upper] === 0 ? ' ' : '▀';
    }
    lines.push(depth === 'none' ? line.trimEnd() : `${line}\x1b[0m`);
  }
  return `${lines.join('\n')}\n`;
}
