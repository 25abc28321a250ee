/**
 * SIGINT, SIGTERM and SIGHUP: the first aborts what runs, so that it can take its partial files away; the second ends the
 * process. SIGQUIT (^\) is left to end it at once.
 * @module
 */
import { exitCodes } from './exit-codes.js';

/** What became of the signals of this process. */
export interface Interrupt {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** The exit code that the signal asks for; null when there was none. */
  exitCode(): number | null;
}

/** Watches the signals from here on. */
export function watchInterrupt(): Interrupt {
  const controller = new AbortController();
  let code: number | null = null;
  const on = (received: NodeJS.Signals, wanted: number, again: 'ends' | 'is the same'): void => {
    process.on(received, () => {
      if (code !== null) {
        if (again === 'ends') process.exit(code);
        return;
      }
      code = wanted;
      controller.abort(new Error(`ended by ${received}`));
    });
  };
  on('SIGINT', exitCodes.interrupted, 'ends');
  on('SIGTERM', exitCodes.terminated, 'ends');
  // A terminal that goes sends it, and its shell too.
  on('SIGHUP', exitCodes.hungUp, 'is the same');
  return { signal: controller.signal, exitCode: () => code };
}
