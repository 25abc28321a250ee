/**
 * The native objects of one open array: files, directories and codec chains, made when first needed.
 * @module
 */
import type { CodecChain } from '../codecs/codec.js';
import { dtypeInfo } from '../core/dtype.js';
import { codecIds } from '../core/generated/codecs.js';
import { binding, isNativeError, type NativeHandle } from '../native/binding.js';
import { toError } from '../native/native-error.js';
import type { ChunkGrid } from '../plan/layout.js';
import type { HandleSource } from './wire.js';

/** A grid whose chunks are encoded by a chain. */
export interface EncodedGrid extends ChunkGrid {
  readonly layout: ChunkGrid['layout'] & { readonly codecs: CodecChain };
}

/** Owns the handles; `release` gives them back. */
export class Resources implements HandleSource<EncodedGrid> {
  /** Beneath which files are opened; null: anywhere. */
  readonly roots: NativeHandle | null;
  readonly #ownership: 'owns the roots' | 'shares the roots';
  readonly #files = new Map<string, NativeHandle>();
  readonly #directories = new Map<string, NativeHandle>();
  readonly #chains = new Map<string, NativeHandle>();
  #lastLayout: EncodedGrid['layout'] | undefined;
  #lastShape: readonly number[] | undefined;
  #lastChain: NativeHandle | undefined;

  /** @param ownership whether `release` gives the roots back, too. */
  constructor(roots: NativeHandle | null, ownership: 'owns the roots' | 'shares the roots') {
    this.roots = roots;
    this.#ownership = ownership;
  }

  /**
   * Opens `path` and keeps it: reads go through this descriptor and fail when the file is no longer the one that it was.
   * @throws {ReadError} when it can't be opened. @throws {ExternalFileError} when it lies outside the roots.
   */
  guard(path: string): void {
    if (this.#files.has(path)) return;
    const file = binding().open_file(path, this.roots);
    if (isNativeError(file)) throw toError(file);
    this.#files.set(path, file.handle);
  }

  /** Releases the files that `guard` opened, except those at `paths`: the format that was found reads from these alone. */
  keepOnly(paths: readonly string[]): void {
    for (const [path, handle] of this.#files) {
      if (paths.includes(path)) continue;
      binding().release(handle);
      this.#files.delete(path);
    }
  }

  file(path: string): NativeHandle | null {
    return this.#files.get(path) ?? null;
  }

  directory(path: string): NativeHandle {
    const known = this.#directories.get(path);
    if (known !== undefined) return known;
    const directory = binding().open_directory(path, this.roots);
    if (isNativeError(directory)) throw toError(directory);
    this.#directories.set(path, directory);
    return directory;
  }

  chain(grid: EncodedGrid): NativeHandle | null {
    const { codecs } = grid.layout;
    if (codecs.length === 0) return null;
    if (grid.layout === this.#lastLayout && grid.chunkShape === this.#lastShape && this.#lastChain !== undefined) {
      return this.#lastChain;
    }
    const decodedBytes = grid.chunkShape.reduce((product, size) => product * size, dtypeInfo(grid.layout.dtype).size);
    const words = chainWords(codecs);
    const key = `${decodedBytes};${words.join()}`;
    let chain = this.#chains.get(key);
    if (chain === undefined) {
      const made = binding().make_chain(words, decodedBytes);
      if (isNativeError(made)) throw toError(made);
      chain = made;
      this.#chains.set(key, chain);
    }
    this.#lastLayout = grid.layout;
    this.#lastShape = grid.chunkShape;
    this.#lastChain = chain;
    return chain;
  }

  /** Gives all handles back. Reads in flight keep what they use. */
  release(): void {
    const native = binding();
    for (const map of [this.#files, this.#directories, this.#chains]) {
      for (const handle of map.values()) native.release(handle);
      map.clear();
    }
    this.#lastChain = undefined;
    if (this.roots !== null && this.#ownership === 'owns the roots') native.release(this.roots);
  }
}

function chainWords(codecs: CodecChain): Float64Array {
  const words: number[] = [codecs.length];
  for (const { codec, params } of codecs) words.push(codecIds[codec], params.length, ...params);
  return Float64Array.from(words);
}
