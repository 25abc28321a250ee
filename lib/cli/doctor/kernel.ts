/**
 * Checks kernel features that make reads faster.
 * @module
 */
import { release } from 'node:os';
import { type Finding, plain, systemText } from './finding.js';

/** Kernel features: name, first version of Linux that supports the feature (major, minor), and use. */
const features: readonly [name: string, major: number, minor: number, use: string][] = [
  ['RWF_NOWAIT', 4, 14, 'non-blocking reads of cached data'],
  ['statx', 4, 11, 'all attributes of a file in one call'],
  ['STATX_DIOALIGN', 6, 1, 'alignment that direct I/O requires for a file'],
  ['cachestat', 6, 5, 'page-cache residency of a file in one call'],
  ['RWF_DONTCACHE', 6, 14, 'reads that do not fill the page cache'],
];

/** True if `version` (such as `6.1.0-13-amd64`) is at least major.minor. */
export function isAtLeast(version: string, major: number, minor: number): boolean {
  const [a = 0, b = 0] = version.split(/[.-]/).map(Number);
  return a > major || (a === major && b >= minor);
}

/**
 * Checks whether io_uring may be used. Uses the sysctl kernel.io_uring_disabled (since Linux 6.6), the version of
 * Linux, and the seccomp mode of this process.
 */
async function uring(): Promise<Finding> {
  const setting = await systemText('/proc/sys/kernel/io_uring_disabled');
  if (setting === '2')
    return { ...plain('io_uring', 'forbidden', 'sysctl kernel.io_uring_disabled is 2'), judgement: 'bad' };
  if (setting === '1' && process.getuid?.() !== 0)
    return { ...plain('io_uring', 'restricted', 'sysctl kernel.io_uring_disabled is 1'), judgement: 'mixed' };
  if (!isAtLeast(release(), 5, 6)) return { ...plain('io_uring', 'missing', 'needs Linux 5.6'), judgement: 'bad' };
  const filtered = /^Seccomp:\s*2/m.test((await systemText('/proc/self/status')) ?? '');
  return filtered
    ? {
        ...plain('io_uring', 'unknown', 'a seccomp filter (as in containers) may block it'),
        judgement: 'mixed',
      }
    : { ...plain('io_uring', 'allowed'), judgement: 'good' };
}

/**
 * Returns the findings. Except for io_uring, they follow from the version of Linux alone; distributions may have added
 * or removed features.
 */
export async function kernelFindings(): Promise<Finding[]> {
  if (process.platform !== 'linux')
    return [plain('kernel', `${process.platform}: not Linux, so no feature is available`)];
  const version = release();
  return [
    ...features.map(([name, major, minor, use]): Finding => {
      const has = isAtLeast(version, major, minor);
      return {
        name,
        value: has ? 'yes' : `needs Linux ${major}.${minor}`,
        judgement: has ? 'good' : 'mixed',
        advice: use,
      };
    }),
    await uring(),
  ];
}
