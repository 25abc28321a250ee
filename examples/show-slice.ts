/**
 * Shows a plane as characters, from the smallest value (blank) to the largest (@): node show-slice.ts PATH [SELECTION]
 */
import { readSubset } from 'posix-par';

const [, , path = 'volume.npy', selection = '0'] = process.argv;
const plane = await readSubset(path, selection, { as: 'float32' });
if (plane.shape.length !== 2) throw new Error(`Expected a selection with two dimensions, found ${plane.shape.length}`);
const ramp = ' .:-=+*#%@';
let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
for (const value of plane.data) {
  if (value < low) low = value;
  if (value > high) high = value;
}
for (const row of plane.rows()) {
  const levels = Array.from(row, (value) => Math.floor(((value - low) / (high - low || 1)) * (ramp.length - 0.001)));
  console.log(levels.map((level) => ramp[level] ?? '?').join(''));
}
