/**
 * Implements backends with the addon. The non-blocking backend uses the I/O lane of the addon's thread pool, because
 * libuv has only four threads by default. The blocking backend is used if files must be below given root directories,
 * because `node:fs` cannot enforce this. `node-backend.ts` also uses it to index deflate streams.
 * @module
 */
import type { NativeHandle } from '../native/binding.js';
import type { AsyncBackend, AsyncBackendRun, SyncBackend, SyncBackendRun } from './backend.js';
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
import { NativeFiles, type Operation } from './native-files.js';
import { type LookupEnds, lookUp, lookUpSync } from './native-lookup.js';

class NativeAsyncRun implements AsyncBackendRun {
  readonly #files = new NativeFiles();
  readonly #roots: NativeHandle | null;
  readonly #ends: LookupEnds;

  constructor(roots: NativeHandle | null, ends: LookupEnds) {
    this.#roots = roots;
    this.#ends = ends;
  }

  stat(path: string): Promise<FileInfo | null> {
    return this.#perform(this.#files.stat(path));
  }

  list(path: string): Promise<readonly string[] | null> {
    return this.#perform(this.#files.list(path));
  }

  size(path: string): Promise<number | null> {
    return this.#perform(this.#files.size(path));
  }

  read(path: string, ranges: readonly ByteRange[]): Promise<readonly Uint8Array[]> {
    return this.#perform(this.#files.read(path, ranges));
  }

  slices(slices: readonly SliceRequest[]): Promise<readonly (FileSlice | null)[]> {
    return this.#perform(this.#files.slices(slices));
  }

  inflate(path: string, stream: DeflateStream): Promise<DeflateIndex> {
    return this.#perform(this.#files.inflate(path, stream));
  }

  heapValues(request: HeapValuesRequest): Promise<readonly number[] | null> {
    return this.#perform(this.#files.heapValues(request));
  }

  firstPass(path: string, stream: DeflateStream): Promise<DeflateFirstPass> {
    return this.#perform(this.#files.firstPass(path, stream));
  }

  close(): Promise<void> {
    this.#files.close();
    return Promise.resolve();
  }

  async #perform<T>(operation: Operation<T>): Promise<T> {
    let step = operation.next();
    while (step.done !== true) step = operation.next(await lookUp(step.value, this.#roots, this.#ends));
    return step.value;
  }
}

class NativeSyncRun implements SyncBackendRun {
  readonly #files = new NativeFiles();
  readonly #roots: NativeHandle | null;

  constructor(roots: NativeHandle | null) {
    this.#roots = roots;
  }

  stat(path: string): FileInfo | null {
    return this.#perform(this.#files.stat(path));
  }

  list(path: string): readonly string[] | null {
    return this.#perform(this.#files.list(path));
  }

  size(path: string): number | null {
    return this.#perform(this.#files.size(path));
  }

  read(path: string, ranges: readonly ByteRange[]): readonly Uint8Array[] {
    return this.#perform(this.#files.read(path, ranges));
  }

  slices(slices: readonly SliceRequest[]): readonly (FileSlice | null)[] {
    return this.#perform(this.#files.slices(slices));
  }

  inflate(path: string, stream: DeflateStream): DeflateIndex {
    return this.#perform(this.#files.inflate(path, stream));
  }

  heapValues(request: HeapValuesRequest): readonly number[] | null {
    return this.#perform(this.#files.heapValues(request));
  }

  firstPass(path: string, stream: DeflateStream): DeflateFirstPass {
    return this.#perform(this.#files.firstPass(path, stream));
  }

  close(): void {
    this.#files.close();
  }

  #perform<T>(operation: Operation<T>): T {
    let step = operation.next();
    while (step.done !== true) step = operation.next(lookUpSync(step.value, this.#roots));
    return step.value;
  }
}

/**
 * Creates the non-blocking backend.
 * @param roots if given, only files below these directories are opened.
 */
export function createAsyncBackend(roots: NativeHandle | null): AsyncBackend {
  return { begin: (signal, closing) => new NativeAsyncRun(roots, { signal, closing }) };
}

/**
 * Returns `backend` for use by an array. `closing` is aborted when the array is closed. Operations that hang after that
 * fail.
 */
export function untilClosed(backend: AsyncBackend, closing: AbortSignal | undefined): AsyncBackend {
  return closing === undefined ? backend : { begin: (signal) => backend.begin(signal, closing) };
}

/**
 * Creates the blocking backend.
 * @param roots if given, only files below these directories are opened.
 */
export function createSyncBackend(roots: NativeHandle | null): SyncBackend {
  return { begin: () => new NativeSyncRun(roots) };
}

/** Non-blocking backend without roots. */
export const nativeAsyncBackend: AsyncBackend = createAsyncBackend(null);
