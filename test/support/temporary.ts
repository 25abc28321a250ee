/**
 * Directories for the files of one test file.
 * @module
 */
import * as fs from 'node:fs';
import * as os from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** A directory that is removed after the tests of the file that asks for it. */
export class TemporaryDirectory {
  readonly path: string;

  /** @param parent where it is made; default: where the system keeps temporary files. */
  constructor(parent = os.tmpdir()) {
    this.path = fs.mkdtempSync(join(parent, 'posix-par-'));
    afterAll(() => fs.rmSync(this.path, { recursive: true, force: true }));
  }

  /** The path of `name` in the directory. */
  at(name: string): string {
    return join(this.path, name);
  }

  /** Writes a file, in folders made for it, and gives its path. */
  write(name: string, content: Uint8Array | string): string {
    const path = this.at(name);
    fs.mkdirSync(join(path, '..'), { recursive: true });
    fs.writeFileSync(path, content);
    return path;
  }
}
