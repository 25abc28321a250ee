/**
 * Writes sample arrays of all formats, and runs Python clients next to a server in this process.
 * @module
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { pythonInterpreter, runPython } from '../support/python.js';

/** A sample array. */
export interface Sample {
  /** Path of the array below the root, with a `/` between the file and the array inside it. */
  readonly path: string;
  /** Path of a `.npy` file with the same elements. */
  readonly expected: string;
}

/** Writes the samples below `folder`/root. */
export function writeSamples(folder: string, seed: number): readonly Sample[] {
  return JSON.parse(runPython('test/serve/write_samples.py', folder, String(seed))) as Sample[];
}

/** Runs a Python script without blocking, and returns its output. */
export async function runClient(script: string, ...args: readonly string[]): Promise<string> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const { stdout } = await promisify(execFile)(pythonInterpreter, [path, ...args], { maxBuffer: 1 << 26 });
  return stdout;
}
