/**
 * Warnings of the library as lines of the command.
 * @module
 */
import { printable } from './table.js';

/** A warning of the library as one line, without the leading name of the program. */
export function warningLine(message: string): string {
  const hint = /^The saved index /.test(message) ? '. `posix-par index` saves it again' : '';
  return `${printable(message)}${hint}`;
}

/** Shows warnings of the library in the manner of errors, and those of Node as Node does. */
export function showWarnings(): void {
  const usual = process.listeners('warning');
  process.removeAllListeners('warning');
  const said = new Set<string>();
  process.on('warning', (warning) => {
    if (warning.name !== 'PosixParWarning') {
      for (const listener of usual) listener.call(process, warning);
    } else if (!said.has(warning.message)) {
      said.add(warning.message);
      process.stderr.write(`posix-par: ${warningLine(warning.message)}\n`);
    }
  });
}
