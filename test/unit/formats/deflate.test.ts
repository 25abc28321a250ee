import * as fs from 'node:fs';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { FormatError } from '../../../lib/core/errors.js';
import { type LookupKindName, lookupKinds } from '../../../lib/core/generated/lookup.js';
import { cutIntoPieces, groupNumbers, groupPieces, pieceNumbers } from '../../../lib/formats/deflate/pieces.js';
import { openArray, readSubset, saveIndex, slice } from '../../../lib/index.js';
import { binding } from '../../../lib/native/binding.js';
import { countingBytes } from '../../support/byte-writer.js';
import { nifti1Header, nifti2Header, niftiFile } from '../../support/nifti-bytes.js';
import { npyBytes, npyDict, zipBytes } from '../../support/npy-bytes.js';
import { Random, testSeed } from '../../support/random.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const temporary = new TemporaryDirectory();
const seed = testSeed();

/** Returns bytes that deflate can compress to about half their size. */
function noisyBytes(length: number): Uint8Array {
  const random = new Random(5);
  return Uint8Array.from({ length }, () => random.below(16));
}

const voxels = noisyBytes(3 * 1024 * 1024);
const volume = niftiFile(nifti1Header({ dim: [3, 1024, 1024, 3, 1, 1, 1, 1], datatype: 2 }), 352, voxels);
let count = 0;

/** Writes a gzip-compressed NIfTI file. `change` can modify the compressed bytes before they are written. */
function write(change: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes): string {
  count += 1;
  return temporary.write(`${count}.nii.gz`, change(gzipSync(volume)));
}

describe('pieces of a compressed array', () => {
  it(`are runs of its bytes, in order, seed ${seed}`, () => {
    const random = new Random(seed);
    for (let round = 0; round < 300; round++) {
      const rank = 1 + random.below(4);
      const shape = Array.from({ length: rank }, () => 1 + random.below(random.pick([3, 50, 3000])));
      const size = random.pick([1, 2, 4, 8, 16]);
      const forward = shape.map((_, d) => d);
      const axisOrder = random.below(2) === 0 ? forward : forward.reverse();
      const { chunkShape, grid, pieces } = cutIntoPieces(shape, axisOrder, size);
      const total = shape.reduce((product, extent) => product * extent, size);
      expect(pieces.runs * pieces.runBytes).toBe(total);
      expect(pieces.pieceBytes).toBe(chunkShape.reduce((product, extent) => product * extent, size));
      const perRun = Math.ceil(pieces.runBytes / pieces.pieceBytes);
      expect(grid.reduce((product, extent) => product * extent, 1)).toBe(pieces.runs * perRun);
      expect(pieces.runs * perRun).toBeLessThan(65536);
      const all = grid.map((extent) => Array.from({ length: extent }, (_, i) => i));
      const numbers = pieceNumbers(all, grid, axisOrder);
      expect(Uint32Array.from(numbers).sort()).toEqual(Uint32Array.from(numbers, (_, i) => i));
    }
  });

  it('have about 256 KiB, and at most a few thousand are made', () => {
    expect(cutIntoPieces([300, 1000, 1000], [0, 1, 2], 1).pieces).toEqual({
      runs: 300,
      runBytes: 1e6,
      pieceBytes: 25e4,
    });
    expect(cutIntoPieces([2, 5_000_000], [0, 1], 1).pieces).toEqual({ runs: 2, runBytes: 5e6, pieceBytes: 25e4 });
    const huge = cutIntoPieces([1e6, 1e6], [1, 0], 4).pieces;
    expect(huge.runs * Math.ceil(huge.runBytes / huge.pieceBytes)).toBeLessThan(10_000);
  });
});

