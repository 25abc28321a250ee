/**
 * Implements the operations of a backend with lookups of the addon ({@link Lookup}). Operations are generators, so that
 * the blocking and the non-blocking backend share them.
 * @module
 */
import { ReadError } from '../core/errors.js';
import { binding, type NativeHandle } from '../native/binding.js';
import { maxOpenFiles } from './backend.js';
import { memoryOfParts } from './heap-values.js';
import { streamWords } from './inflate.js';
import type {
  ByteRange,
  DeflateFirstPass,
  DeflateIndex,
  DeflateStream,
  FileInfo,
  FileSlice,
  HeapValuesRequest,
  SliceRequest,
} from './io.js';
import { wrapFirstPass, wrapIndex } from './native-index.js';
import { type Lookup, type LookupAnswers, noBytes, statLookup } from './native-lookup.js';

/** An operation: yields the lookups that it needs, and returns its result. */
export type Operation<T> = Generator<Lookup, T, LookupAnswers>;

/**
 * Number of bytes that are read from the start of a file when it is opened. Most headers fit into them, which saves a
 * second call.
 */
const headBytes = 8192;

function exactly(memory: Uint8Array, bytes: number): Uint8Array {
  return bytes < memory.length ? memory.slice(0, bytes) : memory;
}

interface OpenFile {
  readonly handle: NativeHandle;
  readonly size: number;
  /** First bytes of the file. */
  readonly head: Uint8Array;
}

/** Files that one run of a backend keeps open. */
export class NativeFiles {
  readonly #open = new Map<string, OpenFile>();

  *stat(path: string): Operation<FileInfo | null> {
    const { items } = yield statLookup(path);
    return items[0]?.info ?? null;
  }

  *list(path: string): Operation<readonly string[] | null> {
    const { items, details } = yield { kind: 'list', subject: [path], offsets: [0], memory: noBytes };
    return items[0] === null || !Array.isArray(details) ? null : (details as readonly string[]);
  }

  *size(path: string): Operation<number | null> {
    return (yield* this.#file(path))?.size ?? null;
  }

  *read(path: string, ranges: readonly ByteRange[]): Operation<readonly Uint8Array[]> {
    const file = yield* this.#existing(path);
    const { head, handle } = file;
    if (ranges.every(({ offset, length }) => offset + length <= head.length)) {
      return ranges.map(({ offset, length }) => head.slice(offset, offset + length));
    }
    const memory = ranges.map(({ length }) => new Uint8Array(length));
    const { items } = yield { kind: 'read', subject: handle, offsets: ranges.map(({ offset }) => offset), memory };
    return memory.map((bytes, i) => exactly(bytes, items[i]?.bytes ?? 0));
  }

  *slices(slices: readonly SliceRequest[]): Operation<readonly (FileSlice | null)[]> {
    const memory = slices.map(({ length }) => new Uint8Array(length));
    const subject = slices.map(({ path }) => path);
    const { items } = yield { kind: 'slice', subject, offsets: slices.map(({ offset }) => offset), memory };
    return memory.map((bytes, i) => {
      const answer = items[i] ?? null;
      return answer === null ? null : { info: answer.info, bytes: exactly(bytes, answer.bytes) };
    });
  }

  /** Decodes a deflate stream once, and records its restart points (see inflateStream() in io.ts). */
  *inflate(path: string, stream: DeflateStream): Operation<DeflateIndex> {
    return wrapIndex(yield* this.#lookUpStream('inflate', path, stream));
  }

  /** Prepares a first pass that a read performs (see startFirstPass() in io.ts). */
  *firstPass(path: string, stream: DeflateStream): Operation<DeflateFirstPass> {
    return wrapFirstPass(yield* this.#lookUpStream('firstPass', path, stream));
  }

  *#lookUpStream(kind: 'inflate' | 'firstPass', path: string, stream: DeflateStream): Operation<NativeHandle> {
    const file = yield* this.#existing(path);
    const { details } = yield {
      kind,
      subject: file.handle,
      offsets: [0],
      memory: [streamWords(stream)],
    };
    if (details === undefined || details === null || Array.isArray(details)) {
      throw new RangeError('Expected a handle from the addon');
    }
    return details as NativeHandle;
  }

  /** Joins values of global heaps (see joinHeapValues() in heap-values.ts). */
  *heapValues(request: HeapValuesRequest): Operation<readonly number[] | null> {
    const { path, parts } = request;
    if (parts.length === 0) return [];
    const file = yield* this.#existing(path);
    const offsets = parts.map(({ start }) => start);
    const { items } = yield { kind: 'heap', subject: file.handle, offsets, memory: memoryOfParts(request) };
    const lengths = items.flatMap((item) => (item === null ? [] : [item.bytes]));
    return lengths.length === parts.length ? lengths : null;
  }

  close(): void {
    for (const { handle } of this.#open.values()) binding().release(handle);
    this.#open.clear();
  }

  /** Works like {@link #file}. @throws {ReadError} ENOENT if the file does not exist. */
  *#existing(path: string): Operation<OpenFile> {
    const file = yield* this.#file(path);
    if (file === null) throw new ReadError(`No such file: ${path}`, { code: 'ENOENT', errno: 2, path });
    return file;
  }

  /** Opens `path`, or returns the open file if this run has one. Null if the file does not exist. */
  *#file(path: string): Operation<OpenFile | null> {
    const known = this.#open.get(path);
    if (known !== undefined) {
      this.#open.delete(path);
      this.#open.set(path, known);
      return known;
    }
    const memory = new Uint8Array(headBytes);
    const { items, details } = yield { kind: 'open', subject: [path], offsets: [0], memory: [memory] };
    const answer = items[0] ?? null;
    if (answer === null || details === undefined || details === null || Array.isArray(details)) return null;
    const file = { handle: details as NativeHandle, size: answer.info.size, head: exactly(memory, answer.bytes) };
    const [oldest] = this.#open;
    if (oldest !== undefined && this.#open.size >= maxOpenFiles) {
      this.#open.delete(oldest[0]);
      binding().release(oldest[1].handle);
    }
    this.#open.set(path, file);
    return file;
  }
}
