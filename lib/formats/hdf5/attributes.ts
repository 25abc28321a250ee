/**
 * Reads the attributes of an object. They are messages of its object header or objects in a fractal heap.
 * @module
 */
import { isError } from '../../core/brands.js';
import type { DType } from '../../core/dtype.js';
import { isPosixParError } from '../../core/errors.js';
import { type Io, Pace } from '../../io/io.js';
import type { AttributeFacts, AttributesFacts } from '../hdf5-facts.js';
import { type Hdf5Cursor, undefinedAddress } from './cursor.js';
import { numberType } from './element-type.js';
import type { Hdf5File } from './file.js';
import { FractalHeap } from './heaps/fractal-heap.js';
import { GlobalHeap } from './heaps/global-heap.js';
import { attributeName, parseAttribute } from './messages/attribute.js';
import { messageBody, sharedHeap } from './messages/shared.js';
import { findMessage, messageTypes, type ObjectHeader } from './object-header.js';
import { BTreeV2 } from './trees/btree-v2.js';
import { type AttributeValue, ValueDecoder } from './values.js';

/** Attribute that exists but cannot be decoded. */
export interface UnreadableAttribute {
  /** Reason why the value cannot be read. */
  readonly unreadable: string;
}

/** Attributes by name. */
export type Attributes = Readonly<Record<string, AttributeValue | UnreadableAttribute>>;

/** Attributes, the element types of the numeric ones, and the datatypes and shapes of all. */
export interface TypedAttributes {
  readonly values: Attributes;
  readonly types: Readonly<Record<string, DType>>;
  readonly facts: AttributesFacts;
}

interface Entry {
  readonly name: string;
  readonly value: AttributeValue | UnreadableAttribute;
  readonly type: DType | null;
  /** Null if the attribute is damaged. */
  readonly facts: AttributeFacts | null;
}

const nameIndexType = 8;
const heapIdBytes = 8;

/**
 * Returns the attributes of an object. An attribute that is damaged or of a kind that is not decoded (for example
 * VAX floats) becomes an {@link UnreadableAttribute}; the others and the data can still be read. If the
 * storage of the attributes is damaged, there is an attribute '' with the reason.
 */
export function* readAttributes(file: Hdf5File, header: ObjectHeader): Io<Attributes> {
  return (yield* readTypedAttributes(file, header)).values;
}

/** Returns one attribute like {@link readAttributes}, without decoding the others; undefined if it is absent. */
export function* readAttribute(file: Hdf5File, header: ObjectHeader, name: string): Io<Attributes[string] | undefined> {
  return (yield* readTypedAttributes(file, header, name)).values[name];
}

/**
 * Returns the attributes like {@link readAttributes}, and their types.
 * @param only name of the only attribute to decode. Default: decodes all attributes.
 */
export function* readTypedAttributes(
  file: Hdf5File,
  header: ObjectHeader,
  only: string | null = null,
): Io<TypedAttributes> {
  const bodies: Hdf5Cursor[] = [];
  const entries: Entry[] = [];
  const pace = new Pace(file.path);
  for (const message of header.messages) {
    if (pace.isDue()) yield* pace.pause();
    if (message.type !== messageTypes.attribute) continue;
    yield* guarded(entries, function* () {
      bodies.push(yield* messageBody(file, message, 'attribute message'));
    });
  }
  yield* guarded(entries, function* () {
    for (const body of yield* denseAttributes(file, header)) {
      if (isError(body)) entries.push(damaged('', { unreadable: body.message }));
      else bodies.push(body);
    }
  });
  const decoder = new ValueDecoder(file, new GlobalHeap(file));
  for (const body of bodies) {
    if (pace.isDue()) yield* pace.pause();
    if (only === null || nameOf(body, body.position) === only) {
      entries.push(yield* decodeAttribute(file, decoder, body));
    }
  }
  const values: Record<string, Entry['value']> = {};
  const types: Record<string, DType> = {};
  const known: Record<string, AttributeFacts> = {};
  for (const { name, value, type, facts } of entries) {
    if (pace.isDue()) yield* pace.pause();
    define(values, name, value);
    if (type !== null) define(types, name, type);
    if (facts !== null) define(known, name, facts);
  }
  return { values, types, facts: known };
}

/** Sets a property of `target`, even if it is called `__proto__`. */
function define<T>(target: Record<string, T>, name: string, value: T): void {
  if (name === '__proto__')
    Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
  else target[name] = value;
}

function* guarded(entries: Entry[], step: () => Io<void>): Io<void> {
  try {
    yield* step();
  } catch (error) {
    entries.push(damaged('', unreadable(error)));
  }
}

function damaged(name: string, value: UnreadableAttribute): Entry {
  return { name, value, type: null, facts: null };
}

/**
 * Returns the replacement for an attribute that failed with `error`. If `error` is not about the file's content, throws
 * it again.
 */
function unreadable(error: unknown): UnreadableAttribute {
  if (isPosixParError(error, 'FormatError', 'UnsupportedError')) return { unreadable: error.message };
  throw error;
}

function* decodeAttribute(file: Hdf5File, decoder: ValueDecoder, body: Hdf5Cursor): Io<Entry> {
  const start = body.position;
  try {
    const { name, type, space, data } = yield* parseAttribute(file, body);
    const facts = { datatype: type, shape: space.kind === 'null' ? null : space.shape };
    try {
      return { name, value: yield* decoder.decode(type, space, data), type: numberType(type), facts };
    } catch (error) {
      return { name, value: unreadable(error), type: null, facts };
    }
  } catch (error) {
    return damaged(nameOf(body, start), unreadable(error));
  }
}

/** Returns the name of the attribute at `start`; '' if it is damaged. Moves the cursor to `start`. */
function nameOf(body: Hdf5Cursor, start: number): string {
  try {
    body.position = start;
    return attributeName(body);
  } catch (error) {
    unreadable(error);
    return '';
  } finally {
    body.position = start;
  }
}

/**
 * Returns the attributes in the fractal heap that the attribute info message points to; an empty list if there is none.
 */
function* denseAttributes(file: Hdf5File, header: ObjectHeader): Io<readonly (Hdf5Cursor | Error)[]> {
  const info = findMessage(header, messageTypes.attributeInfo);
  if (info === undefined) return [];
  const cursor = file.cursor(info.body, info.offset, 'attribute info message');
  cursor.version(0);
  const flags = cursor.u8();
  if ((flags & 1) !== 0) cursor.skip(2);
  const heapAddress = cursor.address();
  const treeAddress = cursor.address();
  if (heapAddress === undefinedAddress || treeAddress === undefinedAddress) return [];
  const heap = yield* FractalHeap.open(file, heapAddress);
  const tree = yield* BTreeV2.open(file, treeAddress, [nameIndexType], heapIdBytes + 9);
  const own: Uint8Array[] = [];
  const shared: Uint8Array[] = [];
  yield* tree.walk(null, (view, offset, node) => {
    const isShared = (view.getUint8(offset + heapIdBytes) & 2) !== 0;
    (isShared ? shared : own).push(node.bytes.subarray(offset, offset + heapIdBytes));
  });
  const found = yield* heap.objects(own, 'attribute');
  if (shared.length === 0) return found;
  const common = yield* sharedHeap(file, messageTypes.attribute);
  return found.concat(yield* common.objects(shared, 'attribute'));
}
