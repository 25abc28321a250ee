/**
 * Faults inside the system-call wrappers of the addon, for as long as a test wants them.
 * @module
 */
import { binding, type NativeFault } from '../../lib/native/binding.js';

/** The numbers of the errors that tests inject, as Linux has them. */
export const errno = { EPERM: 1, EIO: 5, EAGAIN: 11, EACCES: 13, EMFILE: 24, ELOOP: 40, EOPNOTSUPP: 95 } as const;

/** A fault; by default it strikes the first matching call, on any path. */
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

/** A hold longer than this is a deadlock of the test. */
const holdLimitMs = 20_000;

/**
 * Runs `body` while calls are held: of those that match, the first `skip` are made, and no other one before `release` is called or
 * `body` has ended. So a read is in flight for as long as a test wants, on a machine of any speed. Reads that must not wait (RWF_NOWAIT)
 * fail with EAGAIN instead, so the calling thread is not held when it samples residency. A call that is held for `limitMs` fails
 * with ETIMEDOUT, and so does `whileHeld`.
 */
export async function whileHeld<T>(
  held: Pick<Fault, 'op'> & Partial<Pick<Fault, 'skip' | 'path'>>,
  body: (release: () => void) => T | Promise<T>,
  limitMs = holdLimitMs,
): Promise<T> {
  let expired = 0;
  const release = (): void => {
    expired += binding().set_faults([]);
  };
  binding().set_faults([complete({ ...held, action: 'hold', value: limitMs, times: 0 })]);
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

/** The error that `body` fails with. */
export async function failure(body: () => unknown): Promise<Error> {
  try {
    await body();
  } catch (error) {
    if (error instanceof Error) return error;
    throw new Error('Expected an instance of Error', { cause: error });
  }
  throw new Error('Expected a failure, found none');
}
