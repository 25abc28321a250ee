/**
 * Access to the event loop. Modules that share the JavaScript thread with other work use it; tests replace it.
 * @module
 */
import { performance } from 'node:perf_hooks';

/** Access to a clock (in milliseconds) and to the event loop. */
export interface EventLoop {
  now(): number;
  /** Total time in milliseconds that the event loop has waited for events. Constant during a turn. */
  waitedMs(): number;
  /** Calls `act` in a later turn, after pending timers and I/O callbacks. */
  nextTurn(act: () => void): void;
}

/** The event loop of this thread. */
export const eventLoop: EventLoop = {
  now: () => performance.now(),
  waitedMs: () => performance.eventLoopUtilization().idle,
  nextTurn: (act) => {
    setImmediate(act);
  },
};

/**
 * Maximum time in milliseconds that computations of the library, or promises that it settles, take in one turn of the
 * event loop.
 */
export const sliceMs = 3;
