/**
 * Processes that tests start, so that a crash is a failed test and memory is counted from nothing.
 * @module
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { addonPath, compiledLibrary } from './compiled.js';

/** How a child ended. */
export interface ChildEnd {
  /** The exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The environment in which scripts of children find the library (`POSIX_PAR_LIBRARY`) and the addon. */
export function childEnvironment(): NodeJS.ProcessEnv {
  const library = pathToFileURL(join(compiledLibrary(), '/')).href;
  // Inherited options of the test runner would change what a child loads.
  return { ...process.env, POSIX_PAR_LIBRARY: library, POSIX_PAR_BINDING: addonPath, NODE_OPTIONS: '' };
}

/** What a child may use. */
export interface ChildLimits {
  /** Then it is killed; 100 s by default. */
  readonly timeoutMs?: number;
}

/**
 * Runs a script of a `children` folder beside the test, with the library at `process.env.POSIX_PAR_LIBRARY`.
 * @param script absolute path. @param options Node's, such as `--expose-gc`.
 */
export function runChild(
  script: string,
  args: readonly string[] = [],
  options: readonly string[] = [],
  { timeoutMs = 100_000 }: ChildLimits = {},
): Promise<ChildEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...options, script, ...args], {
      env: childEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
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
