/**
 * Prints warnings of the library.
 * @module
 */
import { printable } from './table.js';

/** Formats a warning of the library as one line, without the program name. */
export function warningLine(message: string): string {
  const hint = /^The saved index /.test(message) ? '. Run `posix-par index` to save it again' : '';
  return `${printable(message)}${hint}`;
}

/**
 * Prints warnings of the library on standard error in one line, each only once. Warnings of Node are handled as usual.
 */
export function showWarnings(): void {
  const usual = process.listeners('warning');
  process.removeAllListeners('warning');
  const shown = new Set<string>();
  process.on('warning', (warning) => {
    if (warning.name !== 'PosixParWarning') {
      for (const listener of usual) listener.call(process, warning);
    } else if (!shown.has(warning.message)) {
      shown.add(warning.message);
      process.stderr.write(`posix-par: ${warningLine(warning.message)}\n`);
    }
  });
}
