/**
 * Formats text in columns.
 * @module
 */
import stringWidth from 'string-width';

/** Alignment of a column. */
export type Alignment = 'left' | 'right';

/**
 * Escapes characters that could move the cursor or change colours, because names and attributes come from untrusted
 * files.
 */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression matches control characters.
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, (c) =>
    c === '\n' ? '\\n' : c === '\t' ? '\\t' : `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Pads `text` to `width` terminal columns. */
export function pad(text: string, width: number, alignment: Alignment = 'left'): string {
  const fill = ' '.repeat(Math.max(0, width - stringWidth(text)));
  return alignment === 'left' ? text + fill : fill + text;
}

/**
 * Truncates `text` to `width` columns and appends an ellipsis if something was cut. `text` must not contain colour
 * codes.
 */
export function truncate(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let cut = '';
  for (const character of text) {
    if (stringWidth(cut + character) > width - 1) break;
    cut += character;
  }
  return `${cut}…`;
}

/**
 * Formats rows as lines. Each column is as wide as its widest cell.
 * @param alignments alignment of each column; default left.
 */
export function table(rows: readonly (readonly string[])[], alignments: readonly Alignment[] = []): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, stringWidth(cell));
    });
  }
  return rows.map((row) =>
    row
      .map((cell, i) => pad(cell, widths[i] ?? 0, alignments[i]))
      .join('  ')
      .trimEnd(),
  );
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;

/** Draws a bar of `width` columns that is filled to `share` (0 to 1). */
export function bar(share: number, width: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, Number.isFinite(share) ? share : 0)) * width * 8);
  const full = Math.floor(filled / 8);
  const rest = eighths[filled % 8] ?? '';
  return pad('█'.repeat(full) + rest, width);
}
