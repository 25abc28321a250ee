// Helpers of the scripts in this directory: the compiled library, its addon, and the state of a process.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const base = process.env.POSIX_PAR_LIBRARY;

export const library = await import(new URL('index.js', base).href);
export const { binding } = await import(new URL('native/binding.js', base).href);

/** Installs a fault for every matching call. */
export function always(fault) {
  binding().set_faults([{ path: '', skip: 0, times: 0, value: 0, ...fault }]);
}

/** Throws unless `condition` holds. */
export function check(condition, what) {
  if (!condition) throw new Error(`Expected ${what}`);
}

/** Throws unless element i of `data` is i. */
export function checkCounting(data, length) {
  check(data.length === length, `${length} elements, found ${data.length}`);
  for (let i = 0; i < length; i++) if (data[i] !== i) throw new Error(`Expected ${i}, found ${data[i]}`);
}

/** Returns the number of open descriptors of files whose path begins with `path`. */
export function descriptorsOf(path) {
  return readdirSync('/proc/self/fd').filter((entry) => {
    try {
      return readlinkSync(`/proc/self/fd/${entry}`).startsWith(path);
    } catch {
      return false; // The descriptor of the listing itself.
    }
  }).length;
}

/** Makes the addon close its idle files. */
export function dropIdleFiles() {
  const fault = { op: 'open', action: 'error', value: 24, path: '/proc/self', skip: 0, times: 1 };
  binding().set_faults([fault]);
  binding().release(binding().open_directory('/proc/self', null));
  binding().set_faults([]);
}

/** Waits until no file whose path begins with `path` is open: a thread of the pool may still be ending a read of it. */
export async function untilClosed(path) {
  for (let i = 0; i < 2000 && descriptorsOf(path) > 0; i++) {
    dropIdleFiles();
    await sleep(5);
  }
}

/** Returns a line of /proc/self/status in KiB. */
export function memoryKib(line) {
  const found = new RegExp(`^${line}:\\s+(\\d+) kB`, 'm').exec(readFileSync('/proc/self/status', 'utf8'));
  return Number(found?.[1]);
}

export function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
