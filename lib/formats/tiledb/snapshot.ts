/**
 * Reads the metadata of an array at one moment: its schema, its fragments and its user metadata.
 * @module
 */
import { FormatError, isPosixParError } from '../../core/errors.js';
import { type Io, statPath } from '../../io/io.js';
import { inside, type Listing, listArray, oldSchemaName, type TimeWindow } from './commits.js';
import type { SchemaOf } from './footer.js';
import { type FragmentMetadata, readFragments } from './fragment.js';
import { readGenericTile } from './generic-tile.js';
import { parseSchema, type Schema } from './schema.js';
import { readUserMetadata } from './user-metadata.js';

/** State of an array within a time window. */
export interface Snapshot {
  readonly schema: Schema;
  /** Fragments, newest first. */
  readonly fragments: readonly FragmentMetadata[];
  readonly metadata: Readonly<Record<string, unknown>>;
}

/**
 * Reads the metadata of an array. If a file disappears in the meantime (a concurrent vacuum), lists the array once
 * more.
 * @throws {FormatError} if the array is damaged. @throws {UnsupportedError} if it needs a feature that is not
 * supported.
 */
export function* readSnapshot(path: string, window: TimeWindow): Io<Snapshot> {
  try {
    return yield* readOnce(path, window);
  } catch (error) {
    if (!isPosixParError(error, 'ReadError') || (error as { code?: unknown }).code !== 'ENOENT') throw error;
    return yield* readOnce(path, window);
  }
}

function* readOnce(path: string, window: TimeWindow): Io<Snapshot> {
  const listing = yield* listArray(path, window);
  const schemaOf = schemaReader(path, listing);
  const schema = yield* schemaOf(listing.schema);
  const fragments = yield* readFragments(listing.fragments, schemaOf);
  const metadata = yield* readUserMetadata(listing.metadata);
  return { schema, fragments: fragments.reverse(), metadata };
}

/** Returns a function that reads schemas. It reads each schema once. */
function schemaReader(path: string, listing: Listing): SchemaOf {
  const known = new Map<string, Schema>();
  const names = new Set(listing.schemas);
  return function* schemaOf(name: string): Io<Schema> {
    const parsed = known.get(name);
    if (parsed !== undefined) return parsed;
    if (!names.has(name)) {
      throw new FormatError(`Expected the schema ${JSON.stringify(name)} that a fragment names, found none`, { path });
    }
    const file = inside(name === oldSchemaName ? path : inside(path, '__schema'), name);
    const info = yield* statPath(file);
    if (info === null) throw new FormatError('Expected an array schema, found none', { path: file });
    const schema = yield* parseSchema(yield* readGenericTile(file, 0, info.size, 'the array schema'), name, file);
    known.set(name, schema);
    return schema;
  };
}
