/**
 * The HDF5 format. See docs/formats/hdf5.md.
 * @module
 */
import type { Io } from '../../io/io.js';
import { chooseArray } from '../choose-array.js';
import type { ArrayDescriptor, Format, OpenRequest, Probe } from '../format.js';
import type { GroupDescriptor } from '../group.js';
import { describeGroup, findArrays, groupAt, openArrayAt } from './group.js';
import { openFileAs } from './open.js';
import { rootGroup } from './resolve.js';
import { indexedDatasets } from './saved-index/datasets.js';
import { findSuperblock } from './superblock.js';

/** The HDF5 format. */
export const hdf5: Format = {
  name: 'hdf5',

  *recognize(probe: Probe): Io<boolean> {
    return (yield* findSuperblock(probe)) !== null;
  },

  *open(probe: Probe, request: OpenRequest): Io<ArrayDescriptor> {
    const file = yield* openFileAs(probe, request, 'hdf5');
    const root = yield* rootGroup(file);
    const name = request.array ?? chooseArray(yield* findArrays(root, () => true), null, probe.path);
    return yield* openArrayAt(root, name);
  },

  *openGroup(probe: Probe, request: OpenRequest): Io<GroupDescriptor> {
    const file = yield* openFileAs(probe, request, 'hdf5');
    const root = yield* rootGroup(file);
    return yield* describeGroup(yield* groupAt(root, request.array ?? ''));
  },

  indexed: indexedDatasets,
};
