/**
 * Changes the hidden files that an aborted conversion leaves next to its target: its log, and the new array.
 * @module
 */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { randomMutant } from '../support/fuzz.js';
import { hostileJson, valuePlaces } from '../support/json-lies.js';
import type { Random } from '../support/random.js';
import { oddNumbers } from './lies/lie.js';

/** Ways to change the hidden files. */
export const logChanges = [
  'nothing',
  'random bytes of the log',
  'a value of the first line',
  'hostile block numbers',
  'all blocks are complete',
  'a log that ends early',
  'a long log',
  'the log is a link to another file',
  'the log is a link to itself',
  'the log is a directory',
  'the log is a FIFO',
  'the array is removed',
  'the array is a link to another file',
  'the array is another kind of file',
  'random bytes of the array',
  'another file has the name of the target',
] as const;

/** One of {@link logChanges}. */
export type LogChange = (typeof logChanges)[number];

/** Name of a file outside of the conversion that must not change. */
export const canary = 'canary.bin';

/** Changes the hidden files of the conversion into `file`. */
export function tamper(
  change: LogChange,
  random: Random,
  place: { readonly outputs: string; readonly file: string },
): void {
  const target = join(place.outputs, place.file);
  const data = join(place.outputs, `.${place.file}.resume`);
  const log = `${data}.log`;
  const other = join(place.outputs, canary);
  const text = fs.readFileSync(log, 'utf8');
  const end = text.indexOf('\n') + 1;
  const [header, blocks] = [text.slice(0, end), text.slice(end)];
  const replaceLog = (make: () => void): void => {
    fs.rmSync(log);
    make();
  };
  switch (change) {
    case 'nothing':
      return;
    case 'random bytes of the log':
      fs.writeFileSync(log, randomMutant(Buffer.from(text), text.length, random).bytes);
      return;
    case 'a value of the first line':
      fs.writeFileSync(log, replaceValue(header, random) + blocks);
      return;
    case 'hostile block numbers': {
      const lines = Array.from({ length: 1 + random.below(20) }, () => random.pick(hostileBlocks));
      fs.writeFileSync(log, `${header}${random.below(2) === 0 ? blocks : ''}${lines.join('\n')}\n`);
      return;
    }
    case 'all blocks are complete':
      fs.writeFileSync(log, `${header}${Array.from({ length: 5000 }, (_, i) => `${i}\n`).join('')}`);
      return;
    case 'a log that ends early':
      fs.truncateSync(log, random.below(text.length));
      return;
    case 'a long log':
      // The kernel stores only the last byte.
      fs.truncateSync(log, random.pick([1 << 20, 2 ** 32, 2 ** 40]));
      return;
    case 'the log is a link to another file':
      replaceLog(() => fs.symlinkSync(other, log));
      return;
    case 'the log is a link to itself':
      replaceLog(() => fs.symlinkSync(log, log));
      return;
    case 'the log is a directory':
      replaceLog(() => fs.mkdirSync(log));
      return;
    case 'the log is a FIFO':
      replaceLog(() => execFileSync('mkfifo', [log]));
      return;
    case 'the array is removed':
      fs.rmSync(data, { recursive: true });
      return;
    case 'the array is a link to another file':
      fs.rmSync(data, { recursive: true });
      fs.symlinkSync(other, data);
      fs.writeFileSync(log, withIdentity(header, other) + blocks);
      return;
    case 'the array is another kind of file': {
      const wasFile = fs.statSync(data).isFile();
      fs.rmSync(data, { recursive: true });
      if (wasFile) fs.mkdirSync(data);
      else fs.writeFileSync(data, 'not a directory');
      fs.writeFileSync(log, withIdentity(header, data) + blocks);
      return;
    }
    case 'random bytes of the array': {
      const files = fs.statSync(data).isFile() ? [data] : filesBelow(data);
      const path = random.pick(files);
      const content = fs.readFileSync(path);
      if (content.length > 0) fs.writeFileSync(path, randomMutant(content, content.length, random).bytes);
      return;
    }
    case 'another file has the name of the target':
      fs.writeFileSync(target, 'not the copy');
      fs.writeFileSync(log, withIdentity(header, target) + blocks);
  }
}

const hostileBlocks: readonly string[] = [
  ...oddNumbers.map(String),
  ...['NaN', '-0', '0.5', '1e400', '0x1', '', ' 1', '١', '1 2', '[]', 'x'.repeat(100_000)],
];

/** Replaces one value of the first line of a log by a hostile one. */
function replaceValue(header: string, random: Random): string {
  const [start, end] = random.pick(valuePlaces(header));
  return header.slice(0, start) + random.pick(hostileJson) + header.slice(end);
}

/** Returns `header`, the first line of a log, with its identity replaced by the identity of the file at `path`. */
function withIdentity(header: string, path: string): string {
  const { dev, ino } = fs.statSync(path, { bigint: true });
  const content = JSON.parse(header) as Record<string, unknown>;
  return `${JSON.stringify({ ...content, data: { device: `${dev}`, inode: `${ino}` } })}\n`;
}

function filesBelow(folder: string): readonly string[] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
