/**
 * Handles keys that are pressed while a command runs.
 * @module
 */

/** Keys that the terminal turns into signals, except in raw mode. */
const signals: readonly (readonly [key: string, signal: NodeJS.Signals])[] = [
  ['\x03', 'SIGINT'],
  ['\x1c', 'SIGQUIT'],
];

/** Sends this process the signals of the keys in `typed`. */
export function signalKeys(typed: string): void {
  for (const [key, signal] of signals) if (typed.includes(key)) process.kill(process.pid, signal);
}

/**
 * Calls `on` with each key as it is typed, without echo. ^C and ^\ still send signals.
 * @returns a function that stops this; null if standard input is not a terminal.
 */
export function watchKeys(on: (typed: string) => void): (() => void) | null {
  const input = process.stdin;
  if (!input.isTTY) return null;
  const hear = (piece: Buffer): void => {
    const typed = piece.toString('latin1');
    signalKeys(typed);
    on(typed);
  };
  const wasRaw = input.isRaw;
  input.setRawMode(true);
  input.on('data', hear);
  input.resume();
  return () => {
    input.off('data', hear);
    input.setRawMode(wasRaw);
    input.pause();
  };
}
