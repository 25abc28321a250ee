/**
 * Finds the engines that are available on this machine, for suites that run with each engine.
 * @module
 */
import * as fs from 'node:fs';
import * as os from 'node:os';
import { join } from 'node:path';
import { type Engine, engineNames } from '../../lib/core/generated/choices.js';
import { readSubset } from '../../lib/index.js';

export type { Engine };

/** Returns the reason why `engine` is unavailable in the temporary directory; null if it is available. */
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

/** Reason why each engine is unavailable; null if it is available. */
export const engineProblems = await probe();

/** Available engines. test/fault/engines.test.ts reports the others as skipped. */
export const engines: readonly Engine[] = engineNames.filter((engine) => engineProblems.get(engine) === null);

/** Engines that read everything with system calls, so that tests can inject faults into reads and delay them. */
export const readingEngines: readonly Engine[] = engines.filter((engine) => engine !== 'mmap' && engine !== 'auto');

/** Block size of direct reads. Only at the end of a file, a part of a block may be returned. */
export const directBlock = 512;
