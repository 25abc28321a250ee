/**
 * Starts processes to attack, and returns how they ended.
 * @module
 */
import { spawn } from 'node:child_process';

/** End of a process: exit code or signal, and output. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: string | null;
  readonly output: string;
  /** True if the process had to be killed because it did not end. */
  readonly hung: boolean;
}

/** A signal that is sent to the process. */
export interface Blow {
  readonly signal: NodeJS.Signals;
  /** Time after the start of the process, in milliseconds; null to send it when the process prints that it reads. */
  readonly afterMs: number | null;
}

/** Time in milliseconds after which a process counts as hung. It is long enough for a busy machine. */
const limitMs = 90_000;

/** Runs a command to its end. `output` contains its standard output and standard error. */
export function runProcess(
  command: readonly [string, ...string[]],
  { blow, env = {}, cwd }: { readonly blow?: Blow; readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): Promise<ProcessEnd> {
  return new Promise((resolve, reject) => {
    const [program, ...args] = command;
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
      ...(cwd === undefined ? {} : { cwd }),
    });
    let output = '';
    let hung = false;
    const take = (text: string): void => {
      output += text;
      if (blow?.afterMs === null && text.includes('reading')) child.kill(blow.signal);
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    const timers = [
      setTimeout(() => {
        hung = true;
        child.kill('SIGKILL');
      }, limitMs),
    ];
    if (blow !== undefined && blow.afterMs !== null)
      timers.push(setTimeout(() => child.kill(blow.signal), blow.afterMs));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      for (const timer of timers) clearTimeout(timer);
      resolve({ code, signal, output, hung });
    });
  });
}
