/**
 * Names temporary files, and removes temporary files of killed processes. A name identifies the writing process, if
 * /proc is available: `.<target>.<system>-<pid>-<start>-<random>.partial`. A process ID is only meaningful for one boot
 * of one machine and in one PID namespace. `system` identifies these, and files of other systems are never removed.
 * Source: proc(5) for /proc/[pid]/stat, pid_namespaces(7).
 * @module
 */
import { createHash, randomBytes } from 'node:crypto';
import { lstat, opendir, readFile, readlink, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Maximum length of a file name on most file systems, in bytes. */
const maxNameBytes = 255;

/** The process that writes a file. */
export interface Writer {
  /** Hash of 8 hexadecimal digits that identifies the boot and the PID namespace. */
  readonly system: string;
  readonly pid: number;
  /** Start time of the process in clock ticks since boot. Distinguishes processes with the same ID. */
  readonly start: string;
}

const shortHash = (text: string, length: number): string =>
  createHash('sha256').update(text).digest('hex').slice(0, length);

/** Returns state and start time of a process; null if /proc does not show it. */
async function processEntry(pid: number | 'self'): Promise<{ readonly state: string; readonly start: string } | null> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'latin1');
    // The program name is in parentheses and may contain any character.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', start: fields[19] ?? '' };
  } catch {
    return null;
  }
}

let current: Promise<Writer | null> | undefined;

/** Returns this process as a writer; null if /proc does not identify the system or the process. */
function currentWriter(): Promise<Writer | null> {
  current ??= (async (): Promise<Writer | null> => {
    try {
      const boot = await readFile('/proc/sys/kernel/random/boot_id', 'latin1');
      const namespace = await readlink('/proc/self/ns/pid');
      const entry = await processEntry('self');
      if (entry === null || !/^\d+$/.test(entry.start)) return null;
      return { system: shortHash(`${boot.trim()} ${namespace}`, 8), pid: process.pid, start: entry.start };
    } catch {
      return null;
    }
  })();
  return current;
}

/** True if `writer`, a process of this system, has ended. */
async function hasEnded({ pid, start }: Writer): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  const entry = await processEntry(pid);
  return entry !== null && (entry.start !== start || entry.state === 'Z' || entry.state === 'X');
}

/** Returns the first part of the names of temporary files of `target`, such as `.a.npy.`. */
export function targetPart(target: string): string {
  const name = basename(target);
  const room = maxNameBytes - 64;
  return `.${Buffer.byteLength(name) > room ? shortHash(name, 32) : name}.`;
}

/** Returns a new temporary name next to `target`. */
export async function partialPath(target: string): Promise<string> {
  const writer = await currentWriter();
  const owner = writer === null ? '' : `${writer.system}-${writer.pid}-${writer.start}-`;
  return join(dirname(target), `${targetPart(target)}${owner}${randomBytes(4).toString('hex')}.partial`);
}

/**
 * Returns the process that writes the temporary file `name` for `target`; null if the name does not identify a process.
 */
export function parseWriter(name: string, target: string): Writer | null {
  const start = targetPart(target);
  if (!name.startsWith(start)) return null;
  const found = /^([0-9a-f]{8})-([1-9]\d{0,9})-(\d+)-[0-9a-f]{8}\.partial$/.exec(name.slice(start.length));
  const [, system = '', pid = '', started = ''] = found ?? [];
  return found === null ? null : { system, pid: Number(pid), start: started };
}

async function removePartial(path: string): Promise<void> {
  try {
    const found = await lstat(path);
    if (found.isFile() || found.isDirectory()) await rm(path, { force: true, recursive: true });
  } catch {
    // The file does not exist any more, or this process may not remove it.
  }
}

/**
 * Removes temporary files and directories that killed writers of `target` left behind. Keeps those of running
 * processes, of other targets and of other systems. A file that cannot be removed is not an error.
 */
export async function removeStalePartials(target: string): Promise<void> {
  const own = await currentWriter();
  if (own === null) return;
  try {
    for await (const { name } of await opendir(dirname(target))) {
      const writer = parseWriter(name, target);
      if (writer === null || writer.system !== own.system || !(await hasEnded(writer))) continue;
      await removePartial(join(dirname(target), name));
    }
  } catch {
    // The directory cannot be listed.
  }
}
