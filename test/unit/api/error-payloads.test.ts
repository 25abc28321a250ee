/** Provokes every error class through the public API, and checks tag, payload, cause and the stack of the caller. */
import { constants } from 'node:buffer';
import * as fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as api from '../../../lib/index.js';
import { npyBytes, npyDict } from '../../support/npy-bytes.js';
import { npyHeaderBytes, writeNpy, writeZarr } from '../../support/sample-arrays.js';
import { TemporaryDirectory } from '../../support/temporary.js';
import { arrayV2, writeFiles } from '../../support/zarr-store.js';

const folder = new TemporaryDirectory();
const cube = writeNpy(folder, 'cube.npy', [4, 5, 6]);

/** Returns the error that `action` throws or rejects with. */
async function thrownBy(action: () => unknown): Promise<api.PosixParError> {
  try {
    await action();
  } catch (error) {
    if (api.isPosixParError(error)) return error;
    throw error;
  }
  throw new Error('Expected an error');
}

interface Case {
  readonly name: string;
  readonly type: abstract new (...args: never[]) => api.PosixParError;
  readonly action: () => unknown;
  readonly payload: Readonly<Record<string, unknown>>;
}

const damaged = (): string => {
  const path = writeZarr(folder, 'damaged', 4000, 400);
  const chunk = `${path}/3`;
  const bytes = fs.readFileSync(chunk);
  bytes.fill(0xff, 20, 60);
  fs.writeFileSync(chunk, bytes);
  return path;
};

const aborted = (reason: unknown): AbortSignal => AbortSignal.abort(reason);

