/**
 * Features of the kernel that reads profit from.
 * @module
 */
import { release } from 'node:os';
import { type Finding, plain, systemText } from './finding.js';

/** Features by the version of Linux that has them first. */
const features: readonly [name: string, major: number, minor: number, use: string][] = [
  ['RWF_NOWAIT', 4, 14, 'trying a read without waiting: cached data is found without a thread that waits'],
  ['statx', 4, 11, 'the facts of a file in one call'],
  ['STATX_DIOALIGN', 6, 1, 'the alignment of direct reads, from the file itself'],
  ['cachestat', 6, 5, 'what of a file is in the page cache, by one call'],
  ['RWF_DONTCACHE', 6, 14, 'reads that leave nothing in the page cache'],
];

/** Whether `version` (such as `6.1.0-13-amd64`) is at least major.minor. */
export function isAtLeast(version: string, major: number, minor: number): boolean {
  const [a = 0, b = 0] = version.split(/[.-]/).map(Number);
  return a > major || (a === major && b >= minor);
}

/** What io_uring is allowed to (sysctl kernel.io_uring_disabled, since Linux 6.6). */
async function uring(): Promise<Finding> {
  const setting = await systemText('/proc/sys/kernel/io_uring_disabled');
  if (setting === '2')
    return { ...plain('io_uring', 'forbidden', 'sysctl kernel.io_uring_disabled is 2'), judgement: 'bad' };
  if (setting === '1' && process.getuid?.() !== 0)
    return { ...plain('io_uring', 'only for some', 'sysctl kernel.io_uring_disabled is 1'), judgement: 'mixed' };
  if (!isAtLeast(release(), 5, 6)) return { ...plain('io_uring', 'missing', 'needs Linux 5.6'), judgement: 'bad' };
  const filtered = /^Seccomp:\s*2/m.test((await systemText('/proc/self/status')) ?? '');
  return filtered
    ? {
        ...plain(
          'io_uring',
          'perhaps',
          'this process runs under a seccomp filter, as in containers, which may refuse it',
        ),
        judgement: 'mixed',
      }
    : { ...plain('io_uring', 'allowed'), judgement: 'good' };
}

/** The findings; by the version of the kernel, which distributions may have changed. */
export async function kernelFindings(): Promise<Finding[]> {
  if (process.platform !== 'linux') return [plain('kernel', `${process.platform}: none of the features of Linux`)];
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
