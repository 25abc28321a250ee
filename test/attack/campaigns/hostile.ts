/**
 * Reads hostile files that are made field by field: with wrong sizes, offsets, counts, types, shapes and names, with
 * cycles, overlaps and recursion.
 * @module
 */
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { openArray } from '../../../lib/index.js';
import { repairChecksum } from '../../support/seeds/hdf5.js';
import { tiledbSeeds } from '../../support/seeds/tiledb.js';
import { zarrSeeds } from '../../support/seeds/zarr.js';
import type { Campaign } from '../campaign.js';
import { examine } from '../examine.js';
import { hdf5Liar } from '../lies/hdf5.js';
import { headerLiars } from '../lies/headers.js';
import { jsonLiar } from '../lies/json.js';
import { kerchunkLiar } from '../lies/kerchunk.js';
import type { Lie } from '../lies/lie.js';
import { wordLiar } from '../lies/words.js';
import { pythonSeeds } from '../seed-files.js';

const maxRepairs = 6;

export const hostileCampaign: Campaign = {
  name: 'hostile',
  what: 'files whose fields lie: sizes, offsets, counts, types, names, cycles, recursion',
  weight: 4,
  quickCases: 2500,
  batchCases: 4000,
  // The rules of a kerchunk file may generate up to a million references. Expanding them takes up to this much time.
  caseCpuMs: 20_000,
  missing: () => null,
  async prepare({ folder }) {
    const fromPython = pythonSeeds(folder);
    const shards = zarrSeeds.filter(({ content }) => content[0] !== 0x7b);
    const liars = [
      jsonLiar,
      kerchunkLiar,
      ...headerLiars,
      hdf5Liar(),
      hdf5Liar(),
      wordLiar([...tiledbSeeds, ...shards]),
      ...(fromPython.length === 0 ? [] : [wordLiar(fromPython), wordLiar(fromPython)]),
    ];
    return async (test) => {
      const { random } = test;
      const liar = random.pick(liars);
      test.kind(liar.name);
      const lie = liar.lie(random);
      test.note(lie.what);
      const root = join(folder, 'case');
      fs.rmSync(root, { recursive: true, force: true });
      write(root, lie);
      const path = join(root, lie.path);
      if (/\.(h5|nc)$/.test(path) && random.below(4) !== 0) await repair(path);
      const array = random.pick(lie.arrays);
      await examine(test, path, array === null ? {} : { array });
    };
  },
};

function write(root: string, { files }: Lie): void {
  for (const [path, content] of Object.entries(files)) {
    fs.mkdirSync(dirname(join(root, path)), { recursive: true });
    fs.writeFileSync(join(root, path), content);
  }
}

/** Corrects wrong checksums: opens the file, corrects the checksum that the error names, and repeats this. */
async function repair(path: string): Promise<void> {
  for (let i = 0; i < maxRepairs; i += 1) {
    try {
      await using array = await openArray(path);
      await array.read(array.shape.map(() => 0));
      return;
    } catch (error) {
      const bytes = new Uint8Array(fs.readFileSync(path));
      if (!(error instanceof Error) || !repairChecksum(bytes, [error])) return;
      fs.writeFileSync(path, bytes);
    }
  }
}
