import { describe, expect, test } from 'vitest';
import { parseLustreLayout } from '../../../lib/storage/lustre.js';

/** Writes the structs of lustre_user.h field by field, in either byte order. */
class Layout {
  readonly #bytes: number[] = [];
  readonly #little: boolean;
  constructor(little = true) {
    this.#little = little;
  }
  #put(value: bigint, bytes: number): this {
    const digits = Array.from({ length: bytes }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
    this.#bytes.push(...(this.#little ? digits : digits.reverse()));
    return this;
  }
  u8 = (value: number) => this.#put(BigInt(value), 1);
  u16 = (value: number) => this.#put(BigInt(value), 2);
  u32 = (value: number) => this.#put(BigInt(value), 4);
  u64 = (value: bigint) => this.#put(value, 8);
  text(value: string, bytes: number): this {
    for (let i = 0; i < bytes; i++) this.u8(value.charCodeAt(i) || 0);
    return this;
  }
  blob(bytes: Uint8Array): this {
    this.#bytes.push(...bytes);
    return this;
  }
  get bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

interface Plain {
  readonly pattern?: number;
  readonly stripeBytes: number;
  readonly count: number;
  readonly osts: readonly number[];
  readonly pool?: string;
  readonly little?: boolean;
}

/** Creates a lov_user_md_v1, or a lov_user_md_v3 if a pool is given. */
function plain({ pattern = 1, stripeBytes, count, osts, pool, little = true }: Plain): Uint8Array {
  const layout = new Layout(little)
    .u32(pool === undefined ? 0x0bd10bd0 : 0x0bd30bd0)
    .u32(pattern)
    .u64(0x1a2bn) // lmm_oi
    .u64(0x200000401n)
    .u32(stripeBytes)
    .u16(count)
    .u16(3); // lmm_layout_gen
  if (pool !== undefined) layout.text(pool, 16);
  for (const ost of osts) layout.u64(0x77n).u64(0x100000000n).u32(0).u32(ost);
  return layout.bytes;
}

interface Entry {
  readonly id: number;
  readonly flags: number;
  readonly start: bigint;
  readonly end: bigint;
  readonly blob: Uint8Array;
}

/** Creates a lov_comp_md_v1 with its entries and their blobs. */
function composite(entries: readonly Entry[], mirrors = 0): Uint8Array {
  const header = 32 + 48 * entries.length;
  const total = entries.reduce((sum, { blob }) => sum + blob.length, header);
  const layout = new Layout().u32(0x0bd60bd0).u32(total).u32(7).u16(0).u16(entries.length).u16(mirrors);
  layout.u8(0).u8(0).u16(0).u16(0).u64(0n);
  let at = header;
  for (const { id, flags, start, end, blob } of entries) {
    layout.u32(id).u32(flags).u64(start).u64(end).u32(at).u32(blob.length).u32(0).u64(0n).u8(0).u8(0).u8(0).u8(0);
    at += blob.length;
  }
  for (const { blob } of entries) layout.blob(blob);
  return layout.bytes;
}

const end = 0xffffffffffffffffn;

describe('the layout of a file on Lustre', () => {
  test('v1: striped over four targets', () => {
    const layout = parseLustreLayout(plain({ stripeBytes: 1048576, count: 4, osts: [5, 2, 9, 0] }));
    expect(layout).toEqual({
      kind: 'v1',
      stripeBytes: 1048576,
      stripeCount: 4,
      mirrors: 1,
      components: [
        {
          start: 0,
          end: Infinity,
          stripeBytes: 1048576,
          stripeCount: 4,
          pattern: 'raid0',
          pool: '',
          osts: [5, 2, 9, 0],
          mirror: 0,
          initialised: true,
          stale: false,
        },
      ],
    });
  });

  test('v3: with a pool, overstriped', () => {
    const bytes = plain({ pattern: 0x201, stripeBytes: 4194304, count: 2, osts: [1, 1], pool: 'flash' });
    expect(parseLustreLayout(bytes)).toMatchObject({ kind: 'v3', stripeBytes: 4194304, stripeCount: 2 });
    expect(parseLustreLayout(bytes).components[0]).toMatchObject({
      pool: 'flash',
      pattern: 'raid0,overstriped',
      osts: [1, 1],
    });
  });

  test('the default layout of a directory: all targets, no objects', () => {
    const bytes = plain({ stripeBytes: 1048576, count: 0xffff, osts: [], pool: '' });
    expect(parseLustreLayout(bytes)).toMatchObject({ stripeCount: -1, components: [{ osts: [], pool: '' }] });
  });

  test('a big-endian host', () => {
    const bytes = plain({ stripeBytes: 65536, count: 2, osts: [3, 4], little: false });
    expect(parseLustreLayout(bytes)).toMatchObject({
      kind: 'v1',
      stripeBytes: 65536,
      stripeCount: 2,
      components: [{ osts: [3, 4] }],
    });
  });

  test('released to an archive', () => {
    const bytes = plain({ pattern: 0x80000001, stripeBytes: 1048576, count: 1, osts: [] });
    expect(parseLustreLayout(bytes).components[0]?.pattern).toBe('raid0,released');
  });

  test('composite: data on the metadata server, then one, four and (not written yet) all targets', () => {
    const layout = parseLustreLayout(
      composite([
        {
          id: 1,
          flags: 0x10,
          start: 0n,
          end: 65536n,
          blob: plain({ pattern: 0x100, stripeBytes: 65536, count: 0, osts: [] }),
        },
        {
          id: 2,
          flags: 0x10,
          start: 65536n,
          end: 134217728n,
          blob: plain({ stripeBytes: 1048576, count: 1, osts: [6] }),
        },
        {
          id: 3,
          flags: 0x10,
          start: 134217728n,
          end: 68719476736n,
          blob: plain({ stripeBytes: 4194304, count: 4, osts: [1, 2, 3, 4], pool: 'disk' }),
        },
        { id: 4, flags: 0, start: 68719476736n, end, blob: plain({ stripeBytes: 16777216, count: 0xffff, osts: [] }) },
      ]),
    );
    expect(layout).toMatchObject({ kind: 'composite', mirrors: 1, stripeBytes: 4194304, stripeCount: 4 });
    expect(
      layout.components.map(({ start, end: e, pattern, stripeCount }) => [start, e, pattern, stripeCount]),
    ).toEqual([
      [0, 65536, 'mdt', 0],
      [65536, 134217728, 'raid0', 1],
      [134217728, 68719476736, 'raid0', 4],
      [68719476736, Infinity, 'raid0', -1],
    ]);
    expect(layout.components.map(({ initialised }) => initialised)).toEqual([true, true, true, false]);
    expect(layout.components[2]).toMatchObject({ pool: 'disk', osts: [1, 2, 3, 4] });
  });

  test('composite: two mirrors, the second out of date', () => {
    const layout = parseLustreLayout(
      composite(
        [
          { id: 0x10001, flags: 0x10, start: 0n, end, blob: plain({ stripeBytes: 1048576, count: 2, osts: [0, 1] }) },
          { id: 0x20002, flags: 0x11, start: 0n, end, blob: plain({ stripeBytes: 2097152, count: 1, osts: [8] }) },
        ],
        1,
      ),
    );
    expect(layout).toMatchObject({ mirrors: 2, stripeBytes: 1048576, stripeCount: 2 });
    expect(layout.components.map(({ mirror, stale }) => [mirror, stale])).toEqual([
      [1, false],
      [2, true],
    ]);
  });

  test('foreign layouts have no stripes', () => {
    const bytes = new Layout().u32(0x0bd70bd0).u32(64).u32(1).u32(0).text('somewhere else', 64).bytes;
    expect(parseLustreLayout(bytes)).toEqual({
      kind: 'foreign',
      stripeBytes: null,
      stripeCount: null,
      mirrors: 1,
      components: [],
    });
  });

  test('damaged bytes give their consistent parts, and never throw', () => {
    const whole = composite([
      { id: 1, flags: 0x10, start: 0n, end: 65536n, blob: plain({ stripeBytes: 65536, count: 1, osts: [1] }) },
      {
        id: 2,
        flags: 0x10,
        start: 65536n,
        end,
        blob: plain({ stripeBytes: 65536, count: 2, osts: [1, 2], pool: 'p' }),
      },
    ]);
    for (let length = 0; length < whole.length; length++) {
      const layout = parseLustreLayout(whole.subarray(0, length));
      expect(layout.components.length).toBeLessThanOrEqual(2);
      if (length < 32) expect(layout.kind).toBe('unknown');
    }
    for (let at = 0; at < whole.length; at++) {
      const damaged = Uint8Array.from(whole);
      damaged[at] = 0xff;
      expect(parseLustreLayout(damaged).components.length).toBeLessThanOrEqual(4096);
    }
    expect(parseLustreLayout(plain({ stripeBytes: 1, count: 5000, osts: [1, 2] })).components[0]?.osts).toEqual([1, 2]);
  });

  test('a view into a larger buffer is parsed from its own start', () => {
    const inner = plain({ stripeBytes: 131072, count: 1, osts: [7], pool: 'x' });
    const outer = new Uint8Array(inner.length + 13);
    outer.set(inner, 13);
    expect(parseLustreLayout(outer.subarray(13))).toEqual(parseLustreLayout(inner));
  });
});
