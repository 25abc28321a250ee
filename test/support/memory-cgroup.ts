/**
 * Creates a cgroup with little memory for a test process.
 * @module
 */
import * as fs from 'node:fs';
import { parseMemoryCgroup } from '../../lib/storage/cgroup.js';

/** A cgroup with a memory limit, directly below the root cgroup. */
export class MemoryCgroup {
  /** Directory of the cgroup. A process enters it by writing its ID to `cgroup.procs`. */
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * Creates the cgroup.
   * @throws {Error} with the reason if this machine cannot create it.
   */
  static create(name: string, limitBytes: number): MemoryCgroup {
    const found = parseMemoryCgroup(fs.readFileSync('/proc/self/cgroup', 'utf8'));
    if (found === null) throw new Error('this process is in no cgroup');
    const root = found.version === 2 ? '/sys/fs/cgroup' : '/sys/fs/cgroup/memory';
    const folder = `${root}/${name}`;
    fs.mkdirSync(folder);
    const group = new MemoryCgroup(folder);
    try {
      const limit = found.version === 2 ? 'memory.max' : 'memory.limit_in_bytes';
      if (!fs.existsSync(`${folder}/${limit}`)) throw new Error('the memory controller is not available there');
      fs.writeFileSync(`${folder}/${limit}`, String(limitBytes));
    } catch (error) {
      group.remove();
      throw error;
    }
    return group;
  }

  /** Removes the cgroup. Its processes must have ended. */
  remove(): void {
    fs.rmdirSync(this.folder);
  }
}
