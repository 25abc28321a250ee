/**
 * Reads NumPy's `.npy` files. See docs/formats/npy.md.
 * @module
 */
import { ChoiceError } from '../../core/errors.js';
import { Fields } from '../../core/validate.js';
import { type Io, readExact, ready } from '../../io/io.js';
import type { ArrayDescriptor, Format, OpenRequest, Probe } from '../format.js';
import { checkedGrowth } from '../growth.js';
import { describeWholeFile } from '../whole-file.js';
import { describeHeader, fileSource, hasNpyMagic, type NpyHeader, readNpyHeader } from './npy-header.js';
import { createNpy, withShape } from './write-npy.js';

/** The `.npy` format. */
export const npy: Format = {
  name: 'npy',
  extension: '.npy',
  targetKind: 'file',
  create: createNpy,

  recognize: (probe: Probe): Io<boolean> => ready(() => hasNpyMagic(probe.head)),

  *open(probe: Probe, request: OpenRequest): Io<ArrayDescriptor> {
    const { path } = probe;
    Fields.ofOptions(request.options).onlyKnown([], 'the format npy');
    if (request.array !== null)
      throw new ChoiceError('array', `Expected no array name, received '${request.array}'`, path);
    return describeNpy(path, probe.size, yield* readNpyHeader(fileSource(path), 0, probe.size));
  },
};

function describeNpy(path: string, fileBytes: number, header: NpyHeader): ArrayDescriptor {
  const { dtype, order, shape, dataOffset } = header;
  const array = describeWholeFile({ format: 'npy', path, dataFileSize: fileBytes, ...describeHeader(header) });
  if (header.inner.length > 0) return array;
  return {
    ...array,
    *resize(newShape: readonly number[]) {
      const bytes = checkedGrowth(path, fileBytes, { dtype, order, offset: dataOffset, shape }, newShape);
      const old = yield* readExact(path, 0, dataOffset, 'an npy header');
      const descriptor = describeNpy(path, bytes, { ...header, shape: newShape });
      return {
        descriptor,
        oldBytes: fileBytes,
        newBytes: bytes,
        header: withShape(old, newShape, path),
        documents: [],
      };
    },
  };
}
