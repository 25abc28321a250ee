/**
 * Reads the texts or sequences of an untrusted file with the public functions, including native code.
 * @module
 */
import * as fs from 'node:fs';
import * as os from 'node:os';
import { dirname, join } from 'node:path';
import { isPosixParError, openSequences, openText } from '../../../lib/index.js';
import { guardMessage } from '../../../lib/io/guard.js';
import type { HostileCase, HostileFiles } from './case.js';
import type { Examination } from './examine.js';

/** Reads the complete array of a case that sets `reads`. Never throws. */
export async function readValues(
  files: HostileFiles,
  { path, array, reads, options = {} }: HostileCase,
): Promise<Pick<Examination, 'refusals' | 'surprises'>> {
  if (reads === undefined) return { refusals: [], surprises: [] };
  const folder = fs.mkdtempSync(join(os.tmpdir(), 'posix-par-'));
  try {
    for (const [name, content] of Object.entries(files)) {
      fs.mkdirSync(dirname(join(folder, name)), { recursive: true });
      fs.writeFileSync(join(folder, name), content);
    }
    const chosen = { ...options, ...(array === null ? {} : { array }) };
    const open = reads === 'text' ? openText : openSequences;
    await using handle = await open(join(folder, path), chosen);
    await handle.read();
    return { refusals: [], surprises: [] };
  } catch (error) {
    const text = String(error).replaceAll(folder, '').slice(0, 500);
    const isForeseen = isPosixParError(error) && !error.message.includes(guardMessage);
    return isForeseen ? { refusals: [text], surprises: [] } : { refusals: [], surprises: [text] };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
