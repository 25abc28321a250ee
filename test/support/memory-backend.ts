/**
 * Provides an in-memory file system for tests of parsers. It records reads.
 * @module
 */
import * as fs from 'node:fs';
import * as os from 'node:os';
import { join } from 'node:path';
import type { SyncBackend, SyncBackendRun } from '../../lib/io/backend.js';
import type { ByteRange, FileInfo, FileSlice, SliceRequest } from '../../lib/io/io.js';
import { nodeSyncBackend } from '../../lib/io/node-backend.js';

/** A file system with the given files. Directories exist if they contain a file. */
export class MemoryBackend implements SyncBackend {
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** All reads of all runs, in the form in which the driver requested them. */
  readonly reads: { readonly path: string; readonly offset: number; readonly length: number }[] = [];
  /** Number of runs that are not closed yet. */
  openRuns = 0;

  constructor(files: Readonly<Record<string, Uint8Array | string>>) {
    this.files = new Map(
      Object.entries(files).map(([path, content]) => [
        path,
        typeof content === 'string' ? new TextEncoder().encode(content) : content,
      ]),
    );
  }

  begin(): SyncBackendRun {
    this.openRuns += 1;
    return {
      stat: (path) => this.#stat(path),
      list: (path) => this.#list(path),
      size: (path) => this.files.get(path)?.length ?? null,
      read: (path, ranges) => ranges.map((range) => this.#read(path, range)),
      slices: (slices) => slices.map((slice) => this.#slice(slice)),
      inflate: (path, stream) => this.#onDisk(path, (run, copy) => run.inflate(copy, stream)),
      heapValues: (request) => this.#onDisk(request.path, (run, copy) => run.heapValues({ ...request, path: copy })),
      firstPass: () => {
        throw new Error('A first pass in a read needs a file');
      },
      close: () => {
        this.openRuns -= 1;
      },
    };
  }

  /** Calls `act` with a copy in the file system, because the addon can only read open files. */
  #onDisk<T>(path: string, act: (run: SyncBackendRun, copy: string) => T): T {
    const folder = fs.mkdtempSync(join(os.tmpdir(), 'posix-par-'));
    const run = nodeSyncBackend.begin();
    try {
      fs.writeFileSync(join(folder, 'file'), this.files.get(path) ?? new Uint8Array(0));
      return act(run, join(folder, 'file'));
    } finally {
      run.close();
      fs.rmSync(folder, { recursive: true });
    }
  }

  #stat(path: string): FileInfo | null {
    const file = this.files.get(path);
    if (file !== undefined) return { kind: 'file', size: file.length, mtimeMs: 0 };
    return this.#list(path) === null ? null : { kind: 'directory', size: 0, mtimeMs: 0 };
  }

  #list(path: string): readonly string[] | null {
    const prefix = path.endsWith('/') ? path : `${path}/`;
    const names = new Set<string>();
    for (const name of this.files.keys()) {
      if (name.startsWith(prefix)) names.add(name.slice(prefix.length).split('/')[0] ?? '');
    }
    return names.size === 0 ? null : [...names];
  }

  #read(path: string, { offset, length }: ByteRange): Uint8Array {
    this.reads.push({ path, offset, length });
    return (this.files.get(path) ?? new Uint8Array(0)).slice(offset, offset + length);
  }

  #slice({ path, offset, length }: SliceRequest): FileSlice | null {
    const info = this.#stat(path);
    if (info === null) return null;
    const start = offset < 0 ? Math.max(0, info.size + offset) : offset;
    return { info, bytes: this.#read(path, { offset: start, length }) };
  }
}