describe('groups of pieces', () => {
  const wholeOf = (shape: readonly number[]) => [shape.map(() => 0), shape] as const;

  it(`contain all pieces, in the order of the stream, seed ${seed}`, () => {
    const random = new Random(seed);
    let grouped = 0;
    for (let round = 0; round < 2000; round++) {
      const rank = 2 + random.below(3);
      const shape = Array.from({ length: rank }, () => 1 + random.below(random.pick([3, 50, 700])));
      const size = random.pick([1, 2, 4, 8]);
      const axisOrder = shape.map((_, d) => d).reverse();
      const cut = cutIntoPieces(shape, axisOrder, size);
      const groups = groupPieces(cut, shape, axisOrder, size, ...wholeOf(shape));
      if (groups === null) continue;
      grouped += 1;
      const { chunkShape, factors } = groups;
      expect(chunkShape.reduce((product, extent) => product * extent, size)).toBeLessThanOrEqual(16 * 1024 * 1024);
      const box = shape.map((extent, d) =>
        Array.from({ length: Math.ceil(extent / (chunkShape[d] ?? 1)) }, (_, i) => i),
      );
      const { first, last } = groupNumbers(box, { grid: cut.grid, factors, axisOrder });
      const inOrder = [...first.keys()].sort((a, b) => (first[a] ?? 0) - (first[b] ?? 0));
      let next = 0;
      for (const i of inOrder) {
        expect(first[i]).toBe(next);
        next = (last[i] ?? 0) + 1;
      }
      expect(next).toBe(cut.grid.reduce((product, extent) => product * extent, 1));
    }
    expect(grouped).toBeGreaterThan(50);
  });

  it('are small if rows of pieces are long, and are not made if a read needs a small part of them', () => {
    const shape = [512, 512, 680];
    const order = [2, 1, 0];
    const cut = cutIntoPieces(shape, order, 2);
    expect(groupPieces(cut, shape, order, 2, ...wholeOf(shape))).toEqual({
      chunkShape: [512, 512, 31],
      factors: [1, 2, 31],
    });
    expect(groupPieces(cut, shape, order, 2, [0, 0, 0], [512, 512, 60])).toBeNull();
    expect(groupPieces(cut, shape, order, 2, [0, 0, 0], [512, 100, 680])).toBeNull();
    const forward = [0, 1, 2];
    expect(groupPieces(cutIntoPieces(shape, forward, 2), shape, forward, 2, ...wholeOf(shape))).toEqual({
      chunkShape: [1, 512, 680],
      factors: [1, 3, 1],
    });
    const large = [4, 50_000_000];
    expect(groupPieces(cutIntoPieces(large, [0, 1], 8), large, [0, 1], 8, ...wholeOf(large))).toEqual({
      chunkShape: [1, 97_562],
      factors: [1, 2],
    });
  });
});

