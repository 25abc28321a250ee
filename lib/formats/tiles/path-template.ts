/**
 * Parses the path template of a tile directory: literal text with fields `{d}` or `{d:0w}`. A field prints the tile's
 * coordinate in dimension d, zero-padded to w digits.
 * @module
 */

import { maxRank } from '../../core/limits.js';

/** A parsed template, in the form of {@link TemplateLocations}. */
export interface PathTemplate {
  /** Literal texts around the fields, one more than fields. */
  readonly literals: readonly string[];
  readonly fields: readonly { readonly dimension: number; readonly width: number }[];
}

/** Maximum width of a zero-padded field. Coordinates have at most 16 digits. */
const maxWidth = 20;
/** Maximum length of a path on Linux. */
const maxPathBytes = 4096;

/**
 * Parses a template. `{{` and `}}` are literal braces.
 * @returns the template, or an error message that starts with "Expected".
 */
export function parseTemplate(text: string, rank: number): PathTemplate | string {
  if (text.length === 0 || text.length > maxPathBytes) return `Expected 1 to ${maxPathBytes} characters`;
  if (text.includes('\0')) return 'Expected no NUL character';
  const literals: string[] = [];
  const fields: { dimension: number; width: number }[] = [];
  let literal = '';
  const pattern = /\{\{|\}\}|\{(\d{1,2})(?::0(\d{1,2})d?)?\}|[^{}]+|[{}]/g;
  for (const [token, dimension, width] of text.matchAll(pattern)) {
    if (dimension !== undefined) {
      const field = { dimension: Number(dimension), width: Number(width ?? 0) };
      if (field.dimension >= rank) return `Expected fields of dimensions below ${rank}, found ${token}`;
      if (fields.length === maxRank) return `Expected at most ${maxRank} fields`;
      if (field.width > maxWidth) return `Expected at most ${maxWidth} digits, found ${token}`;
      fields.push(field);
      literals.push(literal);
      literal = '';
    } else if (token === '{' || token === '}') {
      return 'Expected fields like {0} or {0:03}, and {{ or }} for braces';
    } else {
      literal += token === '{{' || token === '}}' ? token.charAt(0) : token;
    }
  }
  literals.push(literal);
  // A field prints at least one digit, so a path component with a field is neither empty nor '..'.
  for (const step of literals.join('0').split('/')) {
    if (step === '' || step === '.' || step === '..') {
      return "Expected a path within the directory, without empty steps, '.' or '..'";
    }
  }
  return { literals, fields };
}
