/**
 * The TileDB format: dense arrays, formats 1 to 23, and groups. See docs/formats/tiledb.md.
 * @module
 */
import type { PathPolicy } from '../../core/external-files.js';
import type { Io } from '../../io/io.js';
import { chooseArray } from '../choose-array.js';
import type { ArrayDescriptor, Format, OpenRequest, Probe } from '../format.js';
import type { GroupDescriptor } from '../group.js';
import { isArray, isGroup } from './commits.js';
import { describe } from './descriptor.js';
import { type GroupContext, openArrayIn, openGroupIn } from './group.js';
import { parseOptions, type TiledbOptions } from './options.js';
import { readSnapshot } from './snapshot.js';

/** The TileDB format. Recognises folders with `__schema`, `__array_schema.tdb` or `__tiledb_group.tdb`. */
export const tiledb: Format = {
  name: 'tiledb',

  *recognize(probe: Probe): Io<boolean> {
    return probe.kind === 'directory' && ((yield* isArray(probe.path)) || (yield* isGroup(probe.path)));
  },

  *open(probe: Probe, request: OpenRequest): Io<ArrayDescriptor> {
    const { path } = probe;
    const context = contextOf(parseOptions(request), probe.policy);
    if (!(yield* isArray(path)) && (yield* isGroup(path)))
      return yield* openArrayIn(path, request.array ?? '', context);
    return yield* context.openArray(path, request.array);
  },

  *openGroup(probe: Probe, request: OpenRequest): Io<GroupDescriptor> {
    return yield* openGroupIn(probe.path, request.array ?? '', contextOf(parseOptions(request), probe.policy));
  },
};

function contextOf(options: TiledbOptions, policy: PathPolicy): GroupContext {
  const { window } = options;
  const identities = new Map<string, number>();
  return {
    window,
    externalFiles: policy.externalFiles,
    identityOf(path: string): number {
      const known = identities.get(path) ?? identities.size;
      identities.set(path, known);
      return known;
    },
    *openArray(path: string, attribute: string | null): Io<ArrayDescriptor> {
      const snapshot = yield* readSnapshot(path, window);
      const names = snapshot.schema.attributes.map(({ name }) => name);
      return describe(path, snapshot, chooseArray(names, attribute, path), options);
    },
    *attributesAt(path: string) {
      const { schema, metadata } = yield* readSnapshot(path, window);
      return { names: schema.attributes.map(({ name }) => name), metadata };
    },
  };
}
