/**
 * Writes seeds to the file system: first all files of a seed, then only the files that a mutant changes.
 * @module
 */
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { pythonMissing } from '../support/python.js';
import { hdf5Seeds } from '../support/seeds/hdf5.js';
import { kerchunkSeeds } from '../support/seeds/kerchunk.js';
import type { Seed, SeedFiles } from '../support/seeds/seed.js';
import { n5BlockSeeds, smallFormatSeeds } from '../support/seeds/small-formats.js';
import { tiledbSeeds } from '../support/seeds/tiledb.js';
import { imageSeeds, variableTextSeeds, zarrSeeds } from '../support/seeds/zarr.js';
import { savedIndexSeeds } from './saved-indexes.js';

/** Writes `content` in place or by renaming a new file. */
export function putFile(path: string, content: Uint8Array | string, how: 'in place' | 'by rename'): void {
  if (how === 'in place') {
    fs.writeFileSync(path, content);
    return;
  }
  fs.writeFileSync(`${path}.new`, content);
  fs.renameSync(`${path}.new`, path);
}

/** A seed whose files are in a separate folder. */
export class SeedFolder {
  readonly seed: Seed;
  readonly #folder: string;
  readonly #base: SeedFiles;
  /** Files that depend on the mutated content; usually one. */
  readonly #mutated: readonly string[];

  constructor(seed: Seed, folder: string) {
    this.seed = seed;
    this.#folder = folder;
    this.#base = seed.files(seed.content);
    const copy = seed.files(Uint8Array.from(seed.content));
    this.#mutated = Object.keys(this.#base).filter((path) => copy[path] !== this.#base[path]);
    for (const [path, content] of Object.entries(this.#base)) {
      fs.mkdirSync(dirname(join(folder, path)), { recursive: true });
      fs.writeFileSync(join(folder, path), content);
    }
    if (seed.modified !== undefined) fs.utimesSync(this.path, seed.modified, seed.modified);
  }

  /** Path to open. */
  get path(): string {
    return join(this.#folder, this.seed.path);
  }

  /** Replaces the content by `mutant`. */
  put(mutant: Uint8Array, how: 'in place' | 'by rename'): void {
    const files = this.seed.files(mutant);
    for (const path of this.#mutated) putFile(join(this.#folder, path), files[path] ?? '', how);
  }

  /** Restores the undamaged content. */
  restore(): void {
    for (const path of this.#mutated) putFile(join(this.#folder, path), this.#base[path] ?? '', 'in place');
  }
}

/** Uses Python to write seeds below `folder`. Returns an empty list if Python is missing. */
export function pythonSeeds(folder: string): readonly Seed[] {
  const written = join(folder, 'python');
  fs.mkdirSync(written);
  return pythonMissing === null ? hdf5Seeds(written) : [];
}

/** Writes all seeds below `folder`. */
export async function writeSeeds(folder: string): Promise<readonly SeedFolder[]> {
  const hdf5 = pythonSeeds(folder);
  const indexed = join(folder, 'indexed');
  fs.mkdirSync(indexed);
  const indexes = await savedIndexSeeds(indexed, hdf5);
  const seeds = [
    ...smallFormatSeeds,
    ...n5BlockSeeds,
    ...zarrSeeds,
    ...imageSeeds,
    ...variableTextSeeds,
    ...kerchunkSeeds,
    ...tiledbSeeds,
    ...hdf5,
    ...indexes,
  ];
  return seeds.map((seed, i) => {
    const own = join(folder, `seed-${i}`);
    fs.mkdirSync(own);
    return new SeedFolder(seed, own);
  });
}
