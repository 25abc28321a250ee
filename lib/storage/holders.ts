/**
 * Finds the processes that have mapped files, in /proc/PID/maps (proc_pid_maps(5)).
 * @module
 */
import { isBelow } from './mounts.js';
import type { SystemFiles } from './system-files.js';
import { unescapeOctal } from './text.js';

/** A process that has mapped a file. */
export interface Holder {
  readonly pid: number;
  /** Name of the program, as shown by `ps`. */
  readonly name: string;
}

/** True if `text`, the content of a /proc/PID/maps, lists `path` or, if that is a directory, a file below it. */
export function mapsMention(text: string, path: string): boolean {
  for (const line of text.split('\n')) {
    // `7f0c… r--s 00000000 fe:00 1234    /path`: the path follows the fifth field.
    const name = /^\S+ \S+ \S+ \S+ \d+\s+(\/.*)$/.exec(line)?.[1];
    if (name !== undefined && isBelow(unescapeOctal(name), path)) return true;
  }
  return false;
}

/**
 * Finds the processes that have mapped `path` (absolute, without links) or files below it.
 * @returns the processes, and the number of processes that could not be inspected. Inspecting processes of other users
 * requires root (PTRACE_MODE_READ).
 */
export async function findHolders(
  files: SystemFiles,
  path: string,
): Promise<{ readonly holders: readonly Holder[]; readonly unseen: number }> {
  const holders: Holder[] = [];
  let unseen = 0;
  for (const pid of (await files.list('/proc')).filter((name) => /^\d+$/.test(name))) {
    const maps = await files.read(`/proc/${pid}/maps`);
    if (maps === null) unseen += 1;
    else if (mapsMention(maps, path)) {
      holders.push({ pid: Number(pid), name: (await files.read(`/proc/${pid}/comm`))?.trim() ?? '' });
    }
  }
  return { holders, unseen };
}
