/**
 * Handles SIGINT, SIGTERM and SIGHUP. The first signal aborts the command so that it can remove its partial files. A
 * second SIGINT or SIGTERM ends the process. SIGQUIT (^\) is not handled and ends it immediately.
 * @module
 */
import { exitCodes } from './exit-codes.js';

/** State of the signal handlers. */
export interface Interrupt {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** Returns the exit code for the received signal; null if there was none. */
  exitCode(): number | null;
  /** Text that the message about an interruption contains: what became of the output. A command may change it. */
  effect: string;
  /** True while another program uses the terminal, for which ^C is a key. SIGINT is then ignored. */
  isKey: boolean;
}

/** Installs the signal handlers. */
export function watchInterrupt(): Interrupt {
  const controller = new AbortController();
  let code: number | null = null;
  const state = { effect: 'partial output was removed', isKey: false };
  const on = (received: NodeJS.Signals, wanted: number, repeat: 'exit' | 'ignore'): void => {
    process.on(received, () => {
      if (state.isKey && received === 'SIGINT') return;
      if (code !== null) {
        if (repeat === 'exit') process.exit(code);
        return;
      }
      code = wanted;
      controller.abort(new Error(`ended by ${received}`));
    });
  };
  on('SIGINT', exitCodes.interrupted, 'exit');
  on('SIGTERM', exitCodes.terminated, 'exit');
  // A closing terminal and its shell may both send SIGHUP, so a second one is ignored.
  on('SIGHUP', exitCodes.hungUp, 'ignore');
  return Object.assign(state, { signal: controller.signal, exitCode: () => code });
}
