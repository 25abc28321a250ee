/**
 * Chunks of a v2 array that doesn't say by what their names are separated: by dots, unless only folders of numbers are there.
 * NestedDirectoryStore of zarr-python before 2.8 wrote such arrays.
 * @module
 */
import { type Io, listDirectory, ready, statPath } from '../../io/io.js';
import type { ChunkIndex, ChunkLocations, TemplateLocations } from '../format.js';

const dotted = /^\d+(\.\d+)+$/;
const number = /^\d+$/;

/** Looks for `dots` until a read found none of them, and folders of numbers turn out to be what is there. */
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

  /** Lists the folder, once, and only after a read found nothing: stores that have their chunks pay nothing. */
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
