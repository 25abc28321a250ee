import { describe, expect, it } from 'vitest';
import { ChoiceError, FormatError, isPosixParError, UnsupportedError } from '../../../lib/core/errors.js';
import { ByteWriter, countingBytes } from '../../support/byte-writer.js';
import { openPath } from '../../support/open.js';
import { readReference } from '../../support/reference-reader.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const temporary = new TemporaryDirectory();
const header = new Uint8Array(40);

describe('the raw format', () => {
  it('reads data described by the caller: offset, Fortran order, big-endian', () => {
    // The values of a 2 × 3 array with the first index fastest. Its columns are (1, 2), (3, 4) and (5, 6).
    const file = new ByteWriter('big').bytes(header).f32(1, 2, 3, 4, 5, 6).done();
    const path = temporary.write('dump.bin', file);
    const array = openPath(path, {
      format: 'raw',
      options: { dtype: 'float32', shape: [2, 3], order: 'F', offset: 40, byteOrder: 'big' },
    });
    expect(array).toMatchObject({ format: 'raw', name: '', shape: [2, 3], dtype: 'float32', chunkShape: [2, 3] });
    expect(array.guardedFiles).toEqual([path]);
    expect(new Float32Array(readReference(array).bytes.buffer)).toEqual(Float32Array.of(1, 3, 5, 2, 4, 6));
  });

  it('defaults to C order, little-endian and offset 0', () => {
    const path = temporary.write('plain.bin', new ByteWriter().i16(1, 2, 3, 4, 99).done());
    const array = openPath(path, { format: 'raw', options: { dtype: 'int16', shape: [2, 2] } });
    expect(new Int16Array(readReference(array).bytes.buffer)).toEqual(Int16Array.of(1, 2, 3, 4));
  });

  it('recognises a file by its sidecar, and reads attributes from it', () => {
    const path = temporary.write('side.bin', new ByteWriter().u8(7).i16(5, 6).done());
    const sidecar = { dtype: 'int16', shape: [2], offset: 1, attributes: { units: 'm' }, dimensionNames: ['x'] };
    temporary.write('side.bin.json', JSON.stringify(sidecar));
    const array = openPath(path);
    expect(array).toMatchObject({ format: 'raw', attributes: { units: 'm' }, dimensionNames: ['x'] });
    expect(new Int16Array(readReference(array).bytes.buffer)).toEqual(Int16Array.of(5, 6));
  });

  it('lets options override values of the sidecar, and ignores it if dtype and shape are given', () => {
    const path = temporary.write('both.bin', countingBytes(64));
    temporary.write('both.bin.json', JSON.stringify({ dtype: 'int32', shape: [4], offset: 8 }));
    expect(openPath(path, { format: 'raw', options: { shape: [2] } })).toMatchObject({ dtype: 'int32', shape: [2] });
    const array = openPath(path, { format: 'raw', options: { dtype: 'uint8', shape: [3] } });
    expect(readReference(array).bytes).toEqual(Uint8Array.of(0, 1, 2));
  });

  it('reads arrays without elements and without dimensions', () => {
    const path = temporary.write('small.bin', new ByteWriter().f64(2.5).done());
    const scalar = openPath(path, { format: 'raw', options: { dtype: 'float64', shape: [] } });
    expect(new Float64Array(readReference(scalar).bytes.buffer)).toEqual(Float64Array.of(2.5));
    const empty = openPath(path, { format: 'raw', options: { dtype: 'float64', shape: [3, 0, 7] } });
    expect(readReference(empty)).toMatchObject({ shape: [3, 0, 7], bytes: new Uint8Array(0) });
  });

  it('reports the expected value of each option', () => {
    const path = temporary.write('opt.bin', countingBytes(8));
    const open = (options: Record<string, unknown>) => () => openPath(path, { format: 'raw', options });
    const good = { dtype: 'uint8', shape: [8] };
    expect(open({ ...good, shape: [2, -1] })).toThrow(
      'Expected a list of at most 32 integers of at least 0 for `options.shape`, received [2, -1]',
    );
    expect(open({ ...good, dtype: 'float' })).toThrow(
      /^Expected a dtype \(bool, .*\) for `options.dtype`, received 'float'$/,
    );
    expect(open({ shape: [8] })).toThrow(/for `options.dtype`, received undefined$/);
    expect(open({ ...good, order: 'A' })).toThrow("Expected one of 'C', 'F' for `options.order`, received 'A'");
    expect(open({ ...good, offset: 0.5 })).toThrow(/for `options.offset`, received 0.5$/);
    expect(open({ ...good, byteOrder: '>' })).toThrow(/for `options.byteOrder`, received '>'$/);
    expect(open({ ...good, shape: new Array(33).fill(1) })).toThrow(/at most 32 integers/);
    expect(open({ ...good, endian: 'big' })).toThrow(
      /^Expected nothing \(the format raw takes .*\) for `options.endian`, received 'big'$/,
    );
    expect(open({ ...good, endian: undefined })).not.toThrow();
    expect(open({ ...good, order: 'A' })).toThrow(TypeError);
  });

  it('refuses a file that is too short, and reports its size', () => {
    const path = temporary.write('short.bin', countingBytes(99));
    const open = () => openPath(path, { format: 'raw', options: { dtype: 'uint8', shape: [10, 10] } });
    expect(open).toThrow(ChoiceError);
    expect(open).toThrow(`Expected 100 bytes for shape [10, 10] of uint8, found 99 from byte 0 on (${path})`);
    // If the sidecar file contains the shape, a wrong size is the fault of the file (FormatError). If the caller
    // passes an option, a wrong size is the fault of the caller (ChoiceError).
    temporary.write('short.bin.json', JSON.stringify({ dtype: 'uint8', shape: [10, 10] }));
    expect(() => openPath(path)).toThrow(FormatError);
    expect(() => openPath(path, { options: { offset: 1 } })).toThrow(ChoiceError);
  });

  it('refuses sizes beyond 2^53, even if another dimension is 0', () => {
    const path = temporary.write('big.bin', countingBytes(8));
    for (const shape of [
      [2 ** 30, 2 ** 30],
      [2 ** 30, 2 ** 30, 0],
    ]) {
      expect(() => openPath(path, { format: 'raw', options: { dtype: 'uint8', shape } })).toThrow(FormatError);
    }
  });

  it('reports the file and the key of an invalid sidecar', () => {
    const path = temporary.write('wrong.bin', countingBytes(8));
    const sidecar = `${path}.json`;
    temporary.write('wrong.bin.json', JSON.stringify({ dtype: 'uint8', shape: 'all' }));
    expect(() => openPath(path)).toThrow(new RegExp(`for \`shape\`, received 'all' \\(${sidecar}\\)`));
    temporary.write('wrong.bin.json', JSON.stringify({ dtype: 'uint8', shape: [8], ofset: 3 }));
    expect(() => openPath(path)).toThrow(/for `ofset`, received 3/);
    temporary.write('wrong.bin.json', '{"dtype": "uint8", ');
    expect(() => openPath(path)).toThrow(FormatError);
    temporary.write('wrong.bin.json', '[1, 2]');
    expect(() => openPath(path)).toThrow(UnsupportedError);
  });

  it('explains how to describe a file that no format recognises', () => {
    const path = temporary.write('unknown.bin', countingBytes(8));
    const failure = (() => {
      try {
        return openPath(path);
      } catch (error) {
        return error;
      }
    })();
    expect(isPosixParError(failure, 'UnsupportedError')).toBe(true);
    expect(String(failure)).toContain("{ format: 'raw', dtype, shape }");
    expect(String(failure)).toContain(`${path}.json`);
    expect(() => openPath(path, { format: 'raw' })).toThrow(/options.dtype and options.shape/);
  });
});
