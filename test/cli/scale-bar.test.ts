/** Tests the scale bar of pictures that `posix-par read -o` writes. */
import { readFileSync } from 'node:fs';
import { PNG } from 'pngjs';
import { describe, expect, test } from 'vitest';
import { drawableText, drawGlyph, glyphSize } from '../../lib/cli/picture/glyphs.js';
import { encodeWithScaleBar } from '../../lib/cli/picture/scale-bar.js';
import { colorMapOf } from '../../lib/show/color-map.js';
import { Raster, type ValueRange } from '../../lib/show/raster.js';
import { runCommand } from '../support/command.js';
import { npyBytes, npyDict } from '../support/npy-bytes.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { arrayV2, writeFiles } from '../support/zarr-store.js';

const directory = new TemporaryDirectory();
const characters = Array.from('0123456789.,-+/*%^_()[]:?°μΩ', (char) => char).concat(
  Array.from({ length: 26 }, (_, i) => String.fromCharCode(65 + i)),
  Array.from({ length: 26 }, (_, i) => String.fromCharCode(97 + i)),
);

function pixelAt({ width, data }: PNG, x: number, y: number): string {
  return data.subarray(4 * (y * width + x), 4 * (y * width + x) + 3).join(' ');
}

const charOf = new Map(
  characters.map((char) => {
    const marks = new Set<string>();
    drawGlyph(char, (x, y) => marks.add(`${x},${y}`));
    return [glyphKey((x, y) => marks.has(`${x},${y}`)), char];
  }),
);

/** Returns a text that identifies the dark pixels of a letter. */
function glyphKey(isDark: (x: number, y: number) => boolean): string {
  const { width, height } = glyphSize;
  return Array.from({ length: width * height }, (_, i) => (isDark(i % width, Math.floor(i / width)) ? 1 : 0)).join('');
}

/** Returns the character whose pixels are those of the image, or ''. */
function charAt(png: PNG, left: number, top: number, dot: number): string {
  return charOf.get(glyphKey((x, y) => png.data[4 * ((top + y * dot) * png.width + left + x * dot)] === 0)) ?? '';
}

/** Reads the texts of a line whose letters begin at `top`. Letters of a text are one dot apart. */
function readLine(png: PNG, top: number, dot: number): string[] {
  const texts: string[] = [];
  const end = png.width - glyphSize.width * dot;
  for (let x = 0; x <= end; x++) {
    let text = '';
    for (let char = ' '; char !== '' && x <= end; ) {
      char = charAt(png, x, top, dot);
      text += char;
      if (char !== '') x += (glyphSize.width + 1) * dot;
    }
    if (text !== '') texts.push(text);
  }
  return texts;
}

function draw(values: readonly number[], rows: number, units: string | null, range: ValueRange | null = null): PNG {
  const raster = new Raster(rows, values.length / rows, rows, values.length / rows);
  raster.add(Float64Array.from(values));
  return PNG.sync.read(Buffer.from(encodeWithScaleBar(raster.pixels(colorMapOf('gray'), range), units)));
}

test('all characters differ', () => {
  const drawn = characters.map((char) => {
    const marks: string[] = [];
    drawGlyph(char, (x, y) => marks.push(`${x},${y}`));
    expect(marks.length).toBeGreaterThan(0);
    return marks.join(' ');
  });
  expect(new Set(drawn).size).toBe(characters.length);
  expect(drawableText('W m⁻² µg °C Ω 気')).toBe('W m?2 μg °C Ω ?');
});

describe('a picture with a scale bar', () => {
  test('shows the ends of the bar with their values and units, and missing values', () => {
    const png = draw([250, 260, Number.NaN, 310], 2, 'K');
    // 2 × 2 elements are squares of 160 pixels.
    expect(png.width).toBe(320);
    expect([pixelAt(png, 0, 0), pixelAt(png, 159, 159), pixelAt(png, 160, 319)]).toEqual([
      '0 0 0',
      '0 0 0',
      '255 255 255',
    ]);
    expect([pixelAt(png, 0, 160), pixelAt(png, 8, 320 + 30)]).toEqual(['214 39 140', '214 39 140']);
    expect([pixelAt(png, 6, 328), pixelAt(png, 313, 328)]).toEqual(['0 0 0', '255 255 255']);
    expect(readLine(png, 338, 1)).toEqual(['250', '280', '310', 'K']);
    expect(readLine(png, 350, 1)).toEqual(['missing']);
  });

  test('shows the range that the caller chose', () => {
    const png = draw([1, 2, 3, 4], 1, null, [-0.5, 2.25]);
    expect(readLine(png, 80 + 18, 1)).toEqual(['-0.5', '0.875', '2.25']);
  });

  test('shows one value if all are equal, and only the legend if all are missing', () => {
    expect(readLine(draw([7, 7], 1, 'm'), 160 + 18, 1)).toEqual(['7', 'm']);
    const missing = draw([Number.NaN, Number.NaN], 1, 'm');
    expect(readLine(missing, 160 + 7, 1)).toEqual(['missing']);
    expect(pixelAt(missing, 0, 0)).toBe('214 39 140');
  });

  test('of a narrow plane is wider than the plane, which is in the middle', () => {
    const png = draw(
      Array.from({ length: 640 }, (_, i) => i),
      640,
      'long_unit_name',
    );
    const left = Math.floor((png.width - 1) / 2);
    expect([pixelAt(png, left - 1, 639), pixelAt(png, left, 0), pixelAt(png, left + 1, 0)]).toEqual([
      '255 255 255',
      '0 0 0',
      '255 255 255',
    ]);
    expect(readLine(png, 640 + 36, 2)).toEqual(['0', '319.5', '639', 'long_unit_name']);
  });

  test('has larger letters in a large picture', () => {
    const values = Array.from({ length: 1000 }, (_, i) => i);
    expect(readLine(draw(values, 1, null), 1 + 54, 3)).toEqual(['0', '499.5', '999']);
  });
});

test('posix-par read -o writes decoded values with their units, and one pixel per element on request', async () => {
  const store = writeFiles(directory.at('packed.zarr'), {
    '.zarray': arrayV2({ shape: [1, 3], chunks: [1, 3], dtype: '<i2', fill_value: 0 }),
    '.zattrs': { scale_factor: 0.5, add_offset: 100, _FillValue: -32768, units: 'K' },
    '0.0': new Uint8Array(Int16Array.of(-32768, 1, 4).buffer),
  });
  const out = directory.at('packed.png');
  const end = await runCommand(['read', store, '-o', out]);
  expect([end.code, end.stderr]).toEqual([0, '']);
  const png = PNG.sync.read(readFileSync(out));
  expect(readLine(png, 106 + 18, 1)).toEqual(['100.5', '101.25', '102', 'K']);
  await runCommand(['read', store, '-o', out, '--no-scale-bar']);
  const bare = PNG.sync.read(readFileSync(out));
  expect([bare.width, bare.height, pixelAt(bare, 1, 0)]).toEqual([3, 1, '68 1 84']);
  const plane = directory.write('f4.npy', npyBytes(npyDict('<f4', false, [2, 2]), new Uint8Array(16)));
  expect((await runCommand(['read', plane, '-o', out])).code).toBe(0);
});
