/**
 * Tests that output files are complete or absent, links are kept, devices are never replaced, and errors name the
 * caller's path.
 */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { OutputFile } from '../../../lib/files/output-file.js';
import { isSameFile } from '../../../lib/files/same-file.js';
import { writeAll } from '../../../lib/files/write-all.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const directory = new TemporaryDirectory();
const names = () => fs.readdirSync(directory.path).sort();

async function put(path: string, text: string): Promise<void> {
  await using file = await OutputFile.create(path);
  await file.write(text);
  await file.commit();
}

describe('an output file', () => {
  test('appears on commit, and otherwise leaves the old file', async () => {
    const path = directory.write('kept.txt', 'before');
    fs.chmodSync(path, 0o640);
    const file = await OutputFile.create(path);
    await file.write('half');
    await file[Symbol.asyncDispose]();
    expect(fs.readFileSync(path, 'utf8')).toBe('before');
    await put(path, 'after');
    expect(fs.readFileSync(path, 'utf8')).toBe('after');
    expect(fs.statSync(path).mode & 0o777).toBe(0o640);
    expect(names()).toEqual(['kept.txt']);
  });

  test('is created at the target of links, even if the target does not exist', async () => {
    fs.mkdirSync(directory.at('inner'));
    fs.symlinkSync('inner/real.txt', directory.at('dangling'));
    fs.symlinkSync('dangling', directory.at('chain'));
    await put(directory.at('chain'), 'through two links');
    expect(fs.readFileSync(directory.at('inner/real.txt'), 'utf8')).toBe('through two links');
    await put(directory.at('dangling'), 'again');
    expect(fs.readFileSync(directory.at('inner/real.txt'), 'utf8')).toBe('again');
    expect(['chain', 'dangling'].every((name) => fs.lstatSync(directory.at(name)).isSymbolicLink())).toBe(true);
    fs.symlinkSync('loop', directory.at('loop'));
    await expect(OutputFile.create(directory.at('loop'))).rejects.toMatchObject({ code: 'ELOOP' });
  });

  test('writes into a pipe without replacing it', async () => {
    const pipe = directory.at('pipe');
    execFileSync('mkfifo', [pipe]);
    const read = fs.promises.readFile(pipe, 'utf8');
    await put(pipe, 'into the pipe');
    expect(await read).toBe('into the pipe');
    expect(fs.statSync(pipe).isFIFO()).toBe(true);
  });

  test.skipIf(!fs.existsSync('/dev/full'))('does not replace a device, and names the path in its error', async () => {
    // Writes through a link: if the library wrongly replaced the target, it would replace this link and not the device.
    const link = directory.at('full');
    fs.symlinkSync('/dev/full', link);
    const message = `ENOSPC: no space left on device, write '${link}'`;
    await expect(put(link, 'x')).rejects.toMatchObject({ code: 'ENOSPC', path: link, message });
    expect(fs.statSync(link).isCharacterDevice()).toBe(true);
  });

  test("names the caller's path in errors, not the temporary name", async () => {
    const path = directory.at('none/c.npy');
    const message = `ENOENT: no such file or directory, open '${path}'`;
    await expect(OutputFile.create(path)).rejects.toMatchObject({ code: 'ENOENT', path, message });
    await expect(OutputFile.create(path)).rejects.not.toThrow(/partial/);
    await expect(OutputFile.create(directory.path)).rejects.toMatchObject({ code: 'EISDIR', path: directory.path });
  });
});

describe('writeAll', () => {
  test('continues after a short write', async () => {
    const taken: number[] = [];
    const write = async (bytes: Uint8Array, offset: number, length: number) => {
      const bytesWritten = Math.min(3, length);
      taken.push(...bytes.subarray(offset, offset + bytesWritten));
      return { bytesWritten };
    };
    await writeAll({ write }, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
    expect(taken).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
  test('fails if nothing is written', async () => {
    const write = async () => ({ bytesWritten: 0 });
    await expect(writeAll({ write }, Uint8Array.of(1))).rejects.toMatchObject({ code: 'EIO' });
  });
});

test('recognises a file by every name', async () => {
  const path = directory.write('one', '1');
  fs.linkSync(path, directory.at('hard'));
  fs.symlinkSync('one', directory.at('soft'));
  const other = directory.write('other', '1');
  expect(await Promise.all(['one', 'hard', 'soft'].map((name) => isSameFile(path, directory.at(name))))).toEqual([
    true,
    true,
    true,
  ]);
  expect(await isSameFile(path, other)).toBe(false);
  expect(await isSameFile(directory.at('no'), directory.at('no'))).toBe(false);
});
