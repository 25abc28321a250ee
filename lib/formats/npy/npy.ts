/**
 * Reads NumPy's `.npy` files. See docs/formats/npy.md.
 * @module
 */
import { ChoiceError } from '../../core/errors.js';
import { Fields } from '../../core/validate.js';
import { type Io, ready } from '../../io/io.js';
import type { ArrayDescriptor, Format, OpenRequest, Probe } from '../format.js';
import { axisOrderOf, describeWholeFile } from '../whole-file.js';
import { hasNpyMagic, readNpyHeader } from './npy-header.js';

/** The `.npy` format. */
export const npy: Format = {
  name: 'npy',

  recognize: (probe: Probe): Io<boolean> => ready(() => hasNpyMagic(probe.head)),

  *open(probe: Probe, request: OpenRequest): Io<ArrayDescriptor> {
    const { path } = probe;
    Fields.ofOptions(request.options).onlyKnown([], 'the format npy');
    if (request.array !== null)
      throw new ChoiceError('array', `Expected no array name, received '${request.array}'`, path);
    const { dtype, byteOrder, order, shape, dataOffset } = yield* readNpyHeader(path, 0, probe.size);
    return describeWholeFile({
      format: 'npy',
      path,
      dataFileSize: probe.size,
      offset: dataOffset,
      shape,
      dtype,
      byteOrder,
      axisOrder: axisOrderOf(order, shape.length),
    });
  },
};
