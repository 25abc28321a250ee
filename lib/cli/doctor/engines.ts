/**
 * Tests each engine on a file: checks that it reads the right bytes, and reports what the library says about it.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withErrorsAbout } from '../../files/output-file.js';
import { readSubset } from '../../index.js';
import { describeError } from '../output/errors.js';
import { formatDuration } from '../output/numbers.js';
import { type Finding, plain } from './finding.js';

/** Shape of the test file, in bytes. */
const [rows, columns] = [256, 8192];

async function testEngine(path: string, engine: string, content: Uint8Array, signal: AbortSignal): Promise<Finding> {
  try {
    const options = { format: 'raw', dtype: 'uint8', shape: [rows, columns], engine, signal };
    // Selects every other column, for which mapped and read data take different code paths.
    const { data, stats } = await readSubset<'uint8'>(path, ':, ::2', options as Parameters<typeof readSubset>[2]);
    const wrong = data.findIndex((value, i) => value !== content[2 * i]);
    if (data.length !== content.length / 2 || wrong >= 0)
      return {
        ...plain(engine, 'reads wrong bytes', `the first at element ${wrong}; please report this bug`),
        judgement: 'bad',
      };
    const how = `${stats.engine}, ${formatDuration(stats.elapsedMs)} for 2 MiB`;
    // `uring-direct` is reported as `direct+uring`.
    const ran = stats.engine.split('+');
    const isItself = engine === 'auto' || engine.split('-').every((part) => ran.includes(part));
    return { ...plain(engine, how, stats.engineReason), judgement: isItself ? 'good' : 'mixed' };
  } catch (error) {
    signal.throwIfAborted();
    return { ...plain(engine, 'does not work', describeError(error).message), judgement: 'bad' };
  }
}

/**
 * Tests all `engines` on a temporary file of 2 MiB in `directory`.
 * @throws the system's error if the file cannot be written.
 */
export async function testEngines(
  directory: string,
  engines: readonly string[],
  signal: AbortSignal,
): Promise<Finding[]> {
  const folder = await withErrorsAbout(directory, mkdtemp(join(directory, 'posix-par-doctor-')));
  try {
    const path = join(folder, 'bytes.bin');
    const content = randomBytes(rows * columns);
    await withErrorsAbout(directory, writeFile(path, content));
    const findings: Finding[] = [];
    for (const engine of engines) findings.push(await testEngine(path, engine, content, signal));
    return findings;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
