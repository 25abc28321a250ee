import { expect, test } from 'vitest';
import { openArray, UnsupportedError } from '../../../lib/index.js';
import { TemporaryDirectory } from '../../support/temporary.js';
import { arrayV2, writeFiles } from '../../support/zarr-store.js';

const temporary = new TemporaryDirectory();

test('refuses a field whose parts have different fill values if chunks may be absent', async () => {
  const fill = Buffer.from([1, 0, 7, 7, 8, 9]).toString('base64');
  const dtype = [
    ['a', '<i2'],
    ['same', '|u1', [2]],
    ['mixed', '|u1', [2]],
  ];
  writeFiles(temporary.path, { 'records.zarr/.zarray': arrayV2({ shape: [3], chunks: [2], dtype, fill_value: fill }) });
  const path = temporary.at('records.zarr');
  const read = async (field: string): Promise<number[]> => {
    await using array = await openArray(path, { field });
    return Array.from((await array.read()).data, Number);
  };
  expect(await read('a')).toEqual([1, 1, 1]);
  expect(await read('same')).toEqual([7, 7, 7, 7, 7, 7]);
  await expect(read('mixed')).rejects.toThrow(UnsupportedError);
  await expect(read('mixed')).rejects.toThrow('chunks that may be absent');
  await expect(openArray(path, { field: 'a', mode: 'r+' })).rejects.toThrow('writing into an array of records');
});
