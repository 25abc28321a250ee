/** Tests all format versions with generated arrays, because no available library writes all of them. */
import { describe, expect, test } from 'vitest';
import { tiledb } from '../../../../lib/formats/tiledb/tiledb.js';
import { runSync } from '../../../../lib/io/driver.js';
import { nodeSyncBackend } from '../../../../lib/io/node-backend.js';
import { directoryProbe } from '../../../support/probe.js';
import { readReference } from '../../../support/reference-reader.js';
import { TemporaryDirectory } from '../../../support/temporary.js';
import { type ArraySpec, cellValidity, cellValue, tiledbFiles } from '../../../support/tiledb-bytes.js';
import { decodeTile } from '../../../support/tiledb-tile.js';

const versions = Array.from({ length: 23 }, (_, i) => i + 1);

function specOf(version: number): ArraySpec {
  return {
    version,
    dimensions: [
      { name: 'y', lo: -3, hi: 9, extent: 4 },
      { name: 'x', lo: 2, hi: 12, extent: 5 },
    ],
    attributes: [{ name: 'v' }, { name: 'w%<', nullable: true }],
    tileOrder: version % 2 === 0 ? 'row' : 'column',
    cellOrder: version % 3 === 0 ? 'row' : 'column',
    fragments: [
      { time: 10, lo: [-2, 2], hi: [7, 12] },
      { time: 20, lo: [0, 6], hi: [3, 9] },
      { time: 30, lo: [9, 12], hi: [9, 12] },
    ],
  };
}

/** Returns the index of the newest fragment that contains the cell, or null. */
function newest({ fragments }: ArraySpec, x: readonly number[]): number | null {
  const f = fragments.findLastIndex(({ lo, hi }) => x.every((c, d) => c >= (lo[d] ?? 0) && c <= (hi[d] ?? 0)));
  return f < 0 ? null : f;
}

function expected(spec: ArraySpec, value: (f: number | null, x: readonly number[]) => number): number[] {
  const [y, x] = spec.dimensions;
  const out: number[] = [];
  for (let i = y?.lo ?? 0; i <= (y?.hi ?? -1); i++) {
    for (let j = x?.lo ?? 0; j <= (x?.hi ?? -1); j++) out.push(value(newest(spec, [i, j]), [i, j]));
  }
  return out;
}

describe('arrays of every format version', () => {
  const directory = new TemporaryDirectory();

  const open = (spec: ArraySpec, array: string, options: Record<string, unknown> = {}) => {
    const folder = `v${spec.version}`;
    for (const [name, bytes] of Object.entries(tiledbFiles(spec))) directory.write(`${folder}/${name}`, bytes);
    const probe = directoryProbe(directory.at(folder));
    return runSync(tiledb.open(probe, { array, options }), nodeSyncBackend);
  };

  test.each(versions)('format %i: the newest of overlapping fragments wins, the rest is the fill value', (version) => {
    const spec = specOf(version);
    for (const [k, { name }] of spec.attributes.entries()) {
      const array = open(spec, name);
      expect(array.shape).toEqual([13, 11]);
      expect(array.chunkShape).toEqual([4, 5]);
      expect(array.fillValue).toBe(version < 6 ? -(2 ** 31) : -7);
      expect(array.domain).toEqual([
        { lo: -3, hi: 9 },
        { lo: 2, hi: 12 },
      ]);
      const { bytes } = readReference(array, decodeTile);
      const fill = Number(array.fillValue);
      expect([...new Int32Array(bytes.buffer)]).toEqual(
        expected(spec, (f, x) => (f === null ? fill : cellValue(f, k, x))),
      );
    }
  });

  test.each(versions.filter((version) => version >= 7))('format %i: the validity is read with `part`', (version) => {
    const spec = specOf(version);
    const array = open(spec, 'w%<', { part: 'validity' });
    expect(array.dtype).toBe('bool');
    const { bytes } = readReference(array, decodeTile);
    expect([...bytes]).toEqual(expected(spec, (f, x) => (f === null ? 0 : cellValidity(f, x))));
    expect(() => open(spec, 'v', { part: 'validity' })).toThrow(/not nullable/);
  });

  test.each(versions)('format %i: `at` reads what was written until then', (version) => {
    const spec = specOf(version);
    const early = open(spec, 'v', { at: 19 });
    const { bytes } = readReference(early, decodeTile);
    const fill = Number(early.fillValue);
    const first = { ...spec, fragments: spec.fragments.slice(0, 1) };
    expect([...new Int32Array(bytes.buffer)]).toEqual(
      expected(first, (f, x) => (f === null ? fill : cellValue(f, 0, x))),
    );
  });

  test.each([0, 24, 2 ** 31])('format %i is refused with its number', (version) => {
    const spec = { ...specOf(22), version };
    expect(() => open(spec, 'v')).toThrow(/TileDB format/);
  });
});
