/**
 * Records the system calls of a child process with strace, which is independent of the library.
 * @module
 */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join, resolve } from 'node:path';
import { childEnvironment } from './children.js';
import type { TemporaryDirectory } from './temporary.js';

/** A system call that has a path or a descriptor as its first argument. */
export interface SystemCall {
  readonly seconds: number;
  readonly name: string;
  /** Path of the descriptor, or the path in the arguments. */
  readonly path: string;
  /** Arguments and result as strace prints them. */
  readonly text: string;
  /** Return value; negative for an error. */
  readonly returned: number;
}

/** Reason why system calls cannot be traced on this machine; null if they can. */
export const straceMissing = ((): string | null => {
  const { status, error } = spawnSync('strace', ['-f', '-o', '/dev/null', 'true']);
  if (error !== undefined) return 'SKIP: strace is not installed';
  return status === 0 ? null : 'SKIP: strace may not trace here';
})();

const line = /^(\d+\.\d+) (\w+)\((.*)\)\s+= (-?\d+)/;

/**
 * Runs a script of a `children` directory under strace. Returns its output, and the system calls of all its threads in
 * order.
 */
export function runTraced(
  script: string,
  args: readonly string[],
  folder: TemporaryDirectory,
): { readonly stdout: string; readonly calls: readonly SystemCall[] } {
  const traces = folder.at(`trace-${Math.random().toString(36).slice(2)}`);
  fs.mkdirSync(traces);
  const trace = ['-ff', '-ttt', '-y', '-s', '256', '-e', 'trace=%desc,%file', '-o', join(traces, 't')];
  const child = spawnSync('strace', [...trace, process.execPath, script, ...args], {
    env: childEnvironment(),
    encoding: 'utf8',
    timeout: 120_000,
    maxBuffer: 1 << 28,
  });
  if (child.status !== 0) throw new Error(`The child ended with ${child.status ?? child.signal}: ${child.stderr}`);
  const calls: SystemCall[] = [];
  for (const file of fs.readdirSync(traces)) {
    for (const text of fs.readFileSync(join(traces, file), 'utf8').split('\n')) {
      const [, seconds, name, parameters, returned] = line.exec(text) ?? [];
      if (name === undefined || parameters === undefined) continue;
      // Calls with a path relative to a directory have the directory as the first argument. In a read or write call,
      // the arguments after the descriptor are data.
      const named = /^p?(read|write)(v2?|64)?$/.test(name)
        ? /^\w+<([^>]*)>/.exec(parameters)
        : /^(?:\w+<([^>]*)>, )?"([^"]*)"|^\w+<([^>]*)>/.exec(parameters);
      const [, first, quoted, descriptor] = named ?? [];
      const path = quoted === undefined ? (descriptor ?? first ?? '') : resolve(first ?? '/', quoted);
      calls.push({ seconds: Number(seconds), name, path, text: parameters, returned: Number(returned) });
    }
  }
  return { stdout: child.stdout, calls: calls.sort((a, b) => a.seconds - b.seconds) };
}
