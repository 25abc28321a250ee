/**
 * Selects the fragments, schemas and user metadata valid at a given time (format_spec/array_file_hierarchy.md,
 * vacuum_file.md, consolidated_commits_file.md, ignore_file.md).
 * @module
 */
import { FormatError } from '../../core/errors.js';
import { type Io, listDirectory, Pace, readWhole, statPath } from '../../io/io.js';
import { sorted } from '../sorted.js';
import { compareNames, parseFragmentName, parseTimestampedName, type TimestampedName } from './names.js';

/** A window of time in milliseconds since 1970, inclusive at both ends; what lies in it as a whole counts. */
export interface TimeWindow {
  readonly start: bigint;
  readonly end: bigint;
}

/** A fragment that is committed, not replaced by a consolidated one, and inside the window. */
export interface FragmentReference extends TimestampedName {
  readonly version: number;
  readonly directory: string;
}

/** Relevant contents of an array's folders. */
export interface Listing {
  /** Oldest first: later ones win. */
  readonly fragments: readonly FragmentReference[];
  /** Names of the schema files, oldest first. */
  readonly schemas: readonly string[];
  /** The schema of the array at the end of the window. */
  readonly schema: string;
  /** Files of user metadata, oldest first: later ones win. */
  readonly metadata: readonly string[];
}

/** The schema file of formats before 10, in the array's folder; it is older than all others. */
export const oldSchemaName = '__array_schema.tdb';

const maxListBytes = 32 * 1024 * 1024;
const ascii = new TextDecoder('latin1');

/** The folder `name` of `path`. */
export function inside(path: string, name: string): string {
  return path.endsWith('/') ? path + name : `${path}/${name}`;
}

/** Returns true if the folder holds an array. */
export function* isArray(path: string): Io<boolean> {
  const schemas = yield* statPath(inside(path, '__schema'));
  if (schemas?.kind === 'directory') return true;
  return (yield* statPath(inside(path, oldSchemaName)))?.kind === 'file';
}

/** Returns true if the folder holds a group. */
export function* isGroup(path: string): Io<boolean> {
  return (yield* statPath(inside(path, '__tiledb_group.tdb')))?.kind === 'file';
}

function within(name: TimestampedName, window: TimeWindow): boolean {
  return name.start >= window.start && name.end <= window.end;
}

/**
 * Lists an array.
 * @param path the array's folder.
 * @throws {FormatError} when it holds no schema.
 */
export function* listArray(path: string, window: TimeWindow): Io<Listing> {
  const root = (yield* listDirectory(path)) ?? [];
  const commits = (yield* listDirectory(inside(path, '__commits'))) ?? [];
  const schemaNames = (yield* listDirectory(inside(path, '__schema'))) ?? [];
  const metadataNames = (yield* listDirectory(inside(path, '__meta'))) ?? [];

  const vacuumed = new Set<string>();
  yield* addVacuumed(vacuumed, path, root, window);
  yield* addVacuumed(vacuumed, inside(path, '__commits'), commits, window);
  const pace = new Pace(path);
  const committed: FragmentReference[] = [];
  for (const fragment of yield* readCommitted(path, root, commits, pace)) {
    if (pace.isDue()) yield* pace.pause();
    if (within(fragment, window) && !vacuumed.has(fragment.name)) committed.push(fragment);
  }
  return {
    fragments: yield* sorted(committed, compareNames, pace),
    ...(yield* listSchemas(path, root, schemaNames, window, pace)),
    metadata: yield* listMetadata(path, metadataNames, window),
  };
}

/** The fragments whose writing was finished. */
function* readCommitted(
  path: string,
  root: readonly string[],
  commits: readonly string[],
  pace: Pace,
): Io<Iterable<FragmentReference>> {
  const consolidated = yield* readConsolidated(inside(path, '__commits'), commits);
  const found = new Map<string, FragmentReference>();
  const add = (name: string, directory: string): void => {
    const parsed = parseFragmentName(name);
    if (parsed !== null) found.set(name, { ...parsed, directory: inside(directory, name) });
  };
  const fragments = inside(path, '__fragments');
  for (const names of [consolidated, commits]) {
    for (const name of names) {
      // Names are parsed as numbers, which takes some time.
      if (pace.isDue(8)) yield* pace.pause();
      if (name.endsWith('.wrt')) add(name.slice(0, -4), fragments);
    }
  }
  const there = new Set(root);
  for (const name of root) {
    if (pace.isDue(8)) yield* pace.pause();
    const parsed = name.startsWith('__') && !name.includes('.') ? parseFragmentName(name) : null;
    if (parsed === null || found.has(name)) continue;
    const ok = `${name}.ok`;
    if (parsed.version < 5 || there.has(ok) || consolidated.has(ok)) add(name, path);
  }
  return found.values();
}

