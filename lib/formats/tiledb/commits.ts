/**
 * Selects the fragments, schemas and user metadata of a time window (format_spec/array_file_hierarchy.md,
 * vacuum_file.md, consolidated_commits_file.md, ignore_file.md).
 * @module
 */
import { FormatError } from '../../core/errors.js';
import { type Io, listDirectory, Pace, readWhole, statPath } from '../../io/io.js';
import { sorted } from '../sorted.js';
import { compareNames, parseFragmentName, parseTimestampedName, type TimestampedName } from './names.js';

/**
 * Time window in milliseconds since 1970, inclusive at both ends. A fragment or file is in the window if the window
 * contains all of its time range.
 */
export interface TimeWindow {
  readonly start: bigint;
  readonly end: bigint;
}

/** A committed fragment that is in the window and not replaced by a consolidated fragment. */
export interface FragmentReference extends TimestampedName {
  readonly version: number;
  readonly directory: string;
}

/** Relevant contents of the folders of an array. */
export interface Listing {
  /** Fragments, oldest first. Later fragments overwrite the cells of earlier ones. */
  readonly fragments: readonly FragmentReference[];
  /** Names of all schema files, oldest first. */
  readonly schemas: readonly string[];
  /** Name of the schema to use: the newest one at the end of the window (see listSchemas()). */
  readonly schema: string;
  /** Paths of the files with user metadata, oldest first. Later files overwrite earlier entries. */
  readonly metadata: readonly string[];
}

/** Name of the schema file in the array's folder before format 10. It is older than all other schema files. */
export const oldSchemaName = '__array_schema.tdb';

const maxListBytes = 32 * 1024 * 1024;
const ascii = new TextDecoder('latin1');

/** Returns the path of the entry `name` in the folder `path`. */
export function inside(path: string, name: string): string {
  return path.endsWith('/') ? path + name : `${path}/${name}`;
}

/** True if the folder contains an array. */
export function* isArray(path: string): Io<boolean> {
  const schemas = yield* statPath(inside(path, '__schema'));
  if (schemas?.kind === 'directory') return true;
  return (yield* statPath(inside(path, oldSchemaName)))?.kind === 'file';
}

/** True if the folder contains a group. */
export function* isGroup(path: string): Io<boolean> {
  return (yield* statPath(inside(path, '__tiledb_group.tdb')))?.kind === 'file';
}

function within(name: TimestampedName, window: TimeWindow): boolean {
  return name.start >= window.start && name.end <= window.end;
}

/**
 * Lists the fragments, schemas and metadata files of an array.
 * @param path folder of the array.
 * @throws {FormatError} if it contains no schema.
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

/**
 * Returns the fragments that have a commit, and all fragments of formats before 5, which have none and may be
 * incomplete.
 */
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
      // Counts more steps, because parsing a name is slow.
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

/** Returns the names of the commit files that `.con` files list and `.ign` files do not. */
function* readConsolidated(directory: string, commits: readonly string[]): Io<Set<string>> {
  const listed = new Set<string>();
  const ignored = new Set<string>();
  const pace = new Pace(directory);
  for (const name of commits) {
    if (pace.isDue()) yield* pace.pause();
    if (!name.endsWith('.con') && !name.endsWith('.ign')) continue;
    const bytes = yield* readWhole(inside(directory, name), maxListBytes);
    // If the file is missing, a newer file that contains its lines has replaced it.
    if (bytes === null) continue;
    const isList = name.endsWith('.con');
    yield* addLines(isList ? listed : ignored, bytes, isList, inside(directory, name));
  }
  for (const name of ignored) listed.delete(name);
  return listed;
}

/**
 * Adds the last path component of each line to `to`.
 * @param conditions true if lines that name a delete or an update are followed by the condition (a u64 length and
 * bytes).
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

/** Adds the names that the `.vac` files of a folder list. Skips `.vac` files that are not in the window. */
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

/** Parses `names` and sorts them by time. Leaves out names without a time. */
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
 * Returns the names of all schemas, oldest first, and the name of the schema to use. This is the newest schema that was
 * written before the end of the window. If all schemas are newer, it is the oldest schema, because a fragment may be
 * older than the file of its schema.
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

/**
 * Returns the paths of the user metadata files in the window that were not vacuumed, oldest first.
 * @param names all names in the `__meta` folder.
 */
export function* listMetadata(path: string, names: readonly string[], window: TimeWindow): Io<string[]> {
  const directory = inside(path, '__meta');
  const vacuumed = new Set<string>();
  yield* addVacuumed(vacuumed, directory, names, window);
  const parsed = yield* parseNames(names, new Pace(directory));
  return parsed
    .filter((name) => within(name, window) && !vacuumed.has(name.name))
    .map(({ name }) => inside(directory, name));
}
