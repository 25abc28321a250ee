/**
 * Mounts a file system that never responds, like a network file system whose server is gone.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('hung_file_system.py', import.meta.url));

/** A mount on which each call hangs until the mount is closed. */
export class HungFileSystem {
  readonly path: string;
  readonly #server: ChildProcess;

  private constructor(path: string, server: ChildProcess) {
    this.path = path;
    this.#server = server;
  }

  /**
   * Mounts the file system.
   * @param path path of a directory that is created for it.
   * @throws {Error} with the reason if this machine cannot mount it.
   */
  static async mount(path: string): Promise<HungFileSystem> {
    if (!fs.existsSync('/dev/fuse')) throw new Error('this machine has no /dev/fuse');
    if (process.getuid?.() !== 0) throw new Error('mounting requires a superuser');
    fs.mkdirSync(path);
    const server = spawn('python3', [script, path], { stdio: ['pipe', 'pipe', 'pipe'] });
    const [first] = (await Promise.race([once(server.stdout, 'data'), once(server, 'exit')])) as [unknown];
    if (String(first).trim() !== 'mounted')
      throw new Error(`mounting was refused: ${String(server.stderr.read() ?? '')}`);
    return new HungFileSystem(path, server);
  }

  /** Makes the hanging calls fail, and unmounts the file system. */
  async close(): Promise<void> {
    this.#server.stdin?.end();
    if (this.#server.exitCode === null) await once(this.#server, 'exit');
  }
}
