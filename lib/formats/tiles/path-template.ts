/**
 * Parses the path template of a tile directory: literal text with fields `{d}` or `{d:0w}`. A field stands for the
 * tile's coordinate in dimension d. `{d:0w}` pads it with zeros to at least w digits.
 * @module
 */

import { maxRank } from '../../core/limits.js';

/** A parsed template, in the form of {@link TemplateLocations}. */
export interface PathTemplate {
  /** Literal texts before, between and after the fields: one more than there are fields. */
  readonly literals: readonly string[];
  readonly fields: readonly { readonly dimension: number; readonly width: number }[];
}

/** Maximum width of a zero-padded field. */
const maxWidth = 20;
/** Maximum length of a template in characters. On Linux, a path has at most 4096 bytes. */
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
  // A field prints at least one digit, so the check can replace every field by '0'.
  for (const step of literals.join('0').split('/')) {
    if (step === '' || step === '.' || step === '..') {
      return "Expected a path within the directory, without empty steps, '.' or '..'";
    }
  }
  return { literals, fields };
}
