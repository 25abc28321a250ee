/**
 * Reads the links of a group. They are in a symbol table, in the group's object header or in a fractal heap.
 * @module
 */
import { isError } from '../../core/brands.js';
import { type Io, Pace } from '../../io/io.js';
import { compareTexts, sorted } from '../sorted.js';
import type { Hdf5Cursor } from './cursor.js';
import type { Hdf5File } from './file.js';
import { FractalHeap } from './heaps/fractal-heap.js';
import { lookup3 } from './lookup3.js';
import { type DenseLinks, type Link, parseLink, parseLinkInfo } from './messages/link.js';
import { findMessage, messageTypes, type ObjectHeader } from './object-header.js';
import { BTreeV2, type RecordFilter, type RecordOrder } from './trees/btree-v2.js';
import { parseSymbolTable, symbolTableLinks } from './trees/group-tree.js';

const nameIndexType = 5;
const heapIdBytes = 7;

/** True if an object header describes a group. */
export function isGroup(header: ObjectHeader): boolean {
  const { symbolTable, linkInfo, link, groupInfo } = messageTypes;
  return [symbolTable, linkInfo, link, groupInfo].some((type) => findMessage(header, type) !== undefined);
}

/**
 * Returns the links of a group.
 * @throws {FormatError} if the storage of the links is damaged.
 */
export function* listLinks(file: Hdf5File, header: ObjectHeader): Io<readonly Link[]> {
  return yield* links(file, header, null);
}

/** Returns the names of the links of a group, sorted by code units. */
export function* listLinkNames(file: Hdf5File, header: ObjectHeader): Io<readonly string[]> {
  const links = yield* sorted(
    yield* listLinks(file, header),
    (a, b) => compareTexts(a.name, b.name),
    new Pace(file.path),
  );
  return links.map(({ name }) => name);
}

const notAscii = /[\u0080-\u00ff]/;

/**
 * Returns the link called `name`, or null. If the group has an index of names, reads only the nodes and heap objects
 * that may lead to the link.
 */
export function* findLink(file: Hdf5File, header: ObjectHeader, name: string): Io<Link | null> {
  const inHeader = (yield* linksInHeader(file, header)).get(name);
  if (inHeader !== undefined) return inHeader;
  if (
    findMessage(header, messageTypes.symbolTable) === undefined &&
    findMessage(header, messageTypes.linkInfo) === undefined
  )
    return null;
  const found = (yield* links(file, header, new TextEncoder().encode(name))).find((link) => link.name === name);
  if (found !== undefined || !notAscii.test(name)) return found ?? null;
  // Old writers stored names in Latin-1, so looks for the name in this encoding, too.
  const latin1 = Uint8Array.from(name, (character) => character.charCodeAt(0));
  return (yield* links(file, header, latin1)).find((link) => link.name === name) ?? null;
}

/**
 * Caches the parsed links of object headers. A soft link may lead through other links of the same group. Without the
 * cache, following each soft link of a group would parse all links of the group again.
 */
const compactLinks = new WeakMap<ObjectHeader, ReadonlyMap<string, Link>>();

/** Returns the links in the object header by name. If a name repeats, the first link is used. */
function* linksInHeader(file: Hdf5File, header: ObjectHeader): Io<ReadonlyMap<string, Link>> {
  let links = compactLinks.get(header);
  if (links === undefined) {
    const parsed = new Map<string, Link>();
    const pace = new Pace(file.path);
    for (const { type, body, offset } of header.messages) {
      if (pace.isDue(1 + (body.length >>> 8))) yield* pace.pause();
      if (type !== messageTypes.link) continue;
      const link = parseLink(file.cursor(body, offset, 'link message'));
      if (!parsed.has(link.name)) parsed.set(link.name, link);
    }
    links = parsed;
    compactLinks.set(header, links);
  }
  return links;
}

function* links(file: Hdf5File, header: ObjectHeader, bytes: Uint8Array | null): Io<readonly Link[]> {
  const table = findMessage(header, messageTypes.symbolTable);
  if (table !== undefined) {
    const symbolTable = parseSymbolTable(file.cursor(table.body, table.offset, 'symbol table message'));
    return yield* symbolTableLinks(file, symbolTable, bytes);
  }
  const compact = [...(yield* linksInHeader(file, header)).values()];
  const info = findMessage(header, messageTypes.linkInfo);
  if (info === undefined) return compact;
  const dense = parseLinkInfo(file.cursor(info.body, info.offset, 'link info message'));
  return dense === null ? compact : [...compact, ...(yield* denseLinks(file, dense, bytes))];
}

function* denseLinks(file: Hdf5File, dense: DenseLinks, name: Uint8Array | null): Io<readonly Link[]> {
  const heap = yield* FractalHeap.open(file, dense.heap);
  const tree = yield* BTreeV2.open(file, dense.nameIndex, [nameIndexType], 4 + heapIdBytes);
  const hash = name === null ? null : lookup3(name);
  const ids: Uint8Array[] = [];
  const take = (view: DataView, offset: number, cursor: Hdf5Cursor): void => {
    if (hash !== null && view.getUint32(offset, true) !== hash) return;
    ids.push(cursor.bytes.subarray(offset + 4, offset + 4 + heapIdBytes));
  };
  yield* tree.walk(hash === null ? null : hashFilter(hash), take, hashOrder);
  const found: Link[] = [];
  const pace = new Pace(file.path);
  for (const object of yield* heap.objects(ids, 'link')) {
    if (isError(object)) throw object;
    if (pace.isDue(1 + (object.bytes.length >>> 8))) yield* pace.pause();
    found.push(parseLink(object));
  }
  return found;
}

/** Order of records that start with a hash. Several records may have the same hash. */
const hashOrder: RecordOrder = {
  allowsEqual: true,
  compare: (a, aAt, b, bAt) => a.getUint32(aAt, true) - b.getUint32(bAt, true),
};

/** Returns a filter that selects the nodes that may contain records with `hash` in their first four bytes. */
export function hashFilter(hash: number): RecordFilter {
  return {
    mayPrecede: (view, offset) => hash <= view.getUint32(offset, true),
    mayFollow: (view, offset) => hash >= view.getUint32(offset, true),
    mayLieBetween: (view, low, high) => hash >= view.getUint32(low, true) && hash <= view.getUint32(high, true),
  };
}
