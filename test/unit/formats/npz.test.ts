import { describe, expect, it } from 'vitest';
import { ChoiceError, FormatError, UnsupportedError } from '../../../lib/core/errors.js';
import { openGroupDescriptor } from '../../../lib/formats/registry.js';
import { runSync } from '../../../lib/io/driver.js';
import { nodeSyncBackend } from '../../../lib/io/node-backend.js';
import { ByteWriter, countingBytes } from '../../support/byte-writer.js';
import { deflatedMember, npyBytes, npyDict, zipBytes } from '../../support/npy-bytes.js';
import { openPath } from '../../support/open.js';
import { readReference } from '../../support/reference-reader.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const temporary = new TemporaryDirectory();
const a = npyBytes(npyDict('|u1', false, [2, 2]), countingBytes(4));
const b = npyBytes(npyDict('<i2', true, [3]), new ByteWriter().i16(7, 8, 9).done());
let count = 0;

function write(bytes: Uint8Array): string {
  count += 1;
  return temporary.write(`${count}.npz`, bytes);
}

describe('the npz format', () => {
  it('reads an uncompressed member in place, by its name with or without suffix', () => {
    const path = write(
      zipBytes([
        { name: 'a.npy', content: a },
        { name: 'b.npy', content: b },
      ]),
    );
    const array = openPath(path, { array: 'b' });
    expect(array).toMatchObject({ format: 'npz', name: 'b', shape: [3], dtype: 'int16' });
    expect(new Int16Array(readReference(array).bytes.buffer)).toEqual(Int16Array.of(7, 8, 9));
    expect(readReference(openPath(path, { array: 'a.npy' })).bytes).toEqual(Uint8Array.of(0, 1, 2, 3));
  });

  it('opens the only array, and lists the names if there are several', () => {
    const only = write(
      zipBytes([
        { name: 'note.txt', content: countingBytes(3) },
        { name: 'a.npy', content: a },
      ]),
    );
    expect(openPath(only).name).toBe('a');
    const two = write(
      zipBytes([
        { name: 'a.npy', content: a },
        { name: 'b.npy', content: b },
      ]),
    );
    expect(() => openPath(two)).toThrow("Expected one of 'a', 'b' for `options.array`, received undefined");
    expect(() => openPath(two, { array: 'c' })).toThrow("Expected one of 'a', 'b' for `options.array`, received 'c'");
    expect(() => openPath(write(zipBytes([])))).toThrow(/Expected an array, found none/);
  });

  it.each([
    ['sizes in a data descriptor', zipBytes([{ name: 'a.npy', content: a, localSizes: 'descriptor' }])],
    ['sizes in zip64 fields of the local header', zipBytes([{ name: 'a.npy', content: a, localSizes: 'zip64' }])],
    ['zip64 fields in the directory', zipBytes([{ name: 'a.npy', content: a, wide: true }])],
    ['a zip64 end record', zipBytes([{ name: 'a.npy', content: a }], true)],
    ['a comment that looks like an end record', zipBytes([{ name: 'a.npy', content: a }], false, 'PK\x05\x06 hello')],
    [
      'a member that was appended again',
      zipBytes([
        { name: 'a.npy', content: b },
        { name: 'a.npy', content: a },
      ]),
    ],
  ])('reads archives with %s', (_, bytes) => {
    expect(readReference(openPath(write(bytes))).bytes).toEqual(Uint8Array.of(0, 1, 2, 3));
  });

  it.each([false, true])('reads archives preceded by other bytes (zip64: %s)', (zip64) => {
    const bytes = new ByteWriter()
      .text('#!/bin/sh\n')
      .bytes(zipBytes([{ name: 'a.npy', content: a }], zip64))
      .done();
    expect(readReference(openPath(write(bytes), { format: 'npz' })).bytes).toEqual(Uint8Array.of(0, 1, 2, 3));
  });

  it('reads the header of a deflated member, and reports a damaged one', () => {
    const path = write(zipBytes([deflatedMember('a.npy', a)]));
    expect(openPath(path)).toMatchObject({ format: 'npz', name: 'a', shape: [2, 2], dtype: 'uint8' });
    const damaged = write(zipBytes([{ ...deflatedMember('a.npy', a), content: Uint8Array.of(7, 7, 7) }]));
    expect(() => openPath(damaged)).toThrow(FormatError);
    expect(() => openPath(damaged)).toThrow(/deflate/);
  });

  it('refuses other compression methods by name', () => {
    const path = write(zipBytes([{ name: 'a.npy', content: a, method: 93 }]));
    expect(() => openPath(path)).toThrow(UnsupportedError);
    expect(() => openPath(path)).toThrow(/'a.npy', compressed with zstd .*savez_compressed/s);
  });

  it('refuses encrypted members', () => {
    expect(() => openPath(write(zipBytes([{ name: 'a.npy', content: a, flags: 1 }])))).toThrow(/encrypted/);
  });

  it('refuses a member whose header differs from the directory', () => {
    const renamed = write(zipBytes([{ name: 'a.npy', content: a, localName: 'b.npy' }]));
    expect(() => openPath(renamed)).toThrow("Expected the zip member 'a.npy', found the header of 'b.npy'");
    const bytes = zipBytes([{ name: 'a.npy', content: a }]);
    bytes[18] = (bytes[18] ?? 0) + 1;
    expect(() => openPath(write(bytes))).toThrow(/Expected stored size \d+ in the header of 'a.npy', found \d+/);
    const unsigned = zipBytes([{ name: 'a.npy', content: a }]);
    unsigned[3] = 9;
    expect(() => openPath(write(unsigned), { format: 'npz' })).toThrow(/Expected the header of the zip member/);
  });

  it('reports archives truncated at any byte', () => {
    const bytes = zipBytes(
      [
        { name: 'a.npy', content: a },
        { name: 'b.npy', content: b },
      ],
      true,
    );
    for (let length = 0; length < bytes.length; length += 7) {
      const path = write(bytes.slice(0, length));
      // An empty file is not recognised as an archive, so the caller may have chosen the wrong format.
      expect(() => openPath(path, { format: 'npz', array: 'a' })).toThrow(length === 0 ? ChoiceError : FormatError);
    }
  });

  it('refuses data that extends beyond its member', () => {
    const short = npyBytes(npyDict('|u1', false, [5]), countingBytes(4));
    const path = write(
      zipBytes([
        { name: 'a.npy', content: short },
        { name: 'b.npy', content: b },
      ]),
    );
    expect(() => openPath(path, { array: 'a' })).toThrow(/Expected 5 bytes for shape \[5\] of uint8, found 4/);
  });

  it('does not recognise other zip archives', () => {
    const path = temporary.write('book.xlsx', zipBytes([{ name: 'sheet.xml', content: countingBytes(9) }]));
    expect(() => openPath(path)).toThrow(/a file of no known format/);
    expect(openPath(temporary.write('renamed.zip', zipBytes([{ name: 'a.npy', content: a }]))).format).toBe('npz');
  });

  it('opens as a group of its arrays', () => {
    const path = write(
      zipBytes([
        { name: 'b.npy', content: b },
        { name: 'a.npy', content: a },
      ]),
    );
    const request = { array: null, options: {}, format: null };
    const group = runSync(openGroupDescriptor(path, request), nodeSyncBackend);
    expect(runSync(group.children(), nodeSyncBackend)).toEqual([
      { name: 'a', kind: 'array' },
      { name: 'b', kind: 'array' },
    ]);
    expect(runSync(group.openArray('/b'), nodeSyncBackend)).toMatchObject({ name: 'b', shape: [3] });
    expect(() => runSync(group.openArray('c'), nodeSyncBackend)).toThrow(ChoiceError);
    expect(() => runSync(group.openGroup('c'), nodeSyncBackend)).toThrow(ChoiceError);
  });
});