describe('a compressed array', () => {
  it('has the same elements if its pieces are decoded in groups', async () => {
    const planes = 70;
    const plane = 1024 * 1024;
    const elements = new Uint8Array(planes * plane);
    for (let z = 0; z < planes; z++) {
      elements.set(voxels.subarray(z, z + plane), z * plane);
      elements.fill(z, z * plane + 100, z * plane + 900_000); // Makes compression fast.
    }
    const header = nifti1Header({ dim: [3, 1024, 1024, planes, 1, 1, 1, 1], datatype: 2 });
    const path = temporary.write('groups.nii.gz', gzipSync(niftiFile(header, 352, elements), { level: 1 }));
    await using array = await openArray(path);
    const countWrong = (data: ArrayLike<number>, zs: readonly number[]): number => {
      let wrong = 0;
      for (let i = 0, x = 0; x < 1024; x++) {
        for (let y = 0; y < 1024; y++) {
          for (const z of zs) if (data[i++] !== elements[z * plane + y * 1024 + x]) wrong += 1;
        }
      }
      return wrong;
    };
    const all = Array.from({ length: planes }, (_, z) => z);
    const whole = await array.read();
    expect(whole.stats).toMatchObject({ chunks: 5, bytesDecoded: elements.length });
    expect(array.explain().chunks).toBe(5);
    expect(countWrong(whole.data as Uint8Array, all)).toBe(0);
    const some = all.filter((z) => z % 9 === 4);
    const { data, stats } = await array.read([null, null, some]);
    expect(stats.chunks).toBe(4 * some.length);
    expect(countWrong(data as Uint8Array, some)).toBe(0);
  }, 60_000);

  it('is explained without decoding it, with estimates until restart points are known', async () => {
    const lookup = vi.spyOn(binding(), 'lookup');
    const decodes = (): number =>
      lookup.mock.calls.filter(([number]) => ['firstPass', 'inflate'].includes(lookupKinds[number] ?? '')).length;
    await using array = await openArray(write());
    const size = fs.statSync(array.path).size;
    const plane = [null, 5, 2] as const;
    const header = decodes(); // Opening decodes the header.
    const before = [array.explain(plane), await array.explainAsync(plane), array.explain()];
    const many = await array.explainMany([plane, plane]);
    expect(decodes()).toBe(header);
    for (const plan of [...before, many]) {
      expect(plan.note).toMatch(/the first read decodes the compressed stream/);
      expect(plan.bytesToRead).toBe(size);
    }
    expect(before[0]).toMatchObject({ shape: [1024], bytesRequested: 1024, covered: true, codecs: ['deflate'] });
    const { stats } = await array.read(plane);
    const after = array.explain(plane);
    expect(after).toMatchObject({ note: null, chunks: stats.chunks, extents: stats.extents });
    expect(after.bytesToRead).toBeLessThan(size / 2);
    lookup.mockRestore();
  });

  it('is decoded once by a read of the whole array, which records the restart points', async () => {
    const lookup = vi.spyOn(binding(), 'lookup');
    const count = (kind: LookupKindName): number =>
      lookup.mock.calls.filter(([number]) => lookupKinds[number] === kind).length;
    for (const isSync of [true, false]) {
      lookup.mockClear();
      await using array = await openArray(write());
      const size = fs.statSync(array.path).size;
      const whole = isSync ? array.readSync() : await array.read();
      expect(whole.stats).toMatchObject({ chunks: 12, bytesDecoded: voxels.length });
      expect(whole.stats.bytesRead).toBeGreaterThan(size * 0.99);
      expect(whole.stats.bytesRead).toBeLessThanOrEqual(size);
      expect(whole.data[1024 * 3]).toBe(voxels[1]);
      expect(whole.data[2]).toBe(voxels[2 * 1024 * 1024]);
      const { data, stats } = await array.read([null, 5, 2]);
      expect(stats.bytesRead).toBeLessThan(size / 2);
      expect([count('firstPass'), count('inflate')]).toEqual([1, 0]);
      expect(data[7]).toBe(voxels[2 * 1024 * 1024 + 5 * 1024 + 7]);
    }
    lookup.mockRestore();
  });

  it('is decoded again if the read that decodes it first is aborted', async () => {
    await using array = await openArray(write());
    const controller = new AbortController();
    const read = array.read(null, { signal: controller.signal, onProgress: () => controller.abort() });
    await read.catch(() => null);
    const { data } = await array.read();
    expect(data[1024 * 3]).toBe(voxels[1]);
    expect(data[2]).toBe(voxels[2 * 1024 * 1024]);
  });

  it('may be read as a whole by several reads at the same time', async () => {
    await using array = await openArray(write());
    const results = await Promise.all([array.read(), array.read(), array.read([0, null, 1]), array.read()]);
    const [first, second, row, last] = results.map(({ data }) => [...(data as Uint8Array)]);
    expect([first?.[1024 * 3], first?.[2]]).toEqual([voxels[1], voxels[2 * 1024 * 1024]]);
    expect([row?.length, row?.[9]]).toEqual([1024, voxels[1024 * 1024 + 9 * 1024]]);
    for (const other of [second, last]) expect(other?.every((value, i) => value === first?.[i])).toBe(true);
  });

  it('is decoded from the nearest restart point', async () => {
    await using array = await openArray(write());
    expect(array.chunkShape).toEqual([1024, 256, 1]);
    await array.read([0, 0, 0]);
    const { data, stats } = await array.read([null, null, 2]);
    expect(stats.chunks).toBe(4);
    expect(stats.bytesDecoded).toBe(1024 * 1024);
    expect(stats.bytesRead).toBeLessThan(fs.statSync(array.path).size / 2);
    // x varies fastest in the file and slowest in the result.
    const slab = voxels.subarray(2 * 1024 * 1024);
    for (const [x, y] of [
      [0, 0],
      [1, 0],
      [0, 1],
      [1023, 1023],
      [17, 900],
    ] as const) {
      expect(data[x * 1024 + y]).toBe(slab[x + 1024 * y]);
    }
  });

  it('reports damage with file and offset, for every way of reading', async () => {
    const flip = (at: number) => (bytes: Uint8Array) => {
      const copy = Uint8Array.from(bytes);
      copy[at < 0 ? copy.length + at : at] = (copy[at < 0 ? copy.length + at : at] ?? 0) ^ 0x55;
      return copy;
    };
    for (const change of [flip(500_000), flip(-1), flip(-5), (bytes: Uint8Array) => bytes.subarray(0, -9)]) {
      const path = write(change);
      await using array = await openArray(path);
      const failure = await array.read().catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(FormatError);
      expect(failure).toMatchObject({ path, offset: expect.any(Number) });
      expect((failure as FormatError).offset).toBeGreaterThan(400_000);
      expect(() => array.readSync([0, 0, 0])).toThrow(FormatError);
    }
  });

  it('is refused without a first pass if the stream cannot hold it', async () => {
    const dim = [3, 30_000, 30_000, 30_000, 1, 1, 1, 1];
    const path = temporary.write('bomb.nii.gz', gzipSync(niftiFile(nifti2Header({ dim }), 544, countingBytes(64))));
    await expect(openArray(path)).rejects.toThrow(/Expected 54000000000000 bytes/);
  });

  it('compares size and checksum with the directory of the archive', async () => {
    const npy = npyBytes(npyDict('|u1', false, [1_000_000]), noisyBytes(1_000_000));
    const member = { name: 'a.npy', content: deflateRawSync(npy), decoded: npy, method: 8 };
    const sound = temporary.write('sound.npz', zipBytes([member]));
    expect((await readSubset(sound, [slice(5, 9)])).data).toEqual(noisyBytes(9).subarray(5));
    const other = Uint8Array.from(npy);
    other[999_999] = 77;
    for (const decoded of [other, npy.subarray(0, -1), Buffer.concat([npy, Uint8Array.of(1)])]) {
      const path = temporary.write('other.npz', zipBytes([{ ...member, decoded }]));
      await expect(readSubset(path, [0])).rejects.toThrow(FormatError);
    }
  });

  it('ends the first pass if it is aborted', async () => {
    await using array = await openArray(write());
    const controller = new AbortController();
    const read = array.read(null, { signal: controller.signal });
    controller.abort();
    await expect(read).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
    expect((await array.read([0, 0, 0])).data[0]).toBe(voxels[0]);
  });
});

