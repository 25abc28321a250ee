/**
 * Inspects this process: descriptors, threads, memory.
 * @module
 */
import * as fs from 'node:fs';
import { binding, isNativeError } from '../../lib/native/binding.js';
import { errno, withFaults } from './faults.js';

/** Returns the open files below `folder`, one entry per descriptor. Entries of removed files end with ` (deleted)`. */
export function openDescriptors(folder = ''): string[] {
  const found: string[] = [];
  for (const entry of fs.readdirSync('/proc/self/fd')) {
    try {
      const target = fs.readlinkSync(`/proc/self/fd/${entry}`);
      if (target.startsWith(folder)) found.push(target);
    } catch {
      // This is the descriptor of the listing itself.
    }
  }
  return found;
}

/**
 * Waits until all threads of the pool are idle. They release their last references to a read a little after it has
 * settled.
 */
export async function idlePool(): Promise<void> {
  for (let quiet = 0; quiet < 3; ) {
    quiet = poolThreads().every(({ state }) => state === 'S') ? quiet + 1 : 0;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Makes the addon close its idle files. Simulates that the process runs out of descriptors. */
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
  /** State letter of proc(5): S for sleeping, R for running. */
  readonly state: string;
}

/** Returns the pool's current threads. */
export function poolThreads(): PoolThread[] {
  const threads: PoolThread[] = [];
  for (const id of fs.readdirSync('/proc/self/task')) {
    try {
      const stat = fs.readFileSync(`/proc/self/task/${id}/stat`, 'utf8');
      const [, name = '', state = ''] = /\((.*)\) (\S)/s.exec(stat) ?? [];
      if (name.startsWith('posixpar')) threads.push({ name, state });
    } catch {
      // The thread ended in the meantime.
    }
  }
  return threads;
}

/** Returns the value of a line of /proc/self/status in KiB, such as VmHWM. */
export function memoryKib(line: string): number {
  const found = new RegExp(`^${line}:\\s+(\\d+) kB`, 'm').exec(fs.readFileSync('/proc/self/status', 'utf8'));
  return Number(found?.[1]);
}