/** The commit files named in `.con` files and not in `.ign` files; last path components. */
function* readConsolidated(directory: string, commits: readonly string[]): Io<Set<string>> {
  const listed = new Set<string>();
  const ignored = new Set<string>();
  const pace = new Pace(directory);
  for (const name of commits) {
    if (pace.isDue()) yield* pace.pause();
    if (!name.endsWith('.con') && !name.endsWith('.ign')) continue;
    const bytes = yield* readWhole(inside(directory, name), maxListBytes);
    // Files of this kind are replaced by newer ones that say the same and more.
    if (bytes === null) continue;
    const isList = name.endsWith('.con');
    yield* addLines(isList ? listed : ignored, bytes, isList, inside(directory, name));
  }
  for (const name of ignored) listed.delete(name);
  return listed;
}

/**
 * Adds the last path component of each line.
 * @param conditions whether a line that names a delete or an update is followed by its condition: a u64 length and
 * bytes.
 */
function* addLines(to: Set<string>, bytes: Uint8Array, conditions: boolean, path: string): Io<void> {
  const pace = new Pace(path);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; ) {
    if (pace.isDue()) yield* pace.pause();
    const newline = bytes.indexOf(10, at);
    const end = newline < 0 ? bytes.length : newline;
    const line = ascii.decode(bytes.subarray(at, end)).trim();
    at = end + 1;
    if (line !== '') to.add(line.slice(line.lastIndexOf('/') + 1));
    if (conditions && (line.endsWith('.del') || line.endsWith('.upd'))) {
      if (at + 8 > bytes.length) return;
      at += 8 + Number(view.getBigUint64(at, true));
    }
  }
}

/** Adds what the `.vac` files of a folder name, those whose own time lies in the window. */
function* addVacuumed(to: Set<string>, directory: string, names: readonly string[], window: TimeWindow): Io<void> {
  const pace = new Pace(directory);
  for (const name of names) {
    if (pace.isDue()) yield* pace.pause();
    if (!name.endsWith('.vac')) continue;
    const parsed = parseFragmentName(name.slice(0, -4));
    if (parsed === null || !within(parsed, window)) continue;
    const bytes = yield* readWhole(inside(directory, name), maxListBytes);
    if (bytes !== null) yield* addLines(to, bytes, false, inside(directory, name));
  }
}

/** The names that have a time, sorted by it. */
function* parseNames(names: readonly string[], pace: Pace): Io<TimestampedName[]> {
  const parsed: TimestampedName[] = [];
  for (const name of names) {
    if (pace.isDue(8)) yield* pace.pause();
    const found = parseTimestampedName(name);
    if (found !== null) parsed.push(found);
  }
  return yield* sorted(parsed, compareNames, pace);
}

/**
 * The newest schema of the window, or the oldest of all when there is none yet (fragments may be older than the file of
 * their schema).
 */
function* listSchemas(
  path: string,
  root: readonly string[],
  names: readonly string[],
  window: TimeWindow,
  pace: Pace,
): Io<Pick<Listing, 'schemas' | 'schema'>> {
  const parsed = yield* parseNames(names, pace);
  const schemas = parsed.map(({ name }) => name);
  if (root.includes(oldSchemaName)) schemas.unshift(oldSchemaName);
  const oldest = schemas[0];
  if (oldest === undefined) throw new FormatError('Expected an array schema, found none', { path });
  const schema = parsed.findLast(({ end }) => end <= window.end)?.name ?? oldest;
  return { schemas, schema };
}

/** The files of user metadata that count, oldest first; `names` are all in the folder for them. */
export function* listMetadata(path: string, names: readonly string[], window: TimeWindow): Io<string[]> {
  const directory = inside(path, '__meta');
  const vacuumed = new Set<string>();
  yield* addVacuumed(vacuumed, directory, names, window);
  const parsed = yield* parseNames(names, new Pace(directory));
  return parsed
    .filter((name) => within(name, window) && !vacuumed.has(name.name))
    .map(({ name }) => inside(directory, name));
}
