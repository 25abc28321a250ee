/**
 * Shows arrays of sequences of numbers.
 * @module
 */
import { type Selection, type SequenceHandle, slice } from '../index.js';
import type { Context } from './context.js';
import { formatCount, formatShape } from './output/numbers.js';
import { toPositionalText } from './read/named-selection.js';
import { titleOf } from './text.js';

/** Maximum number of sequences that are shown. */
const maxShown = 64;
/** Maximum number of numbers of a sequence that are shown. */
const maxNumbers = 16;
/** Maximum number of indices of the first dimension that are read if no selection and no `--json` is given. */
const maxRead = 1000;

/** Prints the sequences of a selection, as lines or as JSON. */
export async function showSequences(array: SequenceHandle, given: string, context: Context): Promise<void> {
  const { format, path, name, shape, dtype } = array;
  const selection: Selection = toPositionalText(given, array.dimensionNames);
  const isShortened = given === '' && !context.json && (shape[0] ?? 0) > maxRead;
  const result = await array.read(isShortened ? [slice(0, maxRead)] : selection, { signal: context.signal });
  const { offsets, values } = result;
  const numbersOf = (i: number): readonly unknown[] => [...values.subarray(offsets[i], offsets[i + 1])];
  const count = offsets.length - 1;
  const { out } = context;
  if (context.json) {
    const data = Array.from({ length: count }, (_, i) => numbersOf(i));
    return out.json({ format, path, name, selection, shape: result.shape, dtype: 'sequence', of: dtype, data });
  }
  const { bold, dim } = out.colors;
  const elements = (isShortened ? shape : result.shape).reduce((product, size) => product * size, 1);
  out.line(`${bold(titleOf(array))}${given === '' ? '' : `  ${dim(`[${given}]`)}`}`);
  const shown = isShortened ? shape : result.shape;
  out.line(`${dim('  shape')}  ${formatShape(shown)}  ${dim(`sequences of ${dtype}`)}`);
  for (let i = 0; i < Math.min(count, maxShown); i++) {
    const numbers = numbersOf(i);
    const more = numbers.length > maxNumbers ? `, … (${formatCount(numbers.length)})` : '';
    out.line(`  [${numbers.slice(0, maxNumbers).join(', ')}${more}]`);
  }
  if (elements > maxShown) out.line(dim(`  … ${formatCount(elements - Math.min(count, maxShown))} more`));
}
