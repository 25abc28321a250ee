import { describe, expect, test } from 'vitest';
import { FormatError } from '../../../../lib/core/errors.js';
import { listArray } from '../../../../lib/formats/tiledb/commits.js';
import { runSync } from '../../../../lib/io/driver.js';
import { ByteWriter } from '../../../support/byte-writer.js';
import { MemoryBackend } from '../../../support/memory-backend.js';

const id = (n: number): string => n.toString(16).padStart(32, '0');
/** Returns the name of a fragment of format 22 with the timestamps `a` to `b`. */
const name = (a: number, b = a, n = a): string => `__${a}_${b}_${id(n)}_22`;
/** Returns the name of a schema or a metadata file. */
const plain = (a: number, b = a, n = a): string => `__${a}_${b}_${id(n)}`;
const lines = (...names: string[]): string => names.map((line) => `${line}\n`).join('');
const schema = { [`/a/__schema/${plain(1)}`]: '' };

function list(files: Readonly<Record<string, Uint8Array | string>>, start = 0n, end = 1_000n) {
  return runSync(listArray('/a', { start, end }), new MemoryBackend({ ...schema, ...files }));
}

function fragments(files: Readonly<Record<string, Uint8Array | string>>, start = 0n, end = 1_000n): string[] {
  return list(files, start, end).fragments.map(({ directory }) => directory);
}

describe('the fragments of an array', () => {
  test('ignore a folder without a commit file, which is an unfinished write', () => {
    expect(
      fragments({
        [`/a/__fragments/${name(2)}/a0.tdb`]: '',
        [`/a/__fragments/${name(3)}/a0.tdb`]: '',
        [`/a/__commits/${name(3)}.wrt`]: '',
      }),
    ).toEqual([`/a/__fragments/${name(3)}`]);
  });

  test('are sorted by timestamp, from both the old and the new location', () => {
    expect(
      fragments({
        [`/a/__commits/${name(30)}.wrt`]: '',
        [`/a/__commits/${name(4)}.wrt`]: '',
        [`/a/__20_20_${id(20)}_10/__fragment_metadata.tdb`]: '',
        [`/a/__20_20_${id(20)}_10.ok`]: '',
        [`/a/__21_21_${id(21)}_10/__fragment_metadata.tdb`]: '',
        [`/a/__3_3_${id(3)}/__fragment_metadata.tdb`]: '',
        [`/a/__${id(2)}_2/__fragment_metadata.tdb`]: '',
      }),
    ).toEqual([
      `/a/__${id(2)}_2`,
      `/a/__3_3_${id(3)}`,
      `/a/__fragments/${name(4)}`,
      `/a/__20_20_${id(20)}_10`,
      `/a/__fragments/${name(30)}`,
    ]);
  });

  test('are those of the consolidated commit files, except those of ignore files', () => {
    const old = `__6_6_${id(6)}_9`;
    expect(
      fragments({
        [`/a/__commits/${name(2, 9)}.con`]: lines(
          `__commits/${name(2)}.wrt`,
          `__commits/${name(3)}.wrt`,
          `${old}.ok`,
          `__commits/${name(9)}.wrt`,
        ),
        [`/a/__commits/${name(3)}.ign`]: lines(`__commits/${name(3)}.wrt`),
        [`/a/${old}/__fragment_metadata.tdb`]: '',
      }),
    ).toEqual([`/a/__fragments/${name(2)}`, `/a/${old}`, `/a/__fragments/${name(9)}`]);
  });

  test('are found in a consolidated commit file that contains delete conditions', () => {
    const condition = `\n__commits/${name(5)}.wrt\n`;
    const content = new ByteWriter()
      .text(`__commits/${name(2)}.wrt\n__commits/${name(4)}.del\n`)
      .i64(condition.length)
      .text(`${condition}__commits/${name(6)}.wrt\n`)
      .done();
    expect(fragments({ [`/a/__commits/${name(2, 6)}.con`]: content })).toEqual([
      `/a/__fragments/${name(2)}`,
      `/a/__fragments/${name(6)}`,
    ]);
  });

  test.each([
    ['relative', (n: string) => `__fragments/${n}`],
    ['absolute', (n: string) => `file:///data/a/__fragments/${n}`],
    ['relative to an old array', (n: string) => n],
  ])('exclude those of a vacuum file, by a location that is %s', (_, uri) => {
    expect(
      fragments({
        [`/a/__commits/${name(2)}.wrt`]: '',
        [`/a/__commits/${name(3)}.wrt`]: '',
        [`/a/__commits/${name(2, 3, 9)}.wrt`]: '',
        [`/a/__commits/${name(2, 3, 9)}.vac`]: lines(uri(name(2)), uri(name(3))),
      }),
    ).toEqual([`/a/__fragments/${name(2, 3, 9)}`]);
  });

  test('exclude those of a vacuum file at the old location', () => {
    const v = (a: number, b = a): string => `__${a}_${b}_${id(a + b)}_9`;
    const files = Object.fromEntries(
      [v(2), v(3), v(2, 3)].flatMap((n) => [
        [`/a/${n}/__fragment_metadata.tdb`, ''],
        [`/a/${n}.ok`, ''],
      ]),
    );
    expect(fragments({ ...files, [`/a/${v(2, 3)}.vac`]: lines(`file:///a/${v(2)}`, `file:///a/${v(3)}`) })).toEqual([
      `/a/${v(2, 3)}`,
    ]);
  });

  test('are the originals if the time window contains only a part of the consolidated time', () => {
    const files = {
      [`/a/__commits/${name(2)}.wrt`]: '',
      [`/a/__commits/${name(5)}.wrt`]: '',
      [`/a/__commits/${name(2, 5, 9)}.wrt`]: '',
      [`/a/__commits/${name(2, 5, 9)}.vac`]: lines(`__fragments/${name(2)}`, `__fragments/${name(5)}`),
    };
    expect(fragments(files, 0n, 5n)).toEqual([`/a/__fragments/${name(2, 5, 9)}`]);
    expect(fragments(files, 0n, 4n)).toEqual([`/a/__fragments/${name(2)}`]);
    expect(fragments(files, 3n, 9n)).toEqual([`/a/__fragments/${name(5)}`]);
  });

  test('do not include files with other names', () => {
    expect(
      fragments({
        '/a/__commits/notes.wrt': '',
        [`/a/__commits/../${name(2)}.wrt`]: '',
        '/a/__lock.tdb': '',
        '/a/__labels/x': '',
        '/a/__fragment_meta/x.meta': '',
        '/a/readme': '',
      }),
    ).toEqual([]);
  });
});

