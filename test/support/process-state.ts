/**
 * What this process holds: descriptors, threads, memory.
 * @module
 */
import * as fs from 'node:fs';
import { binding, isNativeError } from '../../lib/native/binding.js';
import { errno, withFaults } from './faults.js';

/** The files below `folder` that are open now, one entry a descriptor; removed ones end with ` (deleted)`. */
export function openDescriptors(folder = ''): string[] {
  const found: string[] = [];
  for (const entry of fs.readdirSync('/proc/self/fd')) {
    try {
      const target = fs.readlinkSync(`/proc/self/fd/${entry}`);
      if (target.startsWith(folder)) found.push(target);
    } catch {
      // The descriptor of the listing itself.
    }
  }
  return found;
}

/** Waits until no thread of the pool runs any more: after a read has settled, they give up the last they hold of it. */
export async function idlePool(): Promise<void> {
  for (let quiet = 0; quiet < 3; ) {
    quiet = poolThreads().every(({ state }) => state === 'S') ? quiet + 1 : 0;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Makes the addon close the files that it keeps open unused: it does so when a process runs out of descriptors. */
export async function dropIdleFiles(): Promise<void> {
  await idlePool();
  await withFaults([{ op: 'open', action: 'error', value: errno.EMFILE, path: '/proc/self' }], () => {
    const directory = binding().open_directory('/proc/self', null);
    if (isNativeError(directory)) throw new Error(directory.message);
    binding().release(directory);
  });
}

/** A thread of the addon's pool. */
export interface PoolThread {
  readonly name: string;
  /** The state letter of proc(5): S sleeps, R runs. */
  readonly state: string;
}

/** The pool's threads that live now. */
export function poolThreads(): PoolThread[] {
  const threads: PoolThread[] = [];
  for (const id of fs.readdirSync('/proc/self/task')) {
    try {
      const stat = fs.readFileSync(`/proc/self/task/${id}/stat`, 'utf8');
      const [, name = '', state = ''] = /\((.*)\) (\S)/s.exec(stat) ?? [];
      if (name.startsWith('posixpar')) threads.push({ name, state });
    } catch {
      // It has ended meanwhile.
    }
  }
  return threads;
}

/** A line of /proc/self/status in KiB, such as VmHWM. */
export function memoryKib(line: string): number {
  const found = new RegExp(`^${line}:\\s+(\\d+) kB`, 'm').exec(fs.readFileSync('/proc/self/status', 'utf8'));
  return Number(found?.[1]);
}
