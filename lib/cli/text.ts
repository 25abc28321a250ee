/**
 * Shows arrays of text.
 * @module
 */
import { type Selection, slice, type TextHandle } from '../index.js';
import type { Context } from './context.js';
import { UsageError } from './exit-codes.js';
import { formatCount, formatShape } from './output/numbers.js';
import { printable } from './output/table.js';
import { toPositionalText } from './read/named-selection.js';

/** Maximum number of texts that are shown. */
const maxShown = 64;
/** Maximum number of indices of the first dimension that are read if no selection and no `--json` is given. */
const maxRead = 1000;

/** Returns the first line about an array: its path and its name. */
export function titleOf({ path, name }: Pick<TextHandle, 'path' | 'name'>): string {
  return printable(name === '' ? path : `${path}#/${name.replace(/^\//, '')}`);
}

/** Prints the texts of a selection, as lines or as JSON. */
export async function showText(text: TextHandle, given: string, context: Context): Promise<void> {
  const { format, path, name, shape } = text;
  const selection: Selection = toPositionalText(given, text.dimensionNames);
  const isShortened = given === '' && !context.json && (shape[0] ?? 0) > maxRead;
  const result = await text.read(isShortened ? [slice(0, maxRead)] : selection, { signal: context.signal });
  const { out } = context;
  if (context.json)
    return out.json({ format, path, name, selection, shape: result.shape, dtype: 'text', data: result.data });
  const { bold, dim } = out.colors;
  const elements = (isShortened ? shape : result.shape).reduce((product, size) => product * size, 1);
  out.line(`${bold(titleOf(text))}${given === '' ? '' : `  ${dim(`[${given}]`)}`}`);
  out.line(`${dim('  shape')}  ${formatShape(isShortened ? shape : result.shape)}  ${dim('text')}`);
  const shown = result.data.slice(0, maxShown);
  out.lines(shown.map((line) => `  ${printable(JSON.stringify(line))}`));
  if (elements > shown.length) out.line(dim(`  … ${formatCount(elements - shown.length)} more`));
}

/** Refuses `--output`, because texts and sequences are printed only as lines or as JSON. @throws {UsageError} */
export function refuseTextFile({ output }: { readonly output?: string | undefined }): void {
  if (output !== undefined)
    throw new UsageError('Expected --json instead of -o: elements of variable length are not written to files');
}
