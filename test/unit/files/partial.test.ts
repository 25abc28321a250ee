/** Tests that the next writer of a target removes the temporary file of a killed writer, and no other file. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { OutputFile } from '../../../lib/files/output-file.js';
import { parseWriter, partialPath, removeStalePartials } from '../../../lib/files/partial.js';
import { childEnvironment } from '../../support/children.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const directory = new TemporaryDirectory();
const target = directory.at('out.npy');
const names = () => fs.readdirSync(directory.path).sort();
const script = join(import.meta.dirname, 'children/write-half.mjs');
let environment: NodeJS.ProcessEnv;
let children: ChildProcess[] = [];

beforeAll(() => {
  environment = childEnvironment();
}, 120_000);
beforeEach(() => {
  for (const name of names()) fs.rmSync(directory.at(name), { recursive: true });
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
});

/** Starts a process that writes half of `path` and then waits. Resolves when the half is written. */
async function startWriter(path: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [script, path], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  await once(child.stdout, 'data');
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
}

async function write(path: string): Promise<void> {
  await using file = await OutputFile.create(path);
  await file.write('whole');
  await file.commit();
}

test('the next writer of a target removes the file of a killed writer', async () => {
  await kill(await startWriter(target));
  await kill(await startWriter(target));
  const left = names();
  expect(left).toHaveLength(1); // The second writer has removed the file of the first one.
  expect(left[0]).toMatch(/^\.out\.npy\..*\.partial$/);
  await write(target);
  expect(names()).toEqual(['out.npy']);
  expect(fs.readFileSync(target, 'utf8')).toBe('whole');
});

test('keeps the files of a running writer and of another target', async () => {
  const other = await startWriter(directory.at('out.npy.txt'));
  await kill(other);
  const living = await startWriter(target);
  const before = names();
  expect(before).toHaveLength(2);
  await using own = await OutputFile.create(target);
  await write(target);
  expect(names().filter((name) => before.includes(name))).toEqual(before);
  await own.commit();
  await kill(living);
  await write(target);
  expect(names()).toEqual([expect.stringMatching(/^\.out\.npy\.txt\./), 'out.npy']);
});

test('treats a process that has ended but was not reaped as ended', async () => {
  // The shell is replaced by `sleep`, which never reaps the writer.
  const command = `'${process.execPath}' '${script}' '${target}' & exec sleep 600`;
  const shell = spawn('sh', ['-c', command], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(shell);
  const [line] = (await once(shell.stdout, 'data')) as [Buffer];
  const pid = Number(String(line));
  process.kill(pid, 'SIGKILL');
  const state = () => fs.readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.[0];
  await expect.poll(state, { timeout: 20_000 }).toBe('Z');
  await removeStalePartials(target);
  expect(names()).toEqual([]);
});

test('keeps files of other systems, and handles reused process IDs and names of older versions', async () => {
  const [, owner = ''] =
    /^\.out\.npy\.([^-]+-\d+-\d+)-/.exec((await partialPath(target)).slice(directory.path.length + 1)) ?? [];
  const [system, pid, start] = owner.split('-');
  const stays = [`.out.npy.00000000-1-1-00000000.partial`, '.out.npy.12345678.partial', '.out.npy.partial'];
  const goes = `.out.npy.${system}-${pid}-${Number(start) - 1}-00000000.partial`;
  for (const name of [...stays, goes]) directory.write(name, '');
  // Stores are directories, so their temporary names are names of directories.
  directory.write(`.out.npy.${system}-${pid}-${Number(start) - 1}-00000001.partial/zarr.json`, '');
  await removeStalePartials(target);
  expect(names()).toEqual([...stays].sort());
});

test('parses only names for the same target', async () => {
  const name = '.a.b.0123abcd-7-99-01234567.partial';
  expect(parseWriter(name, '/x/a.b')).toEqual({ system: '0123abcd', pid: 7, start: '99' });
  expect(parseWriter(name, '/x/a')).toBeNull();
  expect(parseWriter(name, '/x/b')).toBeNull();
  expect(parseWriter('.a.0123abcd-0-99-01234567.partial', '/x/a')).toBeNull();
});

test('writes a target with the longest possible name', async () => {
  const path = directory.at(`${'é'.repeat(125)}.npy`);
  await write(path);
  await kill(await startWriter(path));
  expect(names()).toHaveLength(2);
  await write(path);
  expect(names()).toHaveLength(1);
});
