/**
 * Reads NetCDF-4, a convention on top of HDF5. See docs/formats/hdf5.md.
 * @module
 */
import { type Io, ready } from '../../io/io.js';
import { chooseArray } from '../choose-array.js';
import type { ArrayDescriptor, Format, OpenRequest, Probe } from '../format.js';
import type { GroupDescriptor, GroupEntry, ListedEntry } from '../group.js';
import { resolveAttribute } from '../hdf5/attribute-references.js';
import { readAttributes, readTypedAttributes } from '../hdf5/attributes.js';
import { datatypeAt, entryOf, groupAt, kindOf, pathOf } from '../hdf5/group.js';
import { openFile, openFileAs } from '../hdf5/open.js';
import { type Located, rootGroup } from '../hdf5/resolve.js';
import { indexedDatasets } from '../hdf5/saved-index/datasets.js';
import { findSuperblock } from '../hdf5/superblock.js';
import { compareTexts } from '../sorted.js';
import { groupContent, isBareDimension, visibleAttributes } from './conventions.js';
import { groupDimensions } from './dimensions.js';
import { describeVariable, openVariableAt, shownName } from './variable.js';

const fileNames = /\.(nc|nc4|netcdf)$/i;
/** The search for variables visits no further groups after it has found this many variables. */
const maxVariables = 1000;

/** The NetCDF-4 format. */
export const netcdf4: Format = {
  name: 'netcdf4',
  // Not all HDF5 files that NetCDF can read have a NetCDF name or attribute, so the caller may choose this format.
  opensUnrecognized: ['hdf5'],

  *recognize(probe: Probe): Io<boolean> {
    if ((yield* findSuperblock(probe)) === null) return false;
    if (fileNames.test(probe.path)) return true;
    const file = yield* openFile(probe);
    return Object.hasOwn(yield* readAttributes(file, (yield* rootGroup(file)).header), '_NCProperties');
  },

  *open(probe: Probe, request: OpenRequest): Io<ArrayDescriptor> {
    const file = yield* openFileAs(probe, request, 'netcdf4');
    file.externalLinks = 'refuse';
    const root = yield* rootGroup(file);
    const name = request.array ?? chooseArray(yield* findVariables(root), null, probe.path);
    return yield* openVariableAt(root, name);
  },

  *openGroup(probe: Probe, request: OpenRequest): Io<GroupDescriptor> {
    const file = yield* openFileAs(probe, request, 'netcdf4');
    file.externalLinks = 'refuse';
    return yield* describeGroup(yield* groupAt(yield* rootGroup(file), request.array ?? ''));
  },

  indexed: indexedDatasets,
};

function* describeGroup(group: Located): Io<GroupDescriptor> {
  const { file } = group;
  const { datasets, others } = yield* groupContent(group);
  const { values: attributes, facts: attributesFacts } = yield* readTypedAttributes(file, group.header);
  const listed: ListedEntry[] = others.map((child) => {
    return { entry: entryOf(child), describe: () => openVariableAt(group, child.name) };
  });
  for (const dataset of datasets) {
    if (isBareDimension(dataset.attributes)) continue;
    const located = { file: dataset.file, header: dataset.header, name: pathOf(group, dataset.name) };
    const entry = { ...entryOf(dataset), name: shownName(dataset.name) };
    listed.push({ entry, describe: () => describeVariable(located) });
  }
  listed.sort(({ entry: a }, { entry: b }) => compareTexts(a.name, b.name));
  return {
    format: 'netcdf4',
    path: file.path,
    name: group.name,
    identity: group.header.address,
    attributes: visibleAttributes(attributes),
    attributesFacts,
    resolveReferences: (value: unknown) => resolveAttribute(file, value),
    dimensions: yield* groupDimensions(file, datasets),
    children: (): Io<readonly GroupEntry[]> => ready(() => listed.map(({ entry }) => entry)),
    listing: () => ready(() => listed),
    openArray: (name: string) => openVariableAt(group, name),
    *openGroup(name: string): Io<GroupDescriptor> {
      return yield* describeGroup(yield* groupAt(group, name));
    },
    describeDatatype: (name: string) => datatypeAt(group, name),
  };
}

/** Lists the paths of the variables below `root`, breadth first. Visits each group once. */
function* findVariables(root: Located): Io<string[]> {
  const names: string[] = [];
  const seen = new Set([root.header.address]);
  const queue = [root];
  // The loop also visits the groups that it adds.
  for (const group of queue) {
    if (names.length >= maxVariables) break;
    const prefix = group.name === '' ? '' : `${group.name}/`;
    const { datasets, others } = yield* groupContent(group);
    for (const { name, attributes } of datasets) {
      if (!isBareDimension(attributes)) names.push(shownName(prefix + name));
    }
    for (const { name, file, header } of others) {
      if (header === null || kindOf(header) !== 'group' || seen.has(header.address)) continue;
      seen.add(header.address);
      queue.push({ file, header, name: prefix + name });
    }
  }
  return names;
}
