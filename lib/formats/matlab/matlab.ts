/**
 * Reads MATLAB files of version 7.3, a convention on top of HDF5. See docs/formats/matlab.md.
 * @module
 */
import { type Io, Pace } from '../../io/io.js';
import { chooseArray } from '../choose-array.js';
import type { ArrayDescriptor, Format, OpenRequest, Probe } from '../format.js';
import type { GroupDescriptor, GroupEntry, ListedEntry } from '../group.js';
import { readAttribute } from '../hdf5/attributes.js';
import { describeGroup, findArrays, groupAt, listEntries, openArrayAt } from '../hdf5/group.js';
import type { ObjectHeader } from '../hdf5/object-header.js';
import { openFileAs } from '../hdf5/open.js';
import { type Located, rootGroup } from '../hdf5/resolve.js';
import { indexedDatasets } from '../hdf5/saved-index/datasets.js';
import { findSuperblock } from '../hdf5/superblock.js';
import { classOf, describeVariable } from './variable.js';

/** First bytes of a file. */
const signature = 'MATLAB 7.3 MAT-file';
/** Groups in which MATLAB keeps the elements of cells and structs, and its objects. Their names begin with `#`. */
const internalNames = new Set(['#refs#', '#subsystem#']);

/** The MATLAB format, version 7.3. */
export const matlab: Format = {
  name: 'matlab',
  opensUnrecognized: ['hdf5'],

  *recognize(probe: Probe): Io<boolean> {
    if (new TextDecoder('latin1').decode(probe.head.subarray(0, signature.length)) !== signature) return false;
    return (yield* findSuperblock(probe)) !== null;
  },

  *open(probe: Probe, request: OpenRequest): Io<ArrayDescriptor> {
    const file = yield* openFileAs(probe, request, 'matlab');
    const root = yield* rootGroup(file);
    const name = request.array ?? chooseArray(yield* findVariables(root), null, probe.path);
    return yield* describeVariable(yield* openArrayAt(root, name));
  },

  *openGroup(probe: Probe, request: OpenRequest): Io<GroupDescriptor> {
    const file = yield* openFileAs(probe, request, 'matlab');
    return yield* describeMatlabGroup(yield* groupAt(yield* rootGroup(file), request.array ?? ''));
  },

  indexed: indexedDatasets,
};

function* findVariables(root: Located): Io<string[]> {
  const names = yield* findArrays(root, () => true);
  return names.filter((name) => !internalNames.has(name.split('/', 1)[0] ?? ''));
}

function* describeMatlabGroup(group: Located): Io<GroupDescriptor> {
  const plain = yield* describeGroup(group);
  return {
    ...plain,
    format: 'matlab',
    attributes: withFieldNames(plain.attributes),
    *children(): Io<readonly GroupEntry[]> {
      return (yield* listValues(group)).map(({ entry }) => entry);
    },
    listing: () => listValues(group),
    *openArray(name: string): Io<ArrayDescriptor> {
      return yield* describeVariable(yield* openArrayAt(group, name));
    },
    *openGroup(name: string): Io<GroupDescriptor> {
      return yield* describeMatlabGroup(yield* groupAt(group, name));
    },
  };
}

/** Lists the values in a group with their classes. */
function* listValues(group: Located): Io<readonly ListedEntry[]> {
  const values: ListedEntry[] = [];
  const pace = new Pace(group.file.path);
  /** Classes by object, because an object may have many names. */
  const kinds = new Map<ObjectHeader, string | null>();
  for (const { entry, child, describe: describeStored } of yield* listEntries(group)) {
    if (pace.isDue()) yield* pace.pause();
    if (group.name === '' && internalNames.has(entry.name)) continue;
    const { file, header } = child;
    let kind = header === null ? null : kinds.get(header);
    if (kind === undefined && header !== null) {
      kind = classOf({ MATLAB_class: yield* readAttribute(file, header, 'MATLAB_class') });
      kinds.set(header, kind);
    }
    const describe = function* (): Io<ArrayDescriptor> {
      return yield* describeVariable(yield* describeStored());
    };
    values.push({ entry: kind == null ? entry : { ...entry, type: kind }, describe });
  }
  return values;
}

/** Joins the characters of the names of a struct's fields, in MATLAB's order. */
function withFieldNames(attributes: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const fields = attributes['MATLAB_fields'];
  if (!Array.isArray(fields)) return attributes;
  const names = fields.map((field: unknown) => (Array.isArray(field) ? field.join('') : field));
  return { ...attributes, MATLAB_fields: names };
}
