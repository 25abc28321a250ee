/**
 * Keys that are pressed while a command runs.
 * @module
 */

/** Raw mode keeps the terminal from turning these into signals. */
const signals: readonly (readonly [key: string, signal: NodeJS.Signals])[] = [
  ['\x03', 'SIGINT'],
  ['\x1c', 'SIGQUIT'],
];

/** Sends this process the signals of the keys in `typed`. */
export function signalKeys(typed: string): void {
  for (const [key, signal] of signals) if (typed.includes(key)) process.kill(process.pid, signal);
}

/**
 * Calls `on` with what is typed, at once and without showing it; ^C and ^\ stay signals.
 * @returns what ends it; null when standard input is no terminal.
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