describe('the schema', () => {
  const files = {
    '/a/__array_schema.tdb': '',
    [`/a/__schema/${plain(10)}`]: '',
    [`/a/__schema/${plain(9)}`]: '',
    [`/a/__schema/${plain(300)}`]: '',
    '/a/__schema/__enumerations/x': '',
  };

  test('is the newest in the time window; the schema of old formats is older than all others', () => {
    expect(list(files).schema).toBe(plain(300));
    expect(list(files, 0n, 299n).schema).toBe(plain(10));
    expect(list(files).schemas).toEqual(['__array_schema.tdb', plain(1), plain(9), plain(10), plain(300)]);
  });

  test('is the oldest if the time window ends before all', () => {
    expect(list({ [`/a/__schema/${plain(10)}`]: '' }, 0n, 0n).schema).toBe(plain(1));
    expect(list(files, 0n, 0n).schema).toBe('__array_schema.tdb');
  });

  test('is required', () => {
    const backend = new MemoryBackend({ '/a/x': '' });
    expect(() => runSync(listArray('/a', { start: 0n, end: 1n }), backend)).toThrow(FormatError);
  });
});

describe('user metadata', () => {
  test('is sorted oldest first, without files that were consolidated', () => {
    const { metadata } = list({
      [`/a/__meta/${plain(5)}`]: '',
      [`/a/__meta/${plain(30)}`]: '',
      [`/a/__meta/${plain(2)}`]: '',
      [`/a/__meta/${plain(2, 5, 9)}`]: '',
      [`/a/__meta/${plain(2, 5, 9)}.vac`]: lines(`file:///a/__meta/${plain(2)}`, `__meta/${plain(5)}`),
      [`/a/__meta/${plain(6)}.tmp`]: '',
    });
    expect(metadata).toEqual([`/a/__meta/${plain(2, 5, 9)}`, `/a/__meta/${plain(30)}`]);
  });
});
