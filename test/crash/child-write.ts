/**
 * Runs writes in child processes that a fault ends, and compares the files before and after.
 * @module
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { build } from 'esbuild';
import { expect } from 'vitest';
import { parseWriter } from '../../lib/files/partial.js';
import type { ConvertOptions, CreateOptions } from '../../lib/index.js';
import type { NativeFault } from '../../lib/native/binding.js';
import { type ChildEnd, runChild } from '../support/children.js';
import { compiledLibrary } from '../support/compiled.js';

/** Start, stop and step per dimension. */
export type Box = readonly (readonly [start: number, stop: number, step: number])[];

/** A write of a child process (children/write.mjs). */
export interface ChildWrite {
  /** What the process does. `change` writes into an existing array. */
  readonly action: 'create' | 'convert' | 'discard' | 'change';
  readonly path: string;
  /** Path of the array to copy, for `convert`. */
  readonly source?: string;
  /** Options of the function that the action calls: `createArray`, `convert`, or `openArray` for `change`. */
  readonly options: Partial<CreateOptions> & Pick<ConvertOptions, 'resume' | 'memoryBudgetBytes' | 'verify'>;
  /**
   * Boxes of float32 elements that count up from `first`. They are written one after the other. If `flushes` is set,
   * the process then calls `flush()`.
   */
  readonly writes: readonly { readonly box: Box; readonly first: number; readonly flushes?: boolean }[];
  /** What is appended after the writes: `count` elements along dimension `axis`, which count up from `first`. */
  readonly appends?: readonly { readonly count: number; readonly first: number; readonly axis: number }[];
}

const script = fileURLToPath(new URL('children/write.mjs', import.meta.url));

/** Bundles the library and its binding into one file, because a process starts three times as fast with it. */
export async function bundleLibrary(outfile: string): Promise<void> {
  const contents = "export * from './index.js'; export { binding } from './native/binding.js';";
  const stdin = { contents, resolveDir: compiledLibrary() };
  await build({ stdin, outfile, bundle: true, platform: 'node', format: 'esm', logLevel: 'error' });
  bundle = pathToFileURL(outfile).href;
}

let bundle = '';

function run(write: ChildWrite, faults: readonly Partial<NativeFault>[]): Promise<ChildEnd> {
  const complete = faults.map((fault) => ({ path: '', skip: 0, times: 1, value: 0, ...fault }));
  return runChild(script, [JSON.stringify({ ...write, faults: complete }), bundle]);
}

/** Performs a write completely. Returns the number of its system calls that change files. */
export async function countCalls(write: ChildWrite, more: readonly Partial<NativeFault>[] = []): Promise<number> {
  return (await countCallsUntil(write, more)).total;
}

/** Like {@link countCalls}. Also returns the number of these calls that were made when each flush had ended. */
export async function countCallsUntil(
  write: ChildWrite,
  more: readonly Partial<NativeFault>[] = [],
): Promise<{ readonly flushes: readonly number[]; readonly total: number }> {
  // A fault that delays each call by 0 ms counts the calls, and does not prevent other faults.
  const end = await run(write, [{ op: 'change', action: 'delay', times: 0 }, ...more]);
  expect(end).toMatchObject({ code: 0, stderr: '' });
  const counts = end.stdout.trim().split(' ').map(Number);
  return { flushes: counts.slice(0, -1), total: counts.at(-1) ?? 0 };
}

/** Starts a write, and kills its process before the system call number `call` (from 0) that changes files. */
export async function killAt(
  write: ChildWrite,
  call: number,
  more: readonly Partial<NativeFault>[] = [],
): Promise<void> {
  const end = await run(write, [{ op: 'change', action: 'kill', skip: call }, ...more]);
  expect(end).toMatchObject({ signal: 'SIGKILL', stdout: '', stderr: '' });
}

/**
 * Like {@link killAt}, for writes whose number of calls varies, because threads create the same directories.
 * @returns false if the write had ended before the call.
 */
export async function tryKillAt(
  write: ChildWrite,
  call: number,
  more: readonly Partial<NativeFault>[] = [],
): Promise<boolean> {
  const end = await run(write, [{ op: 'change', action: 'kill', skip: call }, ...more]);
  expect(end.stderr).toBe('');
  return end.signal === 'SIGKILL';
}

/** Content of a file or directory: the bytes of each file by its relative path. */
export type Tree = ReadonlyMap<string, string>;

/** Reads the files at `path`. Returns an empty map if it does not exist; a file has the relative path ''. */
export function readTree(path: string): Tree {
  const tree = new Map<string, string>();
  const visit = (place: string, name: string): void => {
    const found = fs.lstatSync(place, { throwIfNoEntry: false });
    if (found === undefined) return;
    if (found.isFile()) tree.set(name, fs.readFileSync(place, 'latin1'));
    else for (const entry of fs.readdirSync(place).sort()) visit(join(place, entry), join(name, entry));
  };
  visit(path, '');
  return tree;
}

/** Returns the other names in `directory`. Checks that they are temporary names of the target or its sidecar. */
export function temporaryNames(directory: string, target: string): readonly string[] {
  const others = fs.readdirSync(directory).filter((name) => name !== target && name !== `${target}.json`);
  for (const name of others) {
    const writer = parseWriter(name, target) ?? parseWriter(name, `${target}.json`);
    expect(writer, `${name} is not a temporary name`).not.toBeNull();
  }
  return others;
}

/** Target and sidecar. */
export interface State {
  readonly target: Tree;
  readonly sidecar: Tree;
}
/** Returns the files of the target now. */
export function stateOf(path: string): State {
  return { target: readTree(path), sidecar: readTree(`${path}.json`) };
}

/**
 * True if the target equals its state `before` or `after` the write, and the sidecar is absent or belongs to the same
 * state. If the target is absent, the sidecar may belong to either state.
 */
export function isComplete({ target, sidecar }: State, before: State, after: State): boolean {
  const states = [before, after].filter((state) => isDeepStrictEqual(target, state.target));
  if (target.size === 0) return states.length > 0 && [before, after].some((s) => isDeepStrictEqual(sidecar, s.sidecar));
  return states.some((state) => sidecar.size === 0 || isDeepStrictEqual(sidecar, state.sidecar));
}

/** Checks the files that a killed write has left. */
export function checkState(path: string, before: State, after: State, message: string): void {
  const state = stateOf(path);
  if (!isComplete(state, before, after))
    expect.fail(`${message}: ${[...state.target.keys(), ...state.sidecar.values()]}`);
}

const parallelChildren = 2;

/** Calls `act` for each number from 0 to count - 1. Several calls run at the same time. */
export async function forEachOf(count: number, act: (i: number) => Promise<void>): Promise<void> {
  let begun = 0;
  const worker = async (): Promise<void> => {
    while (begun < count) await act(begun++);
  };
  await Promise.all(Array.from({ length: parallelChildren }, worker));
}
