/** Tests kerchunk references to chunks of an HDF5 file, to raw files and to inline bytes. */
import * as fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type GroupEntry, openArray, openGroup, slice } from '../../../lib/index.js';
import { bytesOf } from '../../support/bytes.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const names = ['g/packed', 'plain', 'held', 'text', 'mixed', 'raw'];

describe.skipIf(pythonMissing !== null)(pythonMissing ?? 'kerchunk references', () => {
  if (pythonMissing !== null) return;
  const directory = new TemporaryDirectory();
  runPython('test/conformance/kerchunk/write.py', directory.path);
  const cases = ['v0.json', 'v1.json'].flatMap((file) => names.map((name) => [file, name] as const));

  test.each(cases)('%s: %s equals its source', async (file, name) => {
    await using array = await openArray(directory.at(file), { array: name });
    expect(array.format).toBe('kerchunk');
    const expected = fs.readFileSync(directory.at(`expected/${name.replace('/', '-')}.bin`));
    const { data } = await array.read();
    expect(Buffer.compare(bytesOf(data), expected)).toBe(0);
    const size = expected.length / array.size;
    const row = expected.length / (array.shape[0] ?? 1);
    const part = array.readSync([slice(1, 3), '...'].slice(0, array.shape.length + 1) as never);
    expect(Buffer.compare(bytesOf(part.data), expected.subarray(row, 3 * row))).toBe(0);
    expect(size).toBeGreaterThan(0);
  });

  test('reads groups, attributes and dimensions', async () => {
    const group = await openGroup(directory.at('v1.json'));
    expect(group.attributes).toEqual({ title: 'references' });
    const found: GroupEntry[] = [];
    for await (const entry of group.walk()) found.push(entry);
    expect(found.map(({ name }) => name).sort()).toEqual([...names, 'g'].sort());
    await using array = await group.openArray('g/packed');
    expect(array.dimensionNames).toEqual(['y', 'x']);
    expect(array.attributes['units']).toBe('K');
  });
});

const zarray = {
  zarr_format: 2,
  shape: [4],
  chunks: [4],
  dtype: '|u1',
  compressor: null,
  filters: null,
  fill_value: 0,
  order: 'C',
};

describe('hostile references', () => {
  const directory = new TemporaryDirectory();
  const open = async (refs: object, more: object = {}): Promise<unknown> => {
    const path = directory.write(
      'bad.json',
      Buffer.from(JSON.stringify({ version: 1, ...more, refs: { 'a/.zarray': zarray, ...refs } })),
    );
    await using array = await openArray(path, { array: 'a' });
    return [...((await array.read()).data as Uint8Array)];
  };

  test.each([
    ['a remote file', { 'a/0': ['s3://bucket/x', 0, 4] }, {}, /s3:\/\/bucket/],
    ['a file that does not exist', { 'a/0': ['nothing.bin', 0, 4] }, {}, /nothing\.bin/],
    ['a place beyond the end of the file', { 'a/0': ['bad.json', 1e9, 4] }, {}, /end of the file/],
    ['a negative offset', { 'a/0': ['bad.json', -1, 4] }, {}, /Expected/],
    ['a place that is no number', { 'a/0': ['bad.json', 'x', 4] }, {}, /Expected/],
    ['a fourth entry', { 'a/0': ['bad.json', 0, 4, 5] }, {}, /\[url, offset, length\]/],
    [
      'an object that looks like a reference',
      { 'a/0': { kind: 'file', file: '/etc/passwd', offset: 0, length: 4 } },
      {},
      /Expected bytes/,
    ],
    ['held bytes that are too few', { 'a/0': 'abc' }, {}, /4 bytes/],
    ['bytes that are not base64', { 'a/0': 'base64:###' }, {}, /base64/],
    ['templates that call each other', { 'a/0': ['{{t}}', 0, 4] }, { templates: { t: '{{t}}' } }, /cycle/],
    [
      'templates that grow',
      { 'a/0': ['{{a}}', 0, 4] },
      { templates: { a: '{{b}}{{b}}'.repeat(50), b: 'x'.repeat(2000) } },
      /characters/,
    ],
    ['a template that is not known', { 'a/0': ['{{t}}', 0, 4] }, {}, /template 't'/],
    ['a statement', { 'a/0': ['{% for i in x %}', 0, 4] }, {}, /template/],
    ['an expression that is not read', { 'a/0': ['{{ x | upper }}', 0, 4] }, {}, /template/],
    [
      'too many generated keys',
      {},
      { gen: [{ key: '{{i}}', url: 'x', dimensions: { i: { stop: 1e12 } } }] },
      /more than/,
    ],
    ['another version', {}, { version: 2 }, /version 2/],
  ])('%s', async (_, refs, more, message) => {
    await expect(open(refs, more)).rejects.toThrow(message);
  });

  test('a fill value of different bytes only prevents reading chunks without a reference', async () => {
    const padded = { ...zarray, shape: [4], chunks: [2], dtype: '|S3', fill_value: 'IA==' };
    const refs = { 'a/.zarray': padded, 'a/0': 'abcdef' };
    const path = directory.write('text.json', Buffer.from(JSON.stringify({ version: 1, refs })));
    await using array = await openArray(path, { array: 'a' });
    expect((await array.read(':2')).data).toEqual(new Uint8Array(Buffer.from('abcdef')));
    expect(array.fillValue).toBeNull();
    await expect(array.read()).rejects.toThrow(
      /absent chunks whose fill value differs within an element \(.*text.json/,
    );
  });

  test('a chunk without a reference has the fill value', async () => {
    expect(await open({})).toEqual([0, 0, 0, 0]);
    expect(await open({ 'a/0': 'abcd' })).toEqual([97, 98, 99, 100]);
  });
});
