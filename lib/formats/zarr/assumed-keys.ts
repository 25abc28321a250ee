/**
 * Chooses the chunk names of v2 arrays without `dimension_separator`. The coordinates in names are separated by dots,
 * unless the array folder has numbered subfolders and no files with such names. NestedDirectoryStore of zarr-python
 * before 2.8 wrote such folders.
 * @module
 */
import { type Io, listDirectory, ready, statPath } from '../../io/io.js';
import type { ChunkIndex, ChunkLocations, TemplateLocations } from '../format.js';

const dotted = /^\d+(\.\d+)+$/;
const number = /^\d+$/;

/** Looks for dotted names first. If a read finds no such chunk, checks once if the array has numbered subfolders. */
export class AssumedKeys implements ChunkIndex {
  readonly #dots: TemplateLocations;
  readonly #slashes: TemplateLocations;
  #isNested: boolean | undefined;

  constructor(dots: TemplateLocations, slashes: TemplateLocations) {
    this.#dots = dots;
    this.#slashes = slashes;
  }

  locate(): Io<ChunkLocations> {
    return ready(() => (this.#isNested === true ? this.#slashes : this.#dots));
  }

  /**
   * Chooses names with slashes if the folder has numbered subfolders. Called only if a read found no chunk, so all
   * other reads have no additional cost. Lists the folder at most once.
   */
  *relocate(sought: ChunkLocations): Io<boolean> {
    if (sought !== this.#dots) return false;
    this.#isNested ??= yield* this.#hasFolders();
    return this.#isNested;
  }

  *#hasFolders(): Io<boolean> {
    const { directory } = this.#dots;
    const names = (yield* listDirectory(directory)) ?? [];
    if (names.some((name) => dotted.test(name))) return false;
    const first = names.find((name) => number.test(name));
    return first !== undefined && (yield* statPath(`${directory}/${first}`))?.kind === 'directory';
  }
}
