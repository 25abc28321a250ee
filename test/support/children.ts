/**
 * Runs child processes of tests, so that a crash only fails a test, and memory use starts at zero.
 * @module
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { addonPath, compiledLibrary } from './compiled.js';
import { timeScale } from './repeated-tests.js';

/** Result of a child process. */
export interface ChildEnd {
  /** Exit code; null if a signal ended the process. */
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Returns the environment in which scripts find the library (`POSIX_PAR_LIBRARY`) and the addon. */
export function childEnvironment(): NodeJS.ProcessEnv {
  const library = pathToFileURL(join(compiledLibrary(), '/')).href;
  // Options that the test runner passes to its children would change the modules that a child loads.
  return { ...process.env, POSIX_PAR_LIBRARY: library, POSIX_PAR_BINDING: addonPath, NODE_OPTIONS: '' };
}

/** Limits and environment of a child process. */
export interface ChildLimits {
  /** Additional environment variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** Time after which the process is killed. Default 100 s. Longer if the tests are repeated on a busy processor. */
  readonly timeoutMs?: number;
}

/**
 * Runs a script, usually from the `children` directory next to the test. The script finds the library through
 * `process.env.POSIX_PAR_LIBRARY`.
 * @param script absolute path. @param options options of Node, such as `--expose-gc`.
 */
export function runChild(
  script: string,
  args: readonly string[] = [],
  options: readonly string[] = [],
  { timeoutMs = 100_000, env = {} }: ChildLimits = {},
): Promise<ChildEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...options, script, ...args], {
      env: { ...childEnvironment(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs * timeScale(),
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
