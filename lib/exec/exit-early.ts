/**
 * Lets the process exit while threads are blocked in system calls that never return.
 * @module
 */
import { isMainThread } from 'node:worker_threads';

let exitsEarly = false;

/**
 * From now on, an exit of the process does not wait for native threads. A thread may be blocked in a system call that
 * never returns, and a normal exit would wait for it; `process.exit` does not. Has no effect in a worker.
 */
export function exitEarly(): void {
  if (exitsEarly || !isMainThread) return;
  exitsEarly = true;
  process.once('exit', (code) => process.exit(code));
}
