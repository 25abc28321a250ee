/**
 * Creates JSON values that are hostile in any field of a document.
 * @module
 */
import type { Random } from '../random.js';
import { digits, listed, repeated } from './case.js';

/** Generator of a JSON value of about `size` characters. */
export interface HostileJson {
  readonly name: string;
  make(size: number, random: Random): string;
}

/** Values that replace a member of a document. */
export const hostileJson: readonly HostileJson[] = [
  { name: 'digits', make: digits },
  { name: 'digits and a letter, as text', make: (size, random) => `"${digits(size, random)}x"` },
  { name: 'a fraction of digits, as text', make: (size, random) => `"1.${digits(size, random)}e"` },
  { name: 'an exponent', make: (size, random) => `1e${digits(size, random)}` },
  { name: 'text', make: (size) => `"${repeated('a', size)}"` },
  { name: 'spaces, as text', make: (size) => `"${repeated(' ', size)}x"` },
  { name: 'NULs, as text', make: (size) => `"${repeated('\\u0000', size)}x"` },
  { name: 'escapes, as text', make: (size) => `"${repeated('\\n', size)}"` },
  { name: 'brackets, as text', make: (size) => `"${repeated('{{', size)}"` },
  { name: 'slashes, as text', make: (size) => `"${repeated('/', size)}x"` },
  { name: 'base64 with a wrong end', make: (size) => `"base64:${repeated('QUJD', size)}!"` },
  { name: 'hexadecimal digits with a wrong end', make: (size) => `"0x${repeated('f', size)}g"` },
  { name: 'white space', make: (size) => `${repeated(' \n', size)}1` },
  { name: 'a list of numbers', make: (size, random) => `[${listed(size, () => String(random.below(10)))}]` },
  { name: 'a list of texts', make: (size, random) => `[${listed(size, () => `"${random.below(1e6)}"`)}]` },
  { name: 'a list of empty lists', make: (size) => `[${listed(size, () => '[]')}]` },
  { name: 'a list of objects', make: (size) => `[${listed(size, () => '{"name":"a","id":"b"}')}]` },
  { name: 'members', make: (size) => `{${listed(size, (i) => `"k${i}":${i}`)}}` },
  { name: 'members with numbers as names', make: (size) => `{${listed(size, (i) => `"${i * 7919}":0`)}}` },
  { name: 'the same member again and again', make: (size) => `{${listed(size, () => '"a":{}')}}` },
  { name: 'lists inside each other', make: (size) => `${repeated('[', size / 2)}1${repeated(']', size / 2)}` },
  { name: 'lists that never end', make: (size) => repeated('[', size) },
  { name: 'objects inside each other', make: (size) => `${repeated('{"a":', size)}1` },
];
