/**
 * Creates temporary directories for test files.
 * @module
 */
import * as fs from 'node:fs';
import * as os from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** A directory that is removed after all tests of the test file that created it. */
export class TemporaryDirectory {
  readonly path: string;

  /** @param parent parent directory. Default: the system's directory for temporary files. */
  constructor(parent = os.tmpdir()) {
    this.path = fs.mkdtempSync(join(parent, 'posix-par-'));
    afterAll(() => fs.rmSync(this.path, { recursive: true, force: true }));
  }

  /** Returns the path of `name` in the directory. */
  at(name: string): string {
    return join(this.path, name);
  }

  /** Writes a file, creates its parent directories, and returns its path. */
  write(name: string, content: Uint8Array | string): string {
    const path = this.at(name);
    fs.mkdirSync(join(path, '..'), { recursive: true });
    fs.writeFileSync(path, content);
    return path;
  }
}
