/**
 * Marks arrays that are being changed, so that the next writer can clean up after a process that was killed.
 * @module
 */
import { lstat, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isRecord } from '../core/validate.js';
import { performSteps } from '../exec/file-steps.js';

/** Shape of an array before it grows, and the sizes of its data file. */
export interface Growth {
  /** Shape of the array before it grows. */
  readonly shape: readonly number[];
  /** Size of the data file in bytes, before and after it grows. */
  readonly oldBytes: number;
  readonly newBytes: number;
}

/** Maximum size of a marker. */
const maxMarkerBytes = 4096;

/**
 * A hidden file `.<name>.writing` next to the file `name` that a writer has locked. It exists while the writer may
 * leave files or bytes behind if it is killed. Only the holder of the exclusive lock creates or removes it.
 *
 * The marker is advice for the next writer: if it cannot be created, writes still work, but nothing is cleaned up.
 */
export class WriteMarker {
  readonly path: string;
  #created: Promise<void> | null = null;

  /** @param locked path of the locked file. */
  constructor(locked: string) {
    this.path = join(dirname(locked), `.${basename(locked)}.writing`);
  }

  /** Returns the content of an earlier writer's marker; '' if it cannot be read, and null if there is no marker. */
  async find(): Promise<string | null> {
    const found = await lstat(this.path).catch(() => null);
    if (found === null || !found.isFile()) return null;
    if (found.size > maxMarkerBytes) return '';
    return await readFile(this.path, 'utf8').catch(() => '');
  }

  /** Creates the marker, unless this writer has created it. @param sync `sync` to synchronize the file (fdatasync). */
  create(content = '', sync: 'sync' | 'no sync' = 'no sync'): Promise<void> {
    this.#created ??= this.#create(content, sync);
    return this.#created;
  }

  async #create(content: string, sync: 'sync' | 'no sync'): Promise<void> {
    try {
      await performSteps([
        { kind: 'create', path: this.path },
        { kind: 'write', bytes: new TextEncoder().encode(content) },
        ...(sync === 'sync' ? [{ kind: 'sync' } as const] : []),
      ]);
    } catch {
      // The directory cannot be written, for example. See the class comment.
    }
  }

  /** Removes the marker. */
  async remove(): Promise<void> {
    this.#created = null;
    await performSteps([{ kind: 'remove', path: this.path }]).catch(() => {});
  }
}

export function formatGrowth(growth: Growth): string {
  return JSON.stringify(growth);
}

/** Parses the content of a marker. Returns null if it does not come from {@link formatGrowth}. */
export function parseGrowth(text: string): Growth | null {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(content)) return null;
  const { shape, oldBytes, newBytes } = content;
  const isCount = (n: unknown): n is number => typeof n === 'number' && Number.isSafeInteger(n) && n >= 0;
  const list: readonly unknown[] = Array.isArray(shape) ? shape : [];
  if (!Array.isArray(shape) || !list.every(isCount) || !isCount(oldBytes) || !isCount(newBytes)) return null;
  return { shape: [...list], oldBytes, newBytes };
}
