/**
 * Injects faults into the system-call wrappers of the addon while a test runs.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { binding, type NativeFault } from '../../lib/native/binding.js';

/** Linux errno values of the errors that tests inject. */
export const errno = {
  EPERM: 1,
  ENOENT: 2,
  EIO: 5,
  EAGAIN: 11,
  EACCES: 13,
  EMFILE: 24,
  EFBIG: 27,
  ENOSPC: 28,
  EROFS: 30,
  ELOOP: 40,
  EOPNOTSUPP: 95,
  EDQUOT: 122,
} as const;

/** A fault. By default it applies to the first matching call, on any path. */
export type Fault = Partial<NativeFault> & Pick<NativeFault, 'op' | 'action'>;

function complete(fault: Fault): NativeFault {
  return { path: '', skip: 0, times: 1, value: 0, ...fault };
}

/** Runs `body` while `faults` are installed. */
export async function withFaults<T>(faults: readonly Fault[], body: () => T | Promise<T>): Promise<T> {
  binding().set_faults(faults.map(complete));
  try {
    return await body();
  } finally {
    binding().set_faults([]);
  }
}

/** Waits until a system call is held by a fault with the action `hold`. */
export async function untilHeld(): Promise<void> {
  while (binding().held_calls() === 0) await sleep(1);
}

/** Maximum time for which a call is held, in milliseconds. If a test reaches it, the test has a deadlock. */
const holdLimitMs = 20_000;

/**
 * Runs `body` while system calls that match `held` are held: the first `skip` calls run; the others wait until
 * `release` is called or `body` has ended. So a test can keep a read in flight for as long as it needs, on a machine of
 * any speed. Non-blocking reads (RWF_NOWAIT) fail with EAGAIN instead, so that the calling thread is not held while it
 * samples residency. A call that is held for `limitMs` fails with ETIMEDOUT, and `whileHeld` then fails, too. The
 * additional `faults` are installed until the release.
 */
export async function whileHeld<T>(
  held: Pick<Fault, 'op'> & Partial<Pick<Fault, 'skip' | 'path'>>,
  body: (release: () => void) => T | Promise<T>,
  { limitMs = holdLimitMs, faults = [] }: { limitMs?: number; faults?: readonly Fault[] } = {},
): Promise<T> {
  let expired = 0;
  const release = (): void => {
    expired += binding().set_faults([]);
  };
  binding().set_faults([complete({ ...held, action: 'hold', value: limitMs, times: 0 }), ...faults.map(complete)]);
  const outcome = await Promise.resolve()
    .then(() => body(release))
    .then(
      (value) => ({ value }),
      (cause: unknown) => ({ cause }),
    );
  release();
  if (expired > 0) {
    const cause = 'cause' in outcome ? outcome.cause : undefined;
    throw new Error(`${expired} held calls of ${held.op} were not released within ${limitMs} ms`, { cause });
  }
  if ('cause' in outcome) throw outcome.cause;
  return outcome.value;
}

/** Returns the error with which `body` fails. Throws if it does not fail. */
export async function failure(body: () => unknown): Promise<Error> {
  try {
    await body();
  } catch (error) {
    if (error instanceof Error) return error;
    throw new Error('Expected an instance of Error', { cause: error });
  }
  throw new Error('Expected a failure, found none');
}
