/**
 * Dense TileDB arrays, formats 1 to 23. See docs/formats/tiledb.md.
 * @module
 */
import { UnsupportedError } from '../../core/errors.js';
import { type Io, statPath } from '../../io/io.js';
import { chooseArray } from '../choose-array.js';
import type { ArrayDescriptor, Format, OpenRequest, Probe } from '../format.js';
import { inside, oldSchemaName } from './commits.js';
import { describe } from './descriptor.js';
import { parseOptions } from './options.js';
import { readSnapshot } from './snapshot.js';

/** Dense TileDB arrays: a folder with `__schema` or `__array_schema.tdb`. */
export const tiledb: Format = {
  name: 'tiledb',

  *recognize(probe: Probe): Io<boolean> {
    return probe.kind === 'directory' && ((yield* isArray(probe.path)) || (yield* isGroup(probe.path)));
  },

  *open(probe: Probe, request: OpenRequest): Io<ArrayDescriptor> {
    const { path } = probe;
    const options = parseOptions(request);
    if (!(yield* isArray(path)) && (yield* isGroup(path))) {
      throw new UnsupportedError('TileDB group', path, 'Open the folder of one of its arrays');
    }
    const snapshot = yield* readSnapshot(path, options.window);
    const names = snapshot.schema.attributes.map(({ name }) => name);
    return describe(path, snapshot, chooseArray(names, request.array, path), options);
  },
};

function* isArray(path: string): Io<boolean> {
  const schemas = yield* statPath(inside(path, '__schema'));
  if (schemas?.kind === 'directory') return true;
  return (yield* statPath(inside(path, oldSchemaName)))?.kind === 'file';
}

function* isGroup(path: string): Io<boolean> {
  return (yield* statPath(inside(path, '__tiledb_group.tdb')))?.kind === 'file';
}
