/**
 * Invalid values for JSON documents.
 * @module
 */

/** Values as JSON text that are invalid in most metadata fields. */
export const hostileJson: readonly string[] = [
  'null',
  'true',
  '-1',
  '0',
  '1',
  '0.5',
  '1e308',
  '9007199254740991',
  '9007199254740993',
  '18446744073709551615',
  `1${'0'.repeat(400)}`,
  'NaN',
  '-Infinity',
  '""',
  '"\\u0000"',
  '".."',
  '"../../x"',
  '"/"',
  '"<f4"',
  '"|O"',
  '"r8"',
  '"bytes"',
  '"transpose"',
  '"sharding_indexed"',
  '[]',
  '{}',
  '[0]',
  '[1,1,1]',
  '[[]]',
  '[4294967296,4294967296]',
  '[9007199254740991,9007199254740991]',
  `[${'1,'.repeat(99)}1]`,
  `${'['.repeat(300)}${']'.repeat(300)}`,
  '{"name":"bytes"}',
  '{"name":"sharding_indexed","configuration":{}}',
  '{"toString":1}',
  '{"must_understand":false}',
  '{"__proto__":{"name":"x"}}',
  `"${'x'.repeat(100_000)}"`,
];

/** Returns the positions [start, end) of all values in a JSON text. */
export function valuePlaces(text: string): (readonly [number, number])[] {
  const places: (readonly [number, number])[] = [];
  const open: number[] = [];
  for (const match of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]|[^\s,:[\]{}"]+/g)) {
    const [token] = match;
    if (token === '[' || token === '{') open.push(match.index);
    else if (token === ']' || token === '}') places.push([open.pop() ?? 0, match.index + 1]);
    else places.push([match.index, match.index + token.length]);
  }
  return places;
}
