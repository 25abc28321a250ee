/**
 * Simulates the /proc and /sys of another machine with recorded texts and symbolic links.
 * @module
 */
import { dirname, join, resolve } from 'node:path/posix';
import type { NativeStorageFacts } from '../../lib/native/binding.js';
import type { SystemFiles } from '../../lib/storage/system-files.js';

/** Texts by absolute path. An object stands for a directory of texts. */
export interface RecordedTree {
  readonly [path: string]: string | RecordedTree;
}

/** Files of a recorded machine, which tested code reads instead of the files of the running system. */
export class RecordedSystem implements SystemFiles {
  readonly #texts = new Map<string, string>();
  readonly #links: ReadonlyMap<string, string>;

  /** @param links target of each link by path; relative targets start at the link's directory. */
  constructor(tree: RecordedTree, links: Readonly<Record<string, string>> = {}) {
    this.#links = new Map(Object.entries(links));
    const add = (path: string, value: string | RecordedTree): void => {
      if (typeof value === 'string') this.#texts.set(path, value);
      else for (const [name, inner] of Object.entries(value)) add(join(path, name), inner);
    };
    for (const [path, value] of Object.entries(tree)) add(path, value);
  }

  #resolve(path: string): string {
    let at = '/';
    const names = path.split('/').filter((name) => name !== '');
    for (let i = 0, hops = 0; i < names.length; i++) {
      const next = join(at, names[i] ?? '');
      const target = this.#links.get(next);
      if (target === undefined) at = next;
      else if (++hops > 40) return next;
      else {
        names.splice(
          0,
          i + 1,
          ...resolve(dirname(next), target)
            .split('/')
            .filter((name) => name !== ''),
        );
        at = '/';
        i = -1;
      }
    }
    return at;
  }

  #isThere(path: string): boolean {
    const prefix = path === '/' ? path : `${path}/`;
    return [...this.#texts.keys(), ...this.#links.keys()].some((name) => name === path || name.startsWith(prefix));
  }

  read(path: string): Promise<string | null> {
    return Promise.resolve(this.#texts.get(this.#resolve(path)) ?? null);
  }

  list(path: string): Promise<readonly string[]> {
    const prefix = `${this.#resolve(path)}/`;
    const below = [...this.#texts.keys(), ...this.#links.keys()].filter((name) => name.startsWith(prefix));
    return Promise.resolve([...new Set(below.map((name) => name.slice(prefix.length).split('/')[0] ?? ''))]);
  }

  real(path: string): Promise<string | null> {
    const found = this.#resolve(path);
    return Promise.resolve(this.#isThere(found) ? found : null);
  }
}

/** Returns native facts with changes. Default: a regular file of 1 MiB on a file system of 100 GiB. */
export function factsOf(over: Partial<NativeStorageFacts>): NativeStorageFacts {
  return {
    type: 'file',
    inode: 12,
    size: 1048576,
    allocatedBytes: 1048576,
    preferredIoBytes: 4096,
    device: '0:0',
    special: '0:0',
    mountId: -1,
    attributes: 0,
    direct: null,
    directOpen: '',
    filesystem: {
      magic: 0,
      blockBytes: 4096,
      totalBytes: 107374182400,
      freeBytes: 53687091200,
      availableBytes: 48318382080,
      files: 6553600,
      filesFree: 6000000,
    },
    lustreLayout: null,
    ...over,
  };
}
