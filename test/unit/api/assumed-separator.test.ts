/** Tests Zarr v2 arrays whose metadata does not give the separator of chunk names. */
import { describe, expect, test } from 'vitest';
import { openArray } from '../../../lib/index.js';
import { newCounters } from '../../../lib/io/backend.js';
import { TemporaryDirectory } from '../../support/temporary.js';
import { openZarr, run, arrayV2 as v2, writeFiles } from '../../support/zarr-store.js';

const directory = new TemporaryDirectory();
const chunk = (value: number): Uint8Array => new Uint8Array(Int16Array.from({ length: 6 }, () => value).buffer);
const array = v2({ fill_value: 9 });
const row = (left: number, right: number): number[] => [left, left, left, right, right, right];
const whole = Int16Array.from([...row(1, 2), ...row(1, 2), ...row(9, 4), ...row(9, 4)]);

function store(name: string, files: Readonly<Record<string, Uint8Array>>, document: object = array): string {
  return writeFiles(directory.at(name), { '.zarray': document, ...files });
}
const nested = store('nested', { '0/0': chunk(1), '0/1': chunk(2), '1/1': chunk(4) });

describe('a Zarr v2 array without dimension_separator', () => {
  test('reads chunks from numbered directories if no chunk has a dotted name', async () => {
    await using zarr = await openArray(nested);
    expect((await zarr.read()).data).toEqual(whole);
    expect(zarr.readSync('2:').data).toEqual(whole.subarray(12));
    await using again = await openArray(nested);
    expect(again.readSync().data).toEqual(whole);
    const into = new Int16Array(24).fill(7);
    await using third = await openArray(nested);
    const { stats } = await third.readInto(into);
    expect(into).toEqual(whole);
    expect(stats).toMatchObject({ chunks: 4, chunksAbsent: 1 });
  });

  test('fills a mask', async () => {
    await using zarr = await openArray(nested);
    const { mask } = await zarr.read(null, { mask: true, decode: 'cf' });
    expect(mask).toEqual(Uint8Array.from(whole, (value) => Number(value === 9)));
  });

  test('reads correctly when several reads start at the same time', async () => {
    await using zarr = await openArray(nested);
    const all = await Promise.all([zarr.read(), zarr.read('0'), zarr.read()]);
    expect(all.map(({ data }) => data)).toEqual([whole, whole.subarray(0, 6), whole]);
  });

  test('explains the chunks, and reads a box without chunks as fill value', async () => {
    await using zarr = await openArray(nested);
    expect(zarr.explain()).toMatchObject({ note: null, chunks: 4 });
    await using other = await openArray(nested);
    const { data, stats } = await other.read('2:, 0:3');
    expect([...new Set(data as Int16Array)]).toEqual([9]);
    expect(stats.note).toMatch(/^0 of 1 chunks found/);
  });

  test.each([
    ['chunks named with dots next to a folder', { '1.1': chunk(4), '0/0': chunk(1) }, array],
    ['a separator that is given', { '0/0': chunk(1) }, { ...array, dimension_separator: '.' }],
    ['a file of a number', { '0': chunk(1) }, array],
  ])('%s: uses dots', async (name, files, document) => {
    await using zarr = await openArray(store(name, files, document));
    expect([...new Set((await zarr.read('0')).data as Int16Array)]).toEqual([9]);
  });

  test('lists the directory once if no chunk is found, and never if chunks are found', () => {
    const counters = newCounters();
    const opened = openZarr(nested);
    const [layer] = run(opened.layers([0, 0], [4, 6]));
    const sought = run(layer?.index.locate([[0], [0]]) ?? neverEmpty(), counters);
    expect(counters).toEqual(newCounters());
    expect(run(opened.relocate?.(sought) ?? neverEmpty())).toBe(true);
    expect(run(opened.relocate?.(sought) ?? neverEmpty(), counters)).toBe(true);
    expect(counters).toEqual(newCounters());
  });

  test('needs no separator with one dimension', () => {
    expect(openZarr(store('line', {}, v2({ shape: [4], chunks: [2] }))).relocate).toBeUndefined();
  });
});

function neverEmpty(): never {
  throw new Error('Expected something');
}
