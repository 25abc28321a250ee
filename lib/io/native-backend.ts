/**
 * The backend that does not block: the addon asks the system on the I/O lane of its pool. Never on libuv's threads, of
 * which a process has four by default.
 * @module
 */

import { ReadError } from '../core/errors.js';
import { answerWordCount, answerWords, fileKinds, type LookupKindName, lookupKinds } from '../core/generated/lookup.js';
import { binding, type NativeBinding, type NativeHandle } from '../native/binding.js';
import { toError } from '../native/native-error.js';
import { type AsyncBackend, type AsyncBackendRun, maxOpenFiles } from './backend.js';
import type { ByteRange, FileInfo, FileSlice, SliceRequest } from './io.js';

/** The first bytes that are read with opening: most headers are there, and a way to the pool and back is saved. */
const headBytes = 8192;

/** What one item found; null where nothing is at the path. */
type Answer = { readonly info: FileInfo; readonly bytes: number } | null;

interface Answers {
  readonly items: readonly Answer[];
  readonly details: NativeHandle | readonly string[] | undefined;
}

function answersOf(words: Float64Array): Answer[] {
  const size = answerWordCount;
  return Array.from({ length: words.length / size }, (_, i) => {
    const word = (name: keyof typeof answerWords): number => words[i * size + answerWords[name]] ?? 0;
    if (word('absent') === 1) return null;
    const info: FileInfo = {
      kind: fileKinds[word('kind')] ?? 'other',
      size: word('size'),
      mtimeMs: word('mtimeMs'),
      ino: word('inode'),
    };
    return { info, bytes: word('bytes') };
  });
}

/** Asks, and waits without blocking. Errors are ReadErrors that name the path. */
async function ask(
  kind: LookupKindName,
  subject: readonly string[] | NativeHandle,
  offsets: Float64Array,
  memory: readonly Uint8Array[],
): Promise<Answers> {
  if (Array.isArray(subject)) for (const path of subject as readonly string[]) checkPath(path);
  const words = new Float64Array(memory.length * answerWordCount);
  type Outcome = Parameters<Parameters<NativeBinding['lookup']>[5]>;
  const [error, details] = await new Promise<Outcome>((resolve) => {
    binding().lookup(lookupKinds.indexOf(kind), subject, offsets, memory, words, (...outcome) => resolve(outcome));
  });
  if (error !== null) {
    // Made here and not in the callback, and without the frames of the making: the stack leads to those who wait.
    const failure = toError(error);
    Error.captureStackTrace(failure, ask);
    throw failure;
  }
  return { items: answersOf(words), details };
}

function checkPath(path: string): void {
  // The system would take the part before it for the whole.
  if (path.includes('\0'))
    throw new ReadError(`Cannot read ${path}: it holds a NUL`, { code: 'EINVAL', errno: 22, path });
}

const noBytes: readonly Uint8Array[] = [new Uint8Array(0)];

function exactly(memory: Uint8Array, bytes: number): Uint8Array {
  return bytes < memory.length ? memory.slice(0, bytes) : memory;
}

interface OpenFile {
  readonly handle: NativeHandle;
  readonly size: number;
  /** The bytes at its beginning. */
  readonly head: Uint8Array;
}

class NativeAsyncRun implements AsyncBackendRun {
  readonly #open = new Map<string, OpenFile>();

  async stat(path: string): Promise<FileInfo | null> {
    const { items } = await ask('stat', [path], new Float64Array(1), noBytes);
    return items[0]?.info ?? null;
  }

  async list(path: string): Promise<readonly string[] | null> {
    const { items, details } = await ask('list', [path], new Float64Array(1), noBytes);
    return items[0] === null || !Array.isArray(details) ? null : (details as readonly string[]);
  }

  async size(path: string): Promise<number | null> {
    return (await this.#file(path))?.size ?? null;
  }

  async read(path: string, ranges: readonly ByteRange[]): Promise<readonly Uint8Array[]> {
    const file = await this.#file(path);
    if (file === null) throw new ReadError(`No such file: ${path}`, { code: 'ENOENT', errno: 2, path });
    const { head } = file;
    if (ranges.every(({ offset, length }) => offset + length <= head.length)) {
      return ranges.map(({ offset, length }) => head.slice(offset, offset + length));
    }
    const memory = ranges.map(({ length }) => new Uint8Array(length));
    const offsets = Float64Array.from(ranges, ({ offset }) => offset);
    const { items } = await ask('read', file.handle, offsets, memory);
    return memory.map((bytes, i) => exactly(bytes, items[i]?.bytes ?? 0));
  }

  async slices(slices: readonly SliceRequest[]): Promise<readonly (FileSlice | null)[]> {
    const memory = slices.map(({ length }) => new Uint8Array(length));
    const paths = slices.map(({ path }) => path);
    const { items } = await ask(
      'slice',
      paths,
      Float64Array.from(slices, ({ offset }) => offset),
      memory,
    );
    return memory.map((bytes, i) => {
      const answer = items[i] ?? null;
      return answer === null ? null : { info: answer.info, bytes: exactly(bytes, answer.bytes) };
    });
  }

  close(): Promise<void> {
    for (const { handle } of this.#open.values()) binding().release(handle);
    this.#open.clear();
    return Promise.resolve();
  }

  /** Opens `path` unless this run has it open. */
  async #file(path: string): Promise<OpenFile | null> {
    const known = this.#open.get(path);
    if (known !== undefined) {
      this.#open.delete(path);
      this.#open.set(path, known);
      return known;
    }
    const memory = new Uint8Array(headBytes);
    const { items, details } = await ask('open', [path], new Float64Array(1), [memory]);
    const answer = items[0] ?? null;
    if (answer === null || details === undefined || Array.isArray(details)) return null;
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

/** The addon's pool. */
export const nativeAsyncBackend: AsyncBackend = { begin: () => new NativeAsyncRun() };
