/** Reads texts of several formats through the Zarr view with zarr-python. */
import { afterAll, describe, expect, test } from 'vitest';
import { serve } from '../../lib/serve/index.js';
import { encodeTexts } from '../../lib/serve/zarr/texts.js';
import { pythonMissing, runPython } from '../support/python.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { get } from './requests.js';
import { runClient } from './samples.js';

/** Returns the texts of a chunk that `vlen-utf8` encoded. */
function decodeTexts(chunk: Uint8Array): string[] {
  const bytes = Buffer.from(chunk);
  const texts: string[] = [];
  for (let at = 4; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    texts.push(bytes.subarray(at + 4, at + 4 + length).toString());
    at += 4 + length;
  }
  expect(texts.length).toBe(bytes.readUInt32LE(0));
  return texts;
}

test('a chunk at the edge of an array is completed with empty texts', () => {
  const own = { offsets: Float64Array.of(0, 1, 3, 3, 5), bytes: Buffer.from('abcde') };
  expect(decodeTexts(encodeTexts(own, [2, 2], [2, 2]))).toEqual(['a', 'bc', '', 'de']);
  expect(decodeTexts(encodeTexts(own, [2, 2], [3, 3]))).toEqual(['a', 'bc', '', '', 'de', '', '', '', '']);
  expect(decodeTexts(encodeTexts({ offsets: Float64Array.of(0, 5), bytes: own.bytes }, [], []))).toEqual(['abcde']);
  const invalid = { offsets: Float64Array.of(0, 2, 4), bytes: Buffer.from('61ff62c3', 'hex') };
  expect(decodeTexts(encodeTexts(invalid, [2], [2]))).toEqual(['a\ufffd', 'b\ufffd']);
});

const directory = new TemporaryDirectory();
const root = directory.at('root');

describe.skipIf(pythonMissing !== null)(`texts ${pythonMissing ?? ''}`, async () => {
  const expected = (pythonMissing === null ? JSON.parse(runPython('test/serve/write_texts.py', root)) : {}) as Readonly<
    Record<string, unknown>
  >;
  const server = await serve({ roots: [pythonMissing === null ? root : directory.path], port: 0 });
  afterAll(() => server.close());

  test('of fixed and variable length are read by zarr-python, alone and in a group', async () => {
    const paths = Object.keys(expected);
    const args = [new URL(String(server.url)).origin, String(server.token), JSON.stringify(paths), 'texts.h5/g'];
    const found = JSON.parse(await runClient('read_texts.py', ...args)) as Record<string, unknown>;
    expect(found['texts']).toEqual(expected);
    expect(found['dtypes']).toEqual(['string']);
    // Records and sequences have no form in Zarr, so the group has no members of these names.
    expect(found['members']).toEqual(['arrays', 'fixed', 'none', 'numbers', 'scalar', 'variable', 'whole']);
    const grid = expected['texts.h5/g/variable'] as string[][];
    expect(found['grouped']).toEqual(grid.slice(1, 4).map((row) => row.slice(2, 6)));
  });

  test('have the chunk grid of the file, and the same tag until the file changes', async () => {
    const metadata = JSON.parse((await get(server, '/zarr/texts.h5/g/variable/zarr.json')).text);
    expect(metadata).toMatchObject({
      shape: [5, 7],
      data_type: 'string',
      chunk_grid: { configuration: { chunk_shape: [2, 3] } },
      codecs: [{ name: 'vlen-utf8' }],
      fill_value: '',
    });
    const chunk = await get(server, '/zarr/texts.h5/g/variable/c/2/2');
    expect(decodeTexts(chunk.body)).toEqual(['日本', '', '', '', '', '']);
    const headers = { 'if-none-match': String(chunk.headers.etag) };
    expect((await get(server, '/zarr/texts.h5/g/variable/c/2/2', { headers })).status).toBe(304);
    expect((await get(server, '/zarr/texts.h5/g/variable/c/3/0')).status).toBe(404);
    expect((await get(server, '/zarr/texts.h5/g/records/zarr.json')).status).toBeGreaterThanOrEqual(400);
    expect((await get(server, '/zarr/texts.h5/g/records/zarr.json')).status).toBeLessThan(500);
  });
});
