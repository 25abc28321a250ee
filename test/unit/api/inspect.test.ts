// Checks what console.log and JSON.stringify show of handles and results.
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { openArray, openRecords, openText } from '../../../lib/index.js';
import { npyBytes, npyDict } from '../../support/npy-bytes.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const folder = new TemporaryDirectory();
const print = (value: unknown): string => inspect(value, { breakLength: 400 });

describe('console.log and JSON.stringify', () => {
  test('show an array of text, and its result without the statistics', async () => {
    const path = folder.write('names.npy', npyBytes(npyDict('|S3', false, [2]), Buffer.from('a\0\0bcd')));
    await using names = await openText(path);
    expect(print(names)).toBe(`TextHandle { format: 'npy', shape: [ 2 ], path: '${path}' }`);
    expect(inspect([[[names]]])).toContain('[TextHandle]');
    expect(JSON.parse(JSON.stringify(names))).toMatchObject({ path, dtype: 'text', shape: [2], elementBytes: 3 });
    const result = await names.read();
    expect(print(result)).toBe("TextResult { data: [ 'a', 'bcd' ], shape: [ 2 ], stats: [ReadStats] }");
    expect(Object.keys(structuredClone(result))).toEqual(['data', 'shape', 'stats']);
    expect(print(await names.read(null, { strings: 'utf8' }))).toContain('stats: [ReadStats]');
  });

  test('show an array of records, and its result without the statistics', async () => {
    const header = "{'descr': [('x', '|u1'), ('y', '|i1')], 'fortran_order': False, 'shape': (2,), }";
    const path = folder.write('records.npy', npyBytes(header, Uint8Array.of(1, 2, 3, 4)));
    await using records = await openRecords(path);
    expect(print(records)).toBe(`RecordHandle { format: 'npy', shape: [ 2 ], fields: [ 'x', 'y' ], path: '${path}' }`);
    expect(JSON.parse(JSON.stringify(records))).toMatchObject({
      path,
      shape: [2],
      fields: [{ name: 'x' }, { name: 'y' }],
    });
    const printed = print(await records.read());
    expect(printed).toMatch(/^RecordResult \{ fields: Map\(2\)/);
    expect(printed).toContain('stats: [ReadStats]');
  });

  test('show the results of a batch once', async () => {
    const path = folder.write('bytes.npy', npyBytes(npyDict('|u1', false, [4]), Uint8Array.of(1, 2, 3, 4)));
    await using array = await openArray(path);
    const printed = print(await array.readMany([[0], [3]]));
    expect(printed).toMatch(/^BatchResult \{ dtype: 'uint8', shape: \[ 2 \], results: \[ ReadResult/);
    expect(printed).toMatch(/stats: \[ReadStats\] \}$/);
  });
});
