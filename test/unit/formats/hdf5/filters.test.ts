import { expect, test } from 'vitest';
import { codecLabel } from '../../../../lib/codecs/codec.js';
import { UnsupportedError } from '../../../../lib/core/errors.js';
import { codecChain } from '../../../../lib/formats/hdf5/filters.js';

const filter = (id: number, values: readonly number[] = [], name = '', isOptional = false) => {
  return { id, name, isOptional, values };
};

test('each filter becomes one codec, in order, so that the bits of filter masks stay valid', () => {
  const chain = codecChain([filter(2, [4]), filter(1, [6]), filter(3)], 4, 'f.h5');
  expect(chain).toEqual([
    { codec: 'shuffle', params: [4] },
    { codec: 'zlib', params: [6] },
    { codec: 'fletcher32', params: [] },
  ]);
});

test('finds the parameters of each filter', () => {
  expect(codecChain([filter(32008, [0, 4, 8, 512, 2])], 1, '')).toEqual([
    { codec: 'bitshuffleHdf5', params: [8, 512, 2] },
  ]);
  expect(codecChain([filter(4, [141, 8, 32, 16])], 4, '')).toEqual([{ codec: 'szip', params: [141, 8, 32, 16] }]);
  expect(codecChain([filter(2)], 8, '')).toEqual([{ codec: 'shuffle', params: [8] }]);
});

test('refuses unsupported filters and invalid parameters with number and name', () => {
  expect(() => codecChain([filter(305)], 4, 'f.h5')).toThrow('Not supported: HDF5 filter 305 (LZO) (f.h5)');
  expect(() => codecChain([filter(40_000, [], 'mine')], 4, '')).toThrow('HDF5 filter 40000 (mine)');
  expect(() => codecChain([filter(6, [4, 50])], 4, '')).toThrow(UnsupportedError);
  expect(() => codecChain([filter(4, [1])], 4, '')).toThrow(/HDF5 filter 4 \(szip\) with parameters \[1\]/);
});

test('an unsupported optional filter becomes a codec `unsupported` with its name', () => {
  const chain = codecChain([filter(305, [1], '', true), filter(1, [6]), filter(4, [1], 'mine', true)], 4, 'f.h5');
  expect(chain.map(({ codec }) => codec)).toEqual(['unsupported', 'zlib', 'unsupported']);
  expect(chain.map(codecLabel)).toEqual(['HDF5 filter 305 (LZO)', 'zlib', 'HDF5 filter 4 (mine) with parameters [1]']);
  const [stage] = codecChain([filter(305, [], 'n'.repeat(60_000), true)], 4, 'f.h5');
  expect(stage?.params.length).toBeLessThan(256);
});
