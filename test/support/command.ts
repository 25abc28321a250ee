/**
 * Runs the `posix-par` command as a process.
 * @module
 */
import { spawn } from 'node:child_process';
import type { ChildEnd } from './children.js';
import { addonPath, compiledCommand } from './compiled.js';

/** Returns the environment of a tested command, without variables of the test runner and without colours. */
export function commandEnvironment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const { FORCE_COLOR: _force, NO_COLOR: _none, ...inherited } = process.env;
  return { ...inherited, POSIX_PAR_BINDING: addonPath, NODE_OPTIONS: '', ...extra };
}

/** Runs the command with `args`. Its output goes to pipes. */
export function runCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<ChildEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [compiledCommand(), ...args], {
      env: commandEnvironment(environment),
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 100_000,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}
