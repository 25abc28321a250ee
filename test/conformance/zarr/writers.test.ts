/** Tests reads while another program writes: each chunk is complete (old or new) or absent. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as readline from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isPosixParError, openArray } from '../../../lib/index.js';
import { pythonInterpreter, pythonMissing } from '../../support/python.js';
import { testSeed } from '../../support/random.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const seed = testSeed();
const side = 96;
const reads = 1_000;

/** Returns the version of the chunk with corner (row, column); null if versions are mixed. */
function versionOf(
  data: Int32Array,
  versions: readonly Int32Array[],
  row: number,
  column: number,
  shape: readonly [number, number],
): number | null {
  const [rows, columns] = shape;
  for (const [v, version] of versions.entries()) {
    let same = true;
    for (let r = row; r < row + rows && same; r += 1) {
      for (let c = column; c < column + columns && same; c += 1) same = data[r * side + c] === version[r * side + c];
    }
    if (same) return v;
  }
  return null;
}

describe.skipIf(pythonMissing !== null)(
  `reads while a program rewrites chunks by rename ${pythonMissing ?? ''}`.trim(),
  () => {
    it('return only complete chunks 1,000 times, with and without shards', async () => {
      const folder = new TemporaryDirectory().path;
      const writer = spawn(pythonInterpreter, ['test/conformance/zarr/rewrite.py', folder, String(seed)], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      onTestFinished(() => {
        writer.stdin.end();
      });
      const lines = readline.createInterface({ input: writer.stdout })[Symbol.asyncIterator]();
      expect((await lines.next()).value).toBe('ready');
      const written = [0, 1].map((v) => new Int32Array(fs.readFileSync(`${folder}/${v}.bin`).buffer));
      const versions = [...written, new Int32Array(side * side)];
      await using plain = await openArray(`${folder}/plain`);
      await using sharded = await openArray(`${folder}/sharded`);
      const seen = [0, 0, 0];
      const last = new Map<string, number>();
      let changes = 0;
      let failed = 0;
      // Continues until each version was read in 100 chunks and 200 changes were seen, even if the writer is slow.
      for (let i = 0; i < reads || changes < 200 || Math.min(...seen) < 100; i += 1) {
        const [array, shape] = i % 2 === 0 ? [plain, [24, 32] as const] : [sharded, [8, 16] as const];
        // On a busy machine, files may be replaced during each of the attempts of a read. Then it fails.
        const result = await (async () => (i % 4 < 2 ? await array.read() : array.readSync()))().catch(
          (error: unknown) => {
            if (isPosixParError(error, 'ReadError') && error.code === 'ECHANGED') return null;
            throw error;
          },
        );
        if (result === null) {
          failed += 1;
          expect(failed).toBeLessThan(reads / 100);
          continue;
        }
        const { data } = result;
        if (!(data instanceof Int32Array)) throw new Error('Expected int32');
        for (let row = 0; row < side; row += shape[0]) {
          for (let column = 0; column < side; column += shape[1]) {
            const version = versionOf(data, versions, row, column, shape);
            if (version === null)
              throw new Error(`POSIX_PAR_SEED=${seed}: read ${i} mixes versions in chunk ${row}, ${column}`);
            seen[version] = (seen[version] ?? 0) + 1;
            const chunk = `${i % 2}/${row}/${column}`;
            if ((last.get(chunk) ?? version) !== version) changes += 1;
            last.set(chunk, version);
          }
        }
      }
      writer.stdin.end();
      const replaced = Number((await lines.next()).value);
      await once(writer, 'close');
      expect(replaced).toBeGreaterThan(1);
    }, 300_000);
  },
);
