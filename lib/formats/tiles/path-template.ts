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

/** Name of the file that describes a tile directory. */
export const manifestName = 'tiles.json';

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

/**
 * Parses a template, and checks that no two tiles of an array have the same path.
 * @returns the template, or a description of valid templates for an error message.
 */
export function parseTilePath(
  text: string,
  shape: readonly number[],
  tileShape: readonly number[],
): PathTemplate | string {
  const template = parseTemplate(text, shape.length);
  if (typeof template === 'string') return `a path template (${template})`;
  for (const [d, length] of shape.entries()) {
    if (length <= (tileShape[d] ?? 1) || template.fields.some(({ dimension }) => dimension === d)) continue;
    return `a path template with a field for dimension ${d}, which has several tiles,`;
  }
  for (const [i, { dimension, width }] of template.fields.entries()) {
    const last = Math.max(0, Math.ceil((shape[dimension] ?? 0) / (tileShape[dimension] ?? 1)) - 1);
    const isFixed = String(last).length <= Math.max(1, width);
    const ends = i === template.fields.length - 1 || /^[^0-9]/.test(template.literals[i + 1] ?? '');
    if (isFixed || ends) continue;
    return `a path template in which the field for dimension ${dimension} ends (two tiles share a name)`;
  }
  return template;
}

/** True if a tile and the manifest have the same path. Writing the tile would replace the manifest. */
export function namesManifest({ literals, fields }: PathTemplate): boolean {
  return fields.length === 0 && literals[0] === manifestName;
}
