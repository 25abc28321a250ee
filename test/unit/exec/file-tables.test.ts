import { describe, expect, test } from 'vitest';
import { finish } from '../../../lib/core/checkpoint.js';
import { ReadError } from '../../../lib/core/errors.js';
import { encodeFiles, hasManyFiles } from '../../../lib/exec/file-tables.js';
import { openArray } from '../../../lib/index.js';
import type { TableLocations } from '../../../lib/plan/locations.js';
import { TemporaryDirectory } from '../../support/temporary.js';
import { arrayV2 } from '../../support/zarr-store.js';

function locationsOf(files: readonly string[]): TableLocations {
  return {
    kind: 'table',
    files,
    fileIndex: Uint32Array.from(files, (_, i) => i),
    offsets: new Float64Array(files.length),
    lengths: new Float64Array(files.length).fill(1),
    filterMasks: null,
  };
}

describe('tables of files', () => {
  test('few paths are passed as strings', () => {
    const locations = locationsOf(['/a', '/b']);
    expect(hasManyFiles(locations)).toBe(false);
    expect(finish(encodeFiles(locations))).toEqual({ paths: null, stamps: null });
  });

  test('many paths are packed in slices, each followed by a NUL', () => {
    const files = Array.from({ length: 100_001 }, (_, i) => `/data/Zürich ${i}/🙂.bin`);
    const encoding = encodeFiles(locationsOf(files));
    let slices = 1;
    let step = encoding.next();
    for (; step.done !== true; step = encoding.next()) slices += 1;
    expect(slices).toBeGreaterThan(files.length / 4096);
    const { paths } = step.value;
    const text = new TextDecoder().decode(paths ?? undefined);
    expect(text.replace(/\0+$/, '').split('\0')).toEqual(files);
  });

  test('the state of files is three numbers per file', () => {
    const stamps = [
      { size: 5, mtimeMs: 7.5, ino: 9 },
      { size: 6, mtimeMs: 8.5 },
    ];
    const tables = finish(encodeFiles({ ...locationsOf(['/a', '/b']), stamps }));
    expect(tables.stamps).toEqual(Float64Array.of(5, 7.5, 9, 6, 8.5, -1));
  });
});

describe('an array with a file per chunk, whose names follow no rule', () => {
  const count = 3000;
  const folder = new TemporaryDirectory();
  const nameOf = (i: number): string => `ä ${(i * 7919) % count}`;
  const refs: Record<string, unknown> = { 'a/.zarray': arrayV2({ shape: [count], chunks: [1], dtype: '|u1' }) };
  for (let i = 0; i < count; i += 1) {
    folder.write(nameOf(i), Uint8Array.of(i % 251));
    refs[`a/${i}`] = [nameOf(i), 0, 1];
  }
  refs['a/17'] = ['absent', 0, 1];
  const path = folder.write('r.json', Buffer.from(JSON.stringify({ version: 1, refs })));

  test('is read by the promise and the synchronous API', async () => {
    await using array = await openArray(path, { array: 'a' });
    const expected = Uint8Array.from({ length: count - 18 }, (_, i) => (i + 18) % 251);
    expect((await array.read([{ start: 18 }])).data).toEqual(expected);
    expect(array.readSync([{ start: 18 }]).data).toEqual(expected);
  });

  test('a missing file is named', async () => {
    await using array = await openArray(path, { array: 'a' });
    const error = await array.read().then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(ReadError);
    expect(error).toMatchObject({ code: 'ENOENT', path: folder.at('absent') });
  });
});
