/**
 * Colour maps of pictures: from d3-scale-chromatic, whose perceptual maps are those of matplotlib.
 * @module
 */
import {
  interpolateCividis,
  interpolateInferno,
  interpolateMagma,
  interpolatePlasma,
  interpolateRdBu,
  interpolateTurbo,
  interpolateViridis,
} from 'd3-scale-chromatic';

/** Number of levels of a picture. Each level has a colour. */
export const levels = 256;

/** A colour: red, green and blue from 0 to 255. */
export type Color = readonly [red: number, green: number, blue: number];

/** Colours of the levels, and of pixels without a value. */
export interface ColorMap {
  readonly colors: readonly Color[];
  readonly missing: Color;
}

/** Names of the colour maps; the first is the default. */
export const colorMapNames = ['viridis', 'magma', 'inferno', 'plasma', 'cividis', 'turbo', 'rdbu', 'gray'] as const;
export type ColorMapName = (typeof colorMapNames)[number];

const grey = (t: number): string => {
  const level = Math.round(t * 255);
  return `rgb(${level}, ${level}, ${level})`;
};

const interpolators: Readonly<Record<ColorMapName, (t: number) => string>> = {
  viridis: interpolateViridis,
  magma: interpolateMagma,
  inferno: interpolateInferno,
  plasma: interpolatePlasma,
  cividis: interpolateCividis,
  turbo: interpolateTurbo,
  rdbu: (t) => interpolateRdBu(1 - t),
  gray: grey,
};

/**
 * Grey for pixels without a value. The maps `gray` and `cividis` contain this colour, and the middle of `rdbu` is light
 * grey, so these maps use {@link missingPink}.
 */
const missingGrey: Color = [128, 128, 128];
const missingPink: Color = [214, 39, 140];
const greyMaps: readonly ColorMapName[] = ['gray', 'cividis', 'rdbu'];

/** Returns the colour map called `name`. */
export function colorMapOf(name: ColorMapName): ColorMap {
  const colorAt = interpolators[name];
  const colors = Array.from({ length: levels }, (_, level) => parseColor(colorAt(level / (levels - 1))));
  return { colors, missing: greyMaps.includes(name) ? missingPink : missingGrey };
}

/** Parses `#rrggbb` or `rgb(r, g, b)`. */
function parseColor(text: string): Color {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text);
  const decimal = /^rgb\((\d+), (\d+), (\d+)\)$/.exec(text);
  const [, red, green, blue] = hex ?? decimal ?? [];
  const base = hex === null ? 10 : 16;
  return [red, green, blue].map((part) => Number.parseInt(part ?? '0', base)) as unknown as Color;
}

/** Returns the index of a similar colour in the palette of terminals with 256 colours. */
export function paletteIndex([red, green, blue]: Color): number {
  if (red === green && green === blue) return 232 + Math.round((red * 23) / 255);
  const step = (part: number): number => Math.round((part * 5) / 255);
  return 16 + 36 * step(red) + 6 * step(green) + step(blue);
}
