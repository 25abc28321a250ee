/**
 * Creates hostile kerchunk references.
 * @module
 */
import { arrayV2 } from '../zarr-store.js';
import { growingBytes, growingValue, type HostileCase, listed, repeated, variant } from './case.js';
import { hostileJson } from './json.js';

const path = '/r.json';
const zarray = JSON.stringify(arrayV2({ shape: [8], chunks: [4], dtype: '|u1' }));

/**
 * Returns a document of version 1 with one array `a`.
 * @param refs further references. @param more further members.
 */
function references(refs: string, more = ''): Record<string, string> {
  const separator = refs === '' ? '' : ',';
  return { [path]: `{"version":1,"refs":{"a/.zarray":${zarray}${separator}${refs}}${more}}` };
}

const bytes = (name: string, refs: (size: number) => string, more: (size: number) => string = () => ''): HostileCase =>
  growingBytes(name, path, (size) => references(refs(size), more(size)), 'a');

const templates = (size: number, of: (i: number) => string): string =>
  `,"templates":{${listed(size, (i) => `"t${i}":"${of(i)}"`)}}`;

const gen = (rules: string): string => `,"gen":[${rules}]`;
const rule = (key: string, dimensions: string): string =>
  `{"key":"${key}","url":"x","offset":0,"length":4,"dimensions":{${dimensions}}}`;

const values = (name: string, rules: (size: number) => string): HostileCase =>
  growingValue(name, path, (size) => references('', gen(rules(size))), 'a');

/** Returns a chain of templates, each of which calls the previous one `times` times. */
function doubling(levels: number, times: number): string {
  const texts = Array.from({ length: levels }, (_, i) => `"t${i}":"${i === 0 ? 'x' : `{{t${i - 1}}}`.repeat(times)}"`);
  return `,"templates":{${texts.join(',')}}`;
}

/** Hostile cases of kerchunk. */
export const kerchunkCases: readonly HostileCase[] = [
  values('gen: the stop of one dimension', (size) => rule('a/{{i}}', `"i":{"stop":${size}}`)),
  values('gen: the stops of a thousand dimensions', (size) =>
    rule('a/{{i0}}', Array.from({ length: 1000 }, (_, i) => `"i${i}":{"stop":${size}}`).join(',')),
  ),
  values('gen: the stops of thirty dimensions', (size) =>
    rule('a/{{i0}}', Array.from({ length: 30 }, (_, i) => `"i${i}":{"stop":${size}}`).join(',')),
  ),
  values('gen: a dimension of no values next to large ones', (size) =>
    rule('a/{{i}}', `"i":{"stop":${size}},"j":{"stop":${size}},"k":{"stop":0}`),
  ),
  values('gen: a long key for each value', (size) => rule(`a/{{i}}${'y'.repeat(50_000)}`, `"i":{"stop":${size}}`)),
  values('a place in a file', (size) => rule('a/{{i}}', `"i":[${size}000000000]`)),
  bytes(
    'gen: rules',
    () => '',
    (size) => gen(listed(size, (i) => rule(`a/${i}`, '"i":[0]'))),
  ),
  bytes(
    'gen: a list of values',
    () => '',
    (size) => gen(rule('a/{{i}}', `"i":[${listed(size, String)}]`)),
  ),
  bytes(
    'gen: dimensions of one value',
    () => '',
    (size) =>
      gen(
        rule(
          'a/{{i0}}',
          listed(size, (i) => `"i${i}":[0]`),
        ),
      ),
  ),
  bytes(
    'gen: the key',
    () => '',
    (size) => gen(rule(`a/${repeated('{{i}}', 2 * size)}`, '"i":{"stop":100000}')),
  ),
  bytes(
    'templates',
    () => '"a/0":["{{t0}}",0,4]',
    (size) => templates(size, () => 'x'),
  ),
  bytes(
    'a chain of templates',
    () => '"a/0":["{{t99}}",0,4]',
    (size) => templates(size, (i) => (i === 0 ? 'x' : `{{t${i - 1}}}`)),
  ),
  bytes(
    'templates that call each other sixty times',
    () => '"a/0":["{{t9}}",0,4]',
    (size) => doubling(Math.min(size / 1000, 5000), 60),
  ),
  bytes(
    'templates that call each other twice',
    () => '"a/0":["{{t16}}",0,4]',
    (size) => doubling(Math.min(size / 20, 50_000), 2),
  ),
  bytes(
    'templates that call each other with other arguments',
    () => '"a/0":["{{t12(i=1)}}",0,4]',
    (size) => templates(size, (i) => (i === 0 ? '{{i}}' : `{{t${i - 1}(i=i+1)}}{{t${i - 1}(i=i*3)}}`)),
  ),
  bytes(
    'a template',
    () => '"a/0":["{{t}}",0,4]',
    (size) => `,"templates":{"t":"${repeated('x', size)}"}`,
  ),
  bytes(
    'calls in one url',
    (size) => `"a/0":["${repeated('{{t}}', size)}",0,4]`,
    () => ',"templates":{"t":"xy"}',
  ),
  bytes('a url', (size) => `"a/0":["${repeated('x', size)}",0,4]`),
  bytes('a url of open brackets', (size) => `"a/0":["${repeated('{{', size)}",0,4]`),
  bytes('a url that looks like a scheme', (size) => `"a/0":["${repeated('a', size)}!",0,4]`),
  bytes('an expression of spaces', (size) => `"a/0":["{{${repeated(' ', size)}!}}",0,4]`),
  bytes('an expression of digits', (size) => `"a/0":["{{${repeated('1', size)}}}",0,4]`),
  bytes('an expression of brackets', (size) => `"a/0":["{{${repeated('(', size)}}}",0,4]`),
  bytes('references', (size) => listed(size, (i) => `"a/${i}":["x",0,4]`)),
  bytes(
    'references with templates',
    (size) => listed(size, (i) => `"a/${i}":["{{t0}}",0,4]`),
    () => templates(60, () => 'x'),
  ),
  bytes('arrays', (size) => listed(size, (i) => `"b${i}/.zarray":{}`)),
  bytes('a key', (size) => `"${repeated('a/', size)}":"x"`),
  bytes('base64 of spaces', (size) => `"a/0":"base64:${repeated(' ', size)}!"`),
  bytes('base64 of padding', (size) => `"a/0":"base64:${repeated('=', size)}!"`),
  bytes('attributes', (size) => `"a/.zattrs":{${listed(size, (i) => `"k${i}":1`)}}`),
  bytes('attributes as text', (size) => `"a/.zattrs":"{${listed(size, (i) => `\\"k${i}\\":1`)}}"`),
  growingValue('an empty reference', path, () => references('"a/0":"","a/1":["r.json",0,4]'), 'a'),
  growingValue('an empty reference in base64', path, () => references('"a/0":"base64:","a/1":"abcd"'), 'a'),
  ...hostileJson.flatMap(({ name, make }) => [
    variant(growingBytes(`a chunk: ${name}`, path, (size, random) => references(`"a/0":${make(size, random)}`), 'a')),
    growingBytes(`the document: ${name}`, path, (size, random) => ({ [path]: `{"refs":${make(size, random)}}` }), 'a'),
  ]),
];
