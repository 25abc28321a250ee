/**
 * The native objects of one open array: files, directories and codec chains. No method waits for storage.
 * @module
 */
import type { CodecChain } from '../codecs/codec.js';
import { codecIds } from '../core/generated/codecs.js';
import { binding, isNativeError, type NativeHandle } from '../native/binding.js';
import { toError } from '../native/native-error.js';
import { bytesOfChunk, type ChunkGrid } from '../plan/layout.js';
import type { ReadPlan } from '../plan/read-plan.js';
import type { HandleSource } from './wire.js';

/** A grid whose chunks are encoded with a codec chain. */
export interface EncodedGrid extends ChunkGrid {
  readonly layout: ChunkGrid['layout'] & { readonly codecs: CodecChain };
}

/** Owns the native handles; `release` frees them, and the addon closes their files on its pool. */
export class Resources implements HandleSource<EncodedGrid> {
  /** Directories that opened files must be below; null if there is no restriction. */
  readonly roots: NativeHandle | null;
  readonly #ownership: 'owns the roots' | 'shares the roots';
  readonly #files = new Map<string, NativeHandle>();
  readonly #directories = new Map<string, NativeHandle>();
  readonly #chains = new Map<string, NativeHandle>();
  #share: NativeHandle | null = null;
  readonly #indexes = new Map<object, number>();
  #lastLayout: EncodedGrid['layout'] | undefined;
  #lastShape: readonly number[] | undefined;
  #lastChain: NativeHandle | undefined;

  /** @param ownership decides whether `release` also frees the roots. */
  constructor(roots: NativeHandle | null, ownership: 'owns the roots' | 'shares the roots') {
    this.roots = roots;
    this.#ownership = ownership;
  }

  /** Keeps an open file. Reads of `path` use its descriptor and fail if the path later leads to another file. */
  keepFile(path: string, file: NativeHandle): void {
    keep(this.#files, path, file);
  }

  /** Keeps an open directory: chunks below `path` are opened relative to it. */
  keepDirectory(path: string, directory: NativeHandle): void {
    keep(this.#directories, path, directory);
  }

  /** Releases all kept files except those at `paths`. Call it when the format is known and reads only these files. */
  keepOnly(paths: readonly string[]): void {
    for (const [path, handle] of this.#files) {
      if (paths.includes(path)) continue;
      binding().release(handle);
      this.#files.delete(path);
    }
  }

  /** Keeps the share through which other threads can attach to the array. */
  keepShare(share: NativeHandle): void {
    this.#share = share;
  }

  /** Returns the files and directories that are open now, with their paths. */
  kept(): Readonly<Record<'files' | 'directories', readonly (readonly [path: string, handle: NativeHandle])[]>> {
    return { files: [...this.#files], directories: [...this.#directories] };
  }

  file(path: string): NativeHandle | null {
    return this.#files.get(path) ?? null;
  }

  hasDirectory(path: string): boolean {
    return this.#directories.has(path);
  }

  /**
   * Yields each chunk directory of `plan` that is not open. The caller must open it and pass it to {@link
   * keepDirectory} before it takes the next one.
   */
  *missingDirectories({ layers }: ReadPlan<EncodedGrid>): Generator<string> {
    for (const { locations } of layers) {
      if (locations.kind === 'template' && !this.hasDirectory(locations.directory)) yield locations.directory;
    }
  }

  directory(path: string): NativeHandle {
    const known = this.#directories.get(path);
    if (known === undefined) throw new Error(`The directory ${path} was not opened before the read`);
    return known;
  }

  chain(grid: EncodedGrid): NativeHandle | null {
    const { codecs } = grid.layout;
    if (codecs.length === 0) return null;
    if (grid.layout === this.#lastLayout && grid.chunkShape === this.#lastShape && this.#lastChain !== undefined) {
      return this.#lastChain;
    }
    const decodedBytes = bytesOfChunk(grid.layout, grid.chunkShape);
    const words = chainWords(codecs);
    const index = codecs.find((codec) => codec.index !== undefined)?.index ?? null;
    const key = `${decodedBytes};${words.join()};${this.#numberOf(index)}`;
    let chain = this.#chains.get(key);
    if (chain === undefined) {
      const made = binding().make_chain(words, decodedBytes, index as NativeHandle | null);
      if (isNativeError(made)) throw toError(made);
      chain = made;
      this.#chains.set(key, chain);
    }
    this.#lastLayout = grid.layout;
    this.#lastShape = grid.chunkShape;
    this.#lastChain = chain;
    return chain;
  }

  /** Returns a number that identifies an index of restart points in a deflate stream; -1 for null. */
  #numberOf(index: object | null): number {
    if (index === null) return -1;
    const known = this.#indexes.get(index) ?? this.#indexes.size;
    this.#indexes.set(index, known);
    return known;
  }

  /** Frees all handles, but not roots that are shared. Reads in flight keep the handles that they use. */
  release(): void {
    const native = binding();
    if (this.#share !== null) native.release(this.#share);
    for (const map of [this.#files, this.#directories, this.#chains]) {
      for (const handle of map.values()) native.release(handle);
      map.clear();
    }
    this.#indexes.clear();
    this.#lastChain = undefined;
    if (this.roots !== null && this.#ownership === 'owns the roots') native.release(this.roots);
  }
}

/** Keeps the first handle of a path, and releases every further handle of the same path. */
function keep(handles: Map<string, NativeHandle>, path: string, handle: NativeHandle): void {
  if (handles.has(path)) binding().release(handle);
  else handles.set(path, handle);
}

function chainWords(codecs: CodecChain): Float64Array {
  const words: number[] = [codecs.length];
  for (const { codec, params } of codecs) words.push(codecIds[codec], params.length, ...params);
  return Float64Array.from(words);
}
