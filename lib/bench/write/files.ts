/**
 * Creates the files that a benchmark of writes uses, in the state that a run needs, and removes them.
 * @module
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileStep, performSteps } from '../../exec/file-steps.js';
import type { FileState, WriteMethod } from './cell.js';
import type { WriteBenchSettings } from './options.js';
import { probeWrites } from './probe.js';

/** Files of one run. */
export interface RunFiles {
  /** Paths of the files to write: the one file, or the files of `file-each`. */
  readonly paths: readonly string[];
  /** Number of blocks to write to each file. */
  readonly blocks: number;
}

/** Removes or synchronizes the files of a run after the measurement. */
type Settle = () => Promise<void>;

/** The files of a benchmark. They are in a folder that the caller removes at the end. */
export class WriteFiles {
  readonly #folder: string;
  readonly #settings: WriteBenchSettings;
  /** Files that were written and synchronized once. Runs with the state `written` overwrite them. */
  readonly #written = new Map<string, readonly string[]>();

  constructor(folder: string, settings: WriteBenchSettings) {
    this.#folder = folder;
    this.#settings = settings;
  }

  /** Maximum number of blocks that a run writes. */
  get blocks(): number {
    return this.#settings.blocksPerPart * this.#settings.parts;
  }

  /**
   * Creates the files of a run. Call `settle` after the measurement: it removes new files, and synchronizes files that
   * are kept, so that no write-back disturbs the next run.
   * @throws {WriteError} if a file cannot be created, for example because the file system is full.
   */
  async prepare(method: WriteMethod, state: FileState): Promise<RunFiles & { readonly settle: Settle }> {
    const isEach = method === 'file-each';
    const count = isEach ? this.#settings.parts : 1;
    const blocks = isEach ? this.#settings.blocksPerPart : this.blocks;
    const paths = Array.from({ length: count }, (_, i) =>
      join(this.#folder, `${isEach ? 'part' : 'one'}-${state}-${i}`),
    );
    if (state === 'written') {
      await this.#writeOnce(paths, blocks);
      const steps = paths.flatMap((path): FileStep[] => [{ kind: 'open', path }, { kind: 'sync' }]);
      return { paths, blocks, settle: () => performSteps(steps) };
    }
    const size = blocks * this.#settings.blockBytes;
    const steps = paths.flatMap((path): FileStep[] => [
      { kind: 'create', path, size: state === 'preallocated' ? size : 0 },
      ...(state === 'sparse' ? [{ kind: 'resize', size } as const] : []),
    ]);
    await performSteps(steps);
    const settle = async (): Promise<void> => {
      await Promise.all(paths.map((path) => rm(path, { force: true })));
    };
    return { paths, blocks, settle };
  }

  /** Writes and synchronizes files, unless this was done before. */
  async #writeOnce(paths: readonly string[], blocks: number): Promise<void> {
    const key = paths.join('\n');
    if (this.#written.has(key)) return;
    await performSteps(paths.map((path): FileStep => ({ kind: 'create', path, size: 0 })));
    await probeWrites({
      paths,
      access: 'buffered',
      sync: 'end',
      threads: 1,
      block_bytes: this.#settings.blockBytes,
      blocks,
      first_block: 0,
      block_stride: 1,
      duration_ns: 0,
      start_at_ns: 0,
    });
    this.#written.set(key, paths);
  }
}
