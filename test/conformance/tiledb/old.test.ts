/**
 * Reads arrays of seven formats from 2 to 21 that old TileDB libraries wrote (docs/formats/tiledb.md). They are
 * unpacked from the fixture. The expected values are the arrays of NumPy that were passed to these libraries.
 */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { dtypeInfo } from '../../../lib/core/dtype.js';
import { type DType, openArray, openGroup } from '../../../lib/index.js';
import { sameBytes } from '../../support/byte-writer.js';
import { pickBytes, Random, randomSelection, testSeed } from '../../support/random.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const fixture = fileURLToPath(new URL('../../fixtures/tiledb-old.tar.gz', import.meta.url));
/** Time at which the arrays are opened: later than all fragments, so that the clock of the machine does not matter. */
const at = Date.UTC(2100, 0);

interface Entry {
  readonly attribute: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

describe('TileDB arrays of old formats', () => {
  const directory = new TemporaryDirectory();
  execFileSync('tar', ['xzf', fixture, '-C', directory.path]);
  const manifest: Readonly<Record<string, Entry>> = JSON.parse(fs.readFileSync(directory.at('manifest.json'), 'utf8'));
  const names = Object.keys(manifest);

  test('the fixture contains all arrays', () => {
    expect(names).toHaveLength(39);
  });

  test('have many formats', async () => {
    const versions = new Set<unknown>();
    for (const name of names) {
      await using array = await openArray(directory.at(name), { at });
      versions.add((array.attributes['tiledb'] as { formatVersion: number }).formatVersion);
    }
    expect(versions).toEqual(new Set([2, 6, 10, 15, 17, 19, 21]));
  });

  const seed = testSeed();
  console.log(`POSIX_PAR_SEED=${seed}`);

  test.each(names)('%s has the written values', async (name) => {
    const { attribute, shape, dtype } = manifest[name] as Entry;
    const npy = fs.readFileSync(directory.at(`${name}.npy`));
    const expected = npy.subarray(10 + npy.readUInt16LE(8));
    await using array = await openArray(directory.at(name), { array: attribute, at });
    expect(array.shape).toEqual(shape);
    expect(array.dtype).toBe(dtype);
    const { data } = await array.read();
    expect(sameBytes(new Uint8Array(data.buffer), expected)).toBe(true);
    const random = new Random(seed);
    for (let i = 0; i < 20; i++) {
      const selection = randomSelection(random, shape);
      const part = await array.read(selection.entries);
      expect(part.shape).toEqual(selection.shape);
      const wanted = pickBytes(expected, shape, dtypeInfo(dtype).size, selection.indices);
      expect(sameBytes(new Uint8Array(part.data.buffer), wanted), JSON.stringify(selection.entries)).toBe(true);
    }
  });

  test('the members of a group from before TileDB 2.8 are the folders in it', async () => {
    const [first = ''] = names;
    const { attribute, shape } = manifest[first] as Entry;
    const root = directory.at('group');
    for (const folder of ['', 'sub', 'sub/empty', 'other']) fs.mkdirSync(`${root}/${folder}`, { recursive: true });
    for (const folder of ['', 'sub/', 'sub/empty/']) fs.writeFileSync(`${root}/${folder}__tiledb_group.tdb`, '');
    fs.cpSync(directory.at(first), `${root}/sub/array`, { recursive: true });
    const group = await openGroup(root);
    expect(await group.children()).toEqual([{ name: 'sub', kind: 'group' }]);
    const sub = await group.openGroup('sub');
    expect(await sub.children()).toEqual([
      { name: 'array', kind: 'array' },
      { name: 'empty', kind: 'group' },
    ]);
    await using array = await openArray(`${root}#sub/array/${attribute}`, { at });
    expect(array.shape).toEqual(shape);
    await expect(sub.openArray('none')).rejects.toThrow(
      /Expected one of 'array', 'empty' in the group, received 'none'/,
    );
    await expect(sub.openArray('empty/a')).rejects.toThrow(/a group with a member 'a', found one without members/);
  });
});
