/**
 * Provides a file whose storage returns some bytes and fails for the rest. It is on ext4 on a loop device whose backing
 * file is truncated. Requires a superuser who may mount.
 * @module
 */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';

const blockBytes = 4096;

/** Runs a command and returns its output. Throws its error output if it fails. */
function run(command: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', timeout: 30_000 });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ${args[0]}: ${stderr.trim()}`);
  return stdout.trim();
}

/** A device that cannot read a part of a file on it. */
export class BrokenDevice {
  readonly #image: string;
  readonly #folder: string;
  #loop = '';
  #isMounted = false;

  /** @param folder an empty directory, for the image and the mount point. */
  constructor(folder: string) {
    this.#image = join(folder, 'image');
    this.#folder = join(folder, 'mounted');
  }

  #mount(...options: string[]): void {
    run('mount', ...options, this.#loop, this.#folder);
    this.#isMounted = true;
  }

  #unmount(): void {
    if (this.#isMounted) run('umount', this.#folder);
    this.#isMounted = false;
    if (this.#loop !== '') run('losetup', '-d', this.#loop);
    this.#loop = '';
  }

  /**
   * Writes a file, and makes its bytes after the first `goodBytes` (a multiple of 4096) unreadable. Returns its path.
   */
  hold(content: Uint8Array, goodBytes: number): string {
    fs.mkdirSync(this.#folder);
    fs.writeFileSync(this.#image, '');
    fs.truncateSync(this.#image, 4 * content.length);
    run('mkfs.ext4', '-q', '-F', '-b', String(blockBytes), '-O', '^has_journal', this.#image);
    this.#loop = run('losetup', '-f', '--show', this.#image);
    this.#mount();
    const path = join(this.#folder, 'broken.raw');
    fs.writeFileSync(path, content, { flush: true });
    // The file has one extent. Its position on the device is in the output of filefrag.
    const extents = run('filefrag', '-v', path).match(/^\s*\d+:\s+0\.\.\s*(\d+):\s+(\d+)\.\./m);
    const [, last, begin] = extents ?? [];
    if (last === undefined || begin === undefined) throw new Error('Expected the place of the file on its device');
    const good = goodBytes / blockBytes;
    if (Number(last) < good) throw new Error('Expected the file in one piece');
    this.#unmount();
    // Mounts again, so that the page cache is empty. Truncates after that, because ext4 checks the size of its device
    // when it is mounted.
    this.#loop = run('losetup', '-f', '--show', this.#image);
    this.#mount('-o', 'ro');
    fs.truncateSync(this.#image, (Number(begin) + good) * blockBytes);
    return path;
  }

  /** Unmounts and releases the device. */
  end(): void {
    this.#unmount();
  }
}
