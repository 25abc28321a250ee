/**
 * Runs the reference libraries, which are written in Python. They create files that the tests read.
 * @module
 */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Path of the Python interpreter with the reference libraries. It may not exist. */
export const pythonInterpreter = fileURLToPath(new URL('../../.cache/venv/bin/python', import.meta.url));

/** Reason why tests that need Python are skipped; null if they run. It is part of the names of skipped tests. */
export const pythonMissing: string | null = fs.existsSync(pythonInterpreter)
  ? null
  : 'SKIP: no .cache/venv/bin/python (scripts/setup/python-env makes it)';

/**
 * Runs a script with the reference libraries and returns its output.
 * @param script path below the repository's root.
 * @throws {Error} with the script's stderr if it fails.
 */
export function runPython(script: string, ...args: readonly string[]): string {
  const path = fileURLToPath(new URL(`../../${script}`, import.meta.url));
  return execFileSync(pythonInterpreter, [path, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
