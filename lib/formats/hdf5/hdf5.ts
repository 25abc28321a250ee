/**
 * HDF5. See docs/formats/hdf5.md.
 * @module
 */
import { Fields } from '../../core/validate.js';
import type { Io } from '../../io/io.js';
import { chooseArray } from '../choose-array.js';
import type { ArrayDescriptor, Format, OpenRequest, Probe } from '../format.js';
import type { GroupDescriptor } from '../group.js';
import { describeGroup, findArrays, groupAt, openArrayAt } from './group.js';
import { openFile } from './open.js';
import { rootGroup } from './resolve.js';
import { findSuperblock } from './superblock.js';

/** HDF5. */
export const hdf5: Format = {
  name: 'hdf5',

  *recognize(probe: Probe): Io<boolean> {
    return (yield* findSuperblock(probe)) !== null;
  },

  *open(probe: Probe, request: OpenRequest): Io<ArrayDescriptor> {
    Fields.ofOptions(request.options).onlyKnown([], 'the format hdf5');
    const file = yield* openFile(probe);
    const root = yield* rootGroup(file);
    const name = request.array ?? chooseArray(yield* findArrays(file, root, () => true), null, probe.path);
    return yield* openArrayAt(file, root, name);
  },

  *openGroup(probe: Probe, request: OpenRequest): Io<GroupDescriptor> {
    Fields.ofOptions(request.options).onlyKnown([], 'the format hdf5');
    const file = yield* openFile(probe);
    const root = yield* rootGroup(file);
    return yield* describeGroup(file, yield* groupAt(file, root, request.array ?? ''));
  },
};
