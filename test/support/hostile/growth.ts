/**
 * Grows all fields of formats in processes with a small heap, which are killed if they hang.
 * @module
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { build } from 'esbuild';
import { beforeAll, expect, test } from 'vitest';
import { addonPath } from '../compiled.js';
import { TemporaryDirectory } from '../temporary.js';
import { type HostileFormat, hostileCases } from './hostile.js';
import type { Measured } from './measure.js';

/** Heap size of the processes in MiB, as on a small machine. */
const heapMib = 1024;
/** A process without output for this time is killed. The slowest field takes seconds. */
const silenceMs = 240_000;

const directory = new TemporaryDirectory();
const program = directory.at('measure.mjs');

interface Outcome {
  readonly measured: readonly Measured[];
  /** The field at which the process ended early; null if the process ended normally. */
  readonly lost: string | null;
  readonly stderr: string;
}

/** Runs a process that grows all fields of `format`. */
function grow(format: HostileFormat): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const options = ['--expose-gc', `--max-old-space-size=${heapMib}`];
    const child = spawn(process.execPath, [...options, program, format], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, POSIX_PAR_BINDING: addonPath, NODE_OPTIONS: '' },
    });
    let stdout = '';
    let stderr = '';
    const kill = (): void => {
      child.kill('SIGKILL');
    };
    let timer = setTimeout(kill, silenceMs);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      clearTimeout(timer);
      timer = setTimeout(kill, silenceMs);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      const lines = stdout.split('\n').filter((line) => line !== '');
      const measured: Measured[] = [];
      let begun: string | null = null;
      for (const line of lines) {
        const entry = JSON.parse(line) as Measured | { readonly begins: string };
        if ('begins' in entry) begun = entry.begins;
        else measured.push(entry);
      }
      resolve({ measured, lost: code === 0 ? null : begun, stderr: stderr.slice(0, 2000) });
    });
  });
}

/** Adds one test per format: time grows linearly, memory stays bounded, and all errors are those of this library. */
export function testGrowth(formats: readonly HostileFormat[]): void {
  beforeAll(async () => {
    await build({
      entryPoints: [join(import.meta.dirname, 'measure.ts')],
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      logLevel: 'silent',
    });
  });

  test.each(formats)('%s', { timeout: 1_200_000 }, async (format) => {
    const { measured, lost, stderr } = await grow(format);
    expect(lost, `the process hung or ran out of memory; ${stderr}`).toBeNull();
    expect(measured.map(({ name }) => name)).toEqual(hostileCases(format).map(({ name }) => name));
    const failed = measured.filter(({ complaints }) => complaints.length > 0);
    expect(failed.map(({ name, complaints }) => `${name}: ${complaints.join('; ')}`)).toEqual([]);
  });
}
