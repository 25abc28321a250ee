import { describe, expect, test } from 'vitest';
import { FormatError, UnsupportedError } from '../../../../lib/core/errors.js';
import type { ChunkLocations } from '../../../../lib/formats/format.js';
import { maxGenerated } from '../../../../lib/formats/kerchunk/generated.js';
import { openDescriptor } from '../../../../lib/formats/registry.js';
import { newCounters } from '../../../../lib/io/backend.js';
import { runSync } from '../../../../lib/io/driver.js';
import { MemoryBackend } from '../../../support/memory-backend.js';
import { arrayV2 } from '../../../support/zarr-store.js';

const zarray = arrayV2({ shape: [12], chunks: [4], dtype: '|u1' });

/** Returns the chunk locations of `a`, and the number of steps needed to find them. */
function locate(refs: object, more: object = {}): { places: ChunkLocations; steps: number } {
  const document = { version: 1, refs: { 'a/.zarray': zarray, ...refs }, ...more };
  const backend = new MemoryBackend({ '/d/r.json': JSON.stringify(document), '/d/x': 'twelve bytes' });
  const counters = newCounters();
  const request = { array: 'a', options: {}, format: null };
  const array = runSync(openDescriptor('/d/r.json', request), backend, counters);
  const [layer] = runSync(array.layers([0], [12]), backend, counters);
  if (layer === undefined) throw new Error('An array has a layer');
  const places = runSync(layer.index.locate([[0, 1, 2]]), backend, counters);
  return { places, steps: counters.steps };
}

function rule(dimensions: object, key = 'a/{{i}}'): object {
  return { gen: [{ key, url: 'x', offset: '{{i * 4}}', length: 4, dimensions }] };
}

describe('rules', () => {
  test('give locations without listing too many references', () => {
    const { places } = locate({}, rule({ i: { stop: 3 } }));
    expect(places).toMatchObject({ files: ['/d/x'], offsets: Float64Array.of(0, 4, 8) });
  });

  test('the last of equal keys wins, and listed keys take precedence over generated ones', () => {
    const gen = [
      { key: 'a/{{i}}', url: 'x', offset: 1, length: 4, dimensions: { i: { stop: 3 } } },
      { key: 'a/{{i}}', url: 'x', offset: '{{j}}', length: 4, dimensions: { i: [1], j: [5, 6] } },
    ];
    const { places } = locate({ 'a/2': ['x', 7, 4] }, { gen });
    expect(places).toMatchObject({ offsets: Float64Array.of(1, 6, 7) });
  });

  const many = { stop: 4_194_304 };
  test.each([
    ['one dimension', { i: many }],
    ['two dimensions', { i: { stop: 2048 }, j: { stop: 2048 } }],
    ['thirty dimensions', Object.fromEntries(Array.from({ length: 30 }, (_, d) => [`i${d}`, many]))],
  ])('of %s are refused by their product before expansion', (_, dimensions) => {
    const open = (): unknown => locate({}, rule(dimensions));
    expect(open).toThrow(UnsupportedError);
    expect(open).toThrow(`more than ${maxGenerated}`);
  });

  test('with a thousand dimensions are refused', () => {
    const dimensions = Object.fromEntries(Array.from({ length: 1000 }, (_, d) => [`i${d}`, many]));
    expect(() => locate({}, rule(dimensions))).toThrow('1000 dimensions');
  });

  test('with too many expressions in keys are refused', () => {
    const key = `a/${'{{i - i}}'.repeat(2000)}`;
    expect(() => locate({}, rule({ i: { stop: maxGenerated } }, key))).toThrow('steps to expand');
  });

  test('for a different array are not expanded', () => {
    const own = locate({}, rule({ i: { stop: 3 } })).steps;
    const other = rule({ i: { stop: 100_000 } }, 'b/{{i}}');
    expect(locate({ 'a/0': ['x', 0, 4] }, other).steps).toBeLessThan(own + 100);
  });
});

describe('templates', () => {
  const url = (levels: number): object => ({ 'a/0': [`{{t${levels}}}`, 0, 4] });
  const chain = (levels: number, times: number, call = (name: string) => `{{${name}}}`): object => ({
    templates: Object.fromEntries(
      Array.from({ length: levels + 1 }, (_, i) => [`t${i}`, i === 0 ? '' : call(`t${i - 1}`).repeat(times)]),
    ),
  });

  test('that call one another sixty times at twelve levels are rendered once each', () => {
    const { templates } = chain(12, 60) as { templates: Record<string, string> };
    const { places, steps } = locate(url(12), { templates: { ...templates, t12: 'x{{t11}}' } });
    expect(places).toMatchObject({ files: ['/d/x'] });
    expect(steps).toBeLessThan(2000);
  });

  test('that call one another with different arguments each time stop at a limit', () => {
    const call = (name: string): string => `{{${name}(i=i+1)}}{{${name}(i=i*3)}}`;
    const { templates } = chain(14, 1, call) as { templates: Record<string, string> };
    expect(() => locate({ 'a/0': ['{{t14(i=1)}}', 0, 4] }, { templates })).toThrow('calls at most');
  });

  test('that produce much text without output stop at a limit', () => {
    const templates: Record<string, string> = { big: 'x'.repeat(60_000), pass: '{{y}}' };
    const calls = Array.from({ length: 40 }, (_, i) => `{{pass(y=big, n=${i})}}`).join('');
    expect(() => locate({ 'a/0': [calls, 0, 4] }, { templates })).toThrow(FormatError);
  });

  test('with unclosed brackets are refused', () => {
    expect(() => locate({ 'a/0': ['x{{', 0, 4] })).toThrow(UnsupportedError);
    expect(() => locate({ 'a/0': ['{{'.repeat(30_000), 0, 4] })).toThrow(UnsupportedError);
  });
});

describe('inline bytes', () => {
  test.each(['', 'base64:', 'base64:  '])('%j is not a chunk', (text) => {
    expect(() => locate({ 'a/0': text, 'a/1': 'abcd' })).toThrow(FormatError);
    expect(() => locate({ 'a/0': text })).toThrow("Expected bytes for 'a/0'");
  });

  test('base64 that contains only spaces is refused in linear time', () => {
    expect(() => locate({ 'a/0': `base64:${' '.repeat(1_000_000)}!` })).toThrow('base64');
  });
});
