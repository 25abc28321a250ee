import { describe, expect, it } from 'vitest';
import { ReadError, UnsupportedError } from '../../../lib/core/errors.js';
import { formatNamed, formats, openDescriptor, openGroupDescriptor } from '../../../lib/formats/registry.js';
import { runAsync, runSync } from '../../../lib/io/driver.js';
import { nativeAsyncBackend } from '../../../lib/io/native-backend.js';
import { nodeSyncBackend } from '../../../lib/io/node-backend.js';
import { countingBytes } from '../../support/byte-writer.js';
import { npyBytes, npyDict } from '../../support/npy-bytes.js';
import { openPath } from '../../support/open.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const temporary = new TemporaryDirectory();
const npy = temporary.write('a.npy', npyBytes(npyDict('|u1', false, [4]), countingBytes(4)));

describe('the registry', () => {
  it('lists every format once', () => {
    const names = formats.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(formatNamed(name).name).toBe(name);
  });

  it('recognises a file by its bytes, not its name', () => {
    const renamed = temporary.write('a.nii', npyBytes(npyDict('|u1', false, [4]), countingBytes(4)));
    expect(openPath(renamed).format).toBe('npy');
  });

  it('uses the format that the caller names without recognition', () => {
    expect(openPath(npy, { format: 'raw', options: { dtype: 'uint8', shape: [6] } }).format).toBe('raw');
    expect(() => openPath(npy, { format: 'nifti' })).toThrow(/348 or 540/);
    expect(() => openPath(npy, { format: 'npx' })).toThrow(
      /^Expected one of 'npy', .* for `options.format`, received 'npx'$/,
    );
    expect(() => openPath(npy, { format: 'npx' })).toThrow(TypeError);
  });

  it('reports a path that does not exist', () => {
    const path = temporary.at('absent.npy');
    expect(() => openPath(path)).toThrow(ReadError);
    expect(() => openPath(path)).toThrow(`No such file or directory: ${path}`);
    expect(() => openPath(path, { format: 'raw' })).toThrow(/No such file or directory/);
    expect(() => openPath(`${npy}/below`)).toThrow(/No such file or directory/);
  });

  it('lists the formats if none recognises the file', () => {
    temporary.write('folder/file', 'x');
    expect(() => openPath(temporary.at('folder'))).toThrow(/a directory of no known format .* Known formats: npy, /);
    expect(() => openPath(temporary.write('empty', ''))).toThrow(/which is empty/);
    expect(() => openPath(temporary.write('a.npy.gz', Uint8Array.of(0x1f, 0x8b, 8)))).toThrow(/compressed with gzip/);
    expect(() => openPath('/dev/null')).toThrow(/neither a file nor a directory/);
  });

  it('works with the asynchronous backend', async () => {
    const request = { array: null, options: {}, format: null };
    const array = await runAsync(openDescriptor(npy, request), nativeAsyncBackend);
    expect(array).toMatchObject({ format: 'npy', shape: [4] });
    await expect(runAsync(openDescriptor(temporary.at('absent'), request), nativeAsyncBackend)).rejects.toBeInstanceOf(
      ReadError,
    );
  });

  it('reports that a single-array file has no groups', () => {
    const request = { array: null, options: {}, format: null };
    expect(() => runSync(openGroupDescriptor(npy, request), nodeSyncBackend)).toThrow(UnsupportedError);
  });
});