describe('a saved index of a compressed file', () => {
  it('saves the first pass: a part is read although the rest is damaged', async () => {
    const path = write();
    const time = new Date(1_700_000_000_000);
    fs.utimesSync(path, time, time);
    await saveIndex(path);
    const bytes = fs.readFileSync(path);
    bytes[bytes.length - 1000] = (bytes[bytes.length - 1000] ?? 0) ^ 0x55;
    fs.writeFileSync(path, bytes);
    fs.utimesSync(path, time, time);
    await using array = await openArray(path);
    expect((await array.read([5, 0, 0])).data[0]).toBe(voxels[5]);
    await expect(array.read()).rejects.toThrow(expect.objectContaining({ name: 'CodecError', path }));
    await expect(readSubset(path, [5, 0, 0], { savedIndex: 'none' })).rejects.toThrow(FormatError);
  });

  it('is read only as far as a read needs it', async () => {
    const path = write();
    const { path: index, bytes } = await saveIndex(path);
    const lookup = vi.spyOn(binding(), 'lookup');
    const without = vi.spyOn(binding(), 'lookup_without_waiting');
    const added = vi.spyOn(binding(), 'add_deflate_windows');
    await using array = await openArray(path);
    const { data } = await array.read([null, slice(300, 310), 1]);
    expect(data[10 * 5 + 2]).toBe(voxels[1024 * 1024 + 302 * 1024 + 5]);
    expect(added.mock.calls.map(([, first, window]) => [first, window.length])).toEqual([[5, 32768]]);
    await array.read([null, slice(250, 600), 1]);
    expect(added.mock.calls.slice(1).map(([, first, window]) => [first, window.length])).toEqual([
      [4, 32768],
      [6, 32768],
    ]);
    await array.read([3, 256, 1]);
    expect(added).toHaveBeenCalledTimes(3);
    const inflates = lookup.mock.calls.filter(([kind]) => lookupKinds[kind] === 'inflate');
    expect(inflates).toEqual([]);
    for (const spy of [lookup, without, added]) spy.mockRestore();
    // A complete index can be saved from a handle that has loaded a part of it.
    const first = fs.readFileSync(index);
    expect((await saveIndex(path)).bytes).toBe(bytes);
    expect(fs.readFileSync(index).equals(first)).toBe(true);
  });

  it('may be replaced or damaged while an array is open', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const changes = [
      (bytes: Buffer) => bytes.fill(1, bytes.length - 40_000),
      (bytes: Buffer) => bytes.subarray(0, bytes.length - 40_000),
      () => null,
    ];
    for (const change of changes) {
      const path = write();
      const { path: index } = await saveIndex(path);
      await using array = await openArray(path);
      expect((await array.read([9, 0, 0])).data[0]).toBe(voxels[9]);
      const changed = change(fs.readFileSync(index));
      if (changed === null) fs.rmSync(index);
      else fs.writeFileSync(index, changed);
      warn.mockClear();
      expect((await array.read([9, 1000, 2])).data[0]).toBe(voxels[2 * 1024 * 1024 + 1000 * 1024 + 9]);
      expect(warn).toHaveBeenCalledTimes(1);
      expect(array.readSync([8, 300, 1]).data[0]).toBe(voxels[1024 * 1024 + 300 * 1024 + 8]);
      expect(warn).toHaveBeenCalledTimes(1);
    }
    warn.mockRestore();
  });

  it('is ignored with a warning if it is outdated, damaged or of another file', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const path = write();
    const { path: index } = await saveIndex(path);
    const good = fs.readFileSync(index);
    const whole = Buffer.from((await readSubset(path, null, { savedIndex: 'none' })).data.buffer);
    /** Reads from all pieces, so all windows are needed, and then the whole array. */
    const same = async (): Promise<void> => {
      await using array = await openArray(path);
      for (let piece = 0; piece < 12; piece++) {
        const [y, z] = [(piece % 4) * 256, Math.floor(piece / 4)];
        expect((await array.read([7, y, z])).data[0]).toBe(voxels[z * 1024 * 1024 + y * 1024 + 7]);
      }
      expect(Buffer.from((await array.read()).data.buffer).equals(whole)).toBe(true);
    };
    await same();
    expect(warn).not.toHaveBeenCalled();
    const random = new Random(seed);
    for (let round = 0; round < 20; round++) {
      const damaged = Buffer.from(good);
      const at = random.below(damaged.length);
      damaged[at] = (damaged[at] ?? 0) ^ (1 + random.below(255));
      fs.writeFileSync(index, round % 4 === 0 ? good.subarray(0, at) : damaged);
      warn.mockClear();
      await same();
      expect(warn, `round ${round}, byte ${at}, seed ${seed}`).toHaveBeenCalled();
    }
    fs.writeFileSync(index, good);
    fs.utimesSync(path, new Date(), new Date(1_600_000_000_000));
    warn.mockClear();
    await same();
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('modified since it was saved'), 'PosixParWarning');
    warn.mockRestore();
  });
});
