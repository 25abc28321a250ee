/**
 * The engines that this machine has, for suites that every engine has to pass.
 * @module
 */
import * as fs from 'node:fs';
import * as os from 'node:os';
import { join } from 'node:path';
import { type Engine, engineNames } from '../../lib/core/generated/choices.js';
import { readSubset } from '../../lib/index.js';

export type { Engine };

/** Why `engine` can't be had in the folder of temporary files; null where it can. */
async function missing(engine: Engine, path: string): Promise<string | null> {
  const { stats } = await readSubset(path, null, { format: 'raw', dtype: 'float32', shape: [1 << 16], engine });
  if (engine === 'auto' || engine === 'mmap' || engine === 'pread') return null;
  const parts = stats.engine.split('+');
  const isThere =
    engine === 'uring-direct' ? parts.includes('uring') && parts.includes('direct') : parts.includes(engine);
  return isThere ? null : `${engine}: ${stats.engineReason}`;
}

async function probe(): Promise<ReadonlyMap<Engine, string | null>> {
  const folder = fs.mkdtempSync(join(os.tmpdir(), 'posix-par-engines-'));
  try {
    const path = join(folder, 'probe.raw');
    fs.writeFileSync(path, new Uint8Array(1 << 18));
    const found = new Map<Engine, string | null>();
    for (const engine of engineNames) found.set(engine, await missing(engine, path));
    return found;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** What each engine lacks here; null for nothing. */
export const engineProblems = await probe();

/** The engines that can be had here. test/fault/engines.test.ts reports the others as skipped. */
export const engines: readonly Engine[] = engineNames.filter((engine) => engineProblems.get(engine) === null);

/** Those that make system calls for all that they read, where faults can be injected and reads last as long as is wanted. */
export const readingEngines: readonly Engine[] = engines.filter((engine) => engine !== 'mmap' && engine !== 'auto');

/** Bytes of a block of direct reads, of which only the end of a file delivers a part. */
export const directBlock = 512;
