/**
 * Runs the `posix-par` command in a pseudo-terminal.
 * @module
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { commandEnvironment } from './command.js';
import { compiledCommand } from './compiled.js';

/** Result of a command in a terminal. `text` is its whole output. */
export interface TerminalEnd {
  readonly code: number | null;
  readonly text: string;
}

/** Properties of the terminal, and the actions of its user. */
export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  /** Answer of the terminal to a query of its attributes. */
  readonly answer?: string;
  /** When this text appears in the output, ^C is typed, or `keys` if they are given. */
  readonly interruptOn?: string;
  /** Keys to type at that time; `hang up` closes the terminal instead. */
  readonly keys?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs the compiled posix-par command with `args` in a terminal of type `xterm-256color`, by default 80 × 24. */
export function runInTerminal(args: readonly string[], options: TerminalOptions = {}): Promise<TerminalEnd> {
  const { columns = 80, rows = 24, answer = '', interruptOn = '', keys = '\x03', environment = {} } = options;
  const script = join(import.meta.dirname, 'terminal.py');
  const program = [process.execPath, compiledCommand(), ...args];
  const names = ['TMUX', 'STY', 'KITTY_WINDOW_ID', 'TERM_PROGRAM', 'LC_TERMINAL', 'COLORTERM', 'CI'];
  const plain = Object.fromEntries(Object.entries(commandEnvironment()).filter(([name]) => !names.includes(name)));
  return new Promise((resolve, reject) => {
    const child = spawn('python3', [script, String(columns), String(rows), answer, interruptOn, keys, ...program], {
      env: { ...plain, TERM: 'xterm-256color', ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: 100_000,
      killSignal: 'SIGKILL',
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, text }));
  });
}