const cases: readonly Case[] = [
  {
    name: 'an index out of bounds',
    type: api.SelectionError,
    action: () => api.readSubset(cube, [0, 5]),
    payload: { _tag: 'SelectionError', dimension: 1 },
  },
  {
    name: 'too many entries',
    type: api.SelectionError,
    action: () => api.readSubset(cube, [0, 0, 0, 0]),
    payload: { _tag: 'SelectionError', dimension: undefined },
  },
  {
    name: 'a group instead of an array',
    type: api.ChoiceError,
    action: () => api.openArray(writeFiles(folder.at('group'), { '.zgroup': { zarr_format: 2 } })),
    payload: { _tag: 'ChoiceError', choice: 'array', path: folder.at('group') },
  },
  {
    name: 'another format than the one that is named',
    type: api.ChoiceError,
    action: () => api.openArray(cube, { format: 'netcdf3' }),
    payload: { _tag: 'ChoiceError', choice: 'format', path: cube, cause: expect.any(api.FormatError) },
  },
  {
    name: 'a shape that is larger than the file',
    type: api.ChoiceError,
    action: () => api.openArray(cube, { format: 'raw', dtype: 'uint8', shape: [10_000] }),
    payload: { _tag: 'ChoiceError', choice: 'shape', path: cube },
  },
  {
    name: 'a file that is not what its format demands',
    type: api.FormatError,
    action: () =>
      api.openArray(folder.write('bad.npy', npyBytes("{'descr': '<f4', 'shape': (3,)}", new Uint8Array(12)))),
    payload: { _tag: 'FormatError', path: folder.at('bad.npy'), offset: expect.any(Number) },
  },
  {
    name: 'a chunk that can not be decoded',
    type: api.CodecError,
    action: () => api.readSubset(damaged()),
    payload: { _tag: 'CodecError', path: folder.at('damaged/3'), offset: 0 },
  },
  {
    name: 'a file outside the roots',
    type: api.ExternalFileError,
    action: () => api.openArray(cube, { externalFiles: { roots: ['/proc'] } }),
    payload: { _tag: 'ExternalFileError', path: cube, namedBy: undefined, policy: 'roots' },
  },
  {
    name: 'a file that is not there',
    type: api.ReadError,
    action: () => api.readSubset(folder.at('nothing.npy')),
    payload: { _tag: 'ReadError', code: 'ENOENT', errno: 2, path: folder.at('nothing.npy') },
  },
  {
    name: 'a file that ends too early',
    type: api.ReadError,
    action: async () => {
      const path = writeNpy(folder, 'short.npy', [100]);
      const array = await api.openArray(path, { engine: 'pread' });
      fs.truncateSync(path, npyHeaderBytes + 100);
      await array.read().finally(() => array.close());
    },
    payload: { _tag: 'ReadError', code: 'EOF', path: folder.at('short.npy'), offset: npyHeaderBytes, length: 400 },
  },
  {
    name: 'an error that a native thread finds',
    type: api.ReadError,
    action: async () => {
      const path = writeNpy(folder, 'large.npy', [1 << 20]);
      const array = await api.openArray(path, { engine: 'direct' });
      fs.truncateSync(path, npyHeaderBytes + 100);
      await array.read().finally(() => array.close());
    },
    payload: { _tag: 'ReadError', code: 'EOF', path: folder.at('large.npy') },
  },
  {
    name: 'a new array whose path exists',
    type: api.WriteError,
    action: () => api.createArray(writeNpy(folder, 'exists.npy', [1]), { shape: [1], dtype: 'int8' }),
    payload: { _tag: 'WriteError', code: 'EEXIST', errno: 17, path: folder.at('exists.npy') },
  },
  {
    name: 'a value that does not fit',
    type: api.ConversionError,
    action: () => api.readSubset(writeNpy(folder, 'wide.npy', [3], { value: (i) => 200 * i }), null, { as: 'uint8' }),
    payload: { _tag: 'ConversionError', path: folder.at('wide.npy'), offset: npyHeaderBytes },
  },
  {
    name: 'what is not read, by name',
    type: api.UnsupportedError,
    action: () => api.openArray(folder.write('object.npy', npyBytes(npyDict('|O', false, [3]), new Uint8Array(24)))),
    payload: { _tag: 'UnsupportedError', what: expect.stringMatching(/\|O|object/), path: folder.at('object.npy') },
  },
  {
    name: 'an aborted read',
    type: api.AbortError,
    action: () => api.readSubset(cube, null, { signal: aborted('enough') }),
    payload: { _tag: 'AbortError', code: 'ABORT_ERR', cause: 'enough' },
  },
  {
    name: 'a result that does not fit into memory',
    type: api.MemoryLimitError,
    action: () => {
      const metadata = arrayV2({ shape: [2 ** 45], chunks: [2 ** 20], dtype: '|u1' });
      return api.readSubset(writeFiles(folder.at('huge.zarr'), { '.zarray': metadata }));
    },
    payload: { _tag: 'MemoryLimitError', neededBytes: 2 ** 45 },
  },
  {
    name: 'a result that no typed array can hold',
    type: api.MemoryLimitError,
    action: () => {
      const metadata = arrayV2({ shape: [2 ** 52], chunks: [2 ** 20], dtype: '<f8' });
      return api.readSubset(writeFiles(folder.at('endless.zarr'), { '.zarray': metadata }));
    },
    payload: { _tag: 'MemoryLimitError', neededBytes: 2 ** 55, limitBytes: constants.MAX_LENGTH, source: 'runtime' },
  },
  {
    name: 'a closed array',
    type: api.ClosedError,
    action: async () => {
      const array = await api.openArray(cube);
      await array.close();
      return array.read();
    },
    payload: { _tag: 'ClosedError' },
  },
];

test('the cases provoke every exported error class', () => {
  const exported = Object.entries(api).filter(([name]) => name.endsWith('Error') && !/^(is|PosixPar)/.test(name));
  expect(exported.map(([, type]) => type as unknown).sort()).toEqual(
    [...new Set(cases.map(({ type }) => type))].sort(),
  );
});

describe.each(cases)('$name', ({ type, action, payload }) => {
  test('has its class, its payload and a message with the location', async () => {
    const error = await thrownBy(action);
    expect(error).toBeInstanceOf(type);
    expect(error).toBeInstanceOf(api.PosixParError);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject(payload);
    expect(error.name).toBe(error._tag);
    expect(api.isPosixParError(error, error._tag)).toBe(true);
    if (typeof payload['path'] === 'string') expect(error.message).toContain(payload['path']);
    expect(error.stack).toContain('error-payloads.test.ts');
  });
});
