/**
 * Chooses the colour of elements without a value, such as NaN.
 * @module
 */

/** A colour: red, green and blue from 0 to 255. */
export type Rgb = readonly [red: number, green: number, blue: number];

const grey: Rgb = [128, 128, 128];
const pink: Rgb = [214, 39, 140];

/** Colour maps that contain a colour like {@link grey}. */
const greyMaps: ReadonlySet<string> = new Set(['Greys', 'RdBu', 'Cividis']);

/** Returns a colour that the map does not contain. The pictures of the server have the same colours. */
export function missingColorOf(colorMap: string): Rgb {
  return greyMaps.has(colorMap) ? pink : grey;
}

/** Returns a colour in the form of CSS. */
export function cssColor([red, green, blue]: Rgb): string {
  return `rgb(${red}, ${green}, ${blue})`;
}
