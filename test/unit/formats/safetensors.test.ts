import { describe, expect, it } from 'vitest';
import { ChoiceError, FormatError, UnsupportedError } from '../../../lib/core/errors.js';
import { openGroup } from '../../../lib/index.js';
import { countingBytes } from '../../support/byte-writer.js';
import { openPath } from '../../support/open.js';
import { readReference } from '../../support/reference-reader.js';
import { safetensorsBytes } from '../../support/safetensors-bytes.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const temporary = new TemporaryDirectory();
const data = countingBytes(16);
let count = 0;

function write(header: unknown): string {
  count += 1;
  return temporary.write(`${count}.safetensors`, safetensorsBytes(header, data));
}

const one = (change: object): string => write({ t: { dtype: 'U8', shape: [2, 4], data_offsets: [8, 16], ...change } });

describe('the safetensors format', () => {
  it('reads a tensor by its name, and the metadata as attributes', () => {
    const path = write({
      __metadata__: { format: 'pt' },
      'a.weight': { dtype: 'I16', shape: [2, 2], data_offsets: [0, 8] },
      'a.bias': { dtype: 'U8', shape: [2, 4], data_offsets: [8, 16] },
    });
    const array = openPath(path, { array: 'a.bias' });
    expect(array).toMatchObject({
      format: 'safetensors',
      name: 'a.bias',
      dtype: 'uint8',
      shape: [2, 4],
      attributes: { format: 'pt' },
    });
    expect(readReference(array).bytes).toEqual(data.subarray(8));
    expect(() => openPath(path)).toThrow(ChoiceError);
    expect(() => openPath(path)).toThrow(/a.weight/);
  });

  it('opens as a group', async () => {
    const path = write({
      b: { dtype: 'U8', shape: [], data_offsets: [0, 1] },
      a: { dtype: 'U8', shape: [0], data_offsets: [1, 1] },
      __metadata__: { x: 'y' },
    });
    const group = await openGroup(path);
    expect(group.attributes).toEqual({ x: 'y' });
    expect((await group.children()).map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it.each(['F8_E8M0', 'F4', 'constructor'])('refuses tensors of %s by name', (dtype) => {
    const path = one({ dtype });
    expect(() => openPath(path)).toThrow(UnsupportedError);
    expect(() => openPath(path)).toThrow(dtype);
  });

  it.each([
    ['offsets of another size', { data_offsets: [8, 15] }],
    ['offsets in the wrong order', { data_offsets: [16, 8] }],
    ['three offsets', { data_offsets: [8, 16, 16] }],
    ['offsets behind the end of the file', { data_offsets: [16, 24] }],
    ['a negative extent', { shape: [-2, -4] }],
    ['a fraction as extent', { shape: [0.5, 16] }],
    ['an extent beyond 2^53', { shape: [1e300] }],
    ['no type', { dtype: null }],
    ['no shape', { shape: 8 }],
  ])('reports %s', (_, change) => {
    expect(() => openPath(one(change))).toThrow(FormatError);
  });

  it('reports a header that is not JSON or not an object', () => {
    expect(() => openPath(write('{"t": '))).toThrow(FormatError);
    expect(() => openPath(write('[]'), { format: 'safetensors' })).toThrow(/looks? like|first eight bytes/);
  });
});
