/**
 * `posix-par view PATH`: shows arrays in a browser.
 * @module
 */
import { stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { serve as startServer } from '../../serve/index.js';
import type { CommandDefinition } from '../command.js';
import { parseInteger, parsePath } from '../context.js';
import { UsageError } from '../exit-codes.js';
import { openInBrowser } from '../open-browser.js';
import { optionsGiven } from '../option-values.js';
import { printable } from '../output/table.js';

/** The directory to serve, and the path of the page below it. */
interface ViewedPath {
  readonly root: string;
  readonly path: string;
}

/**
 * Finds the directory to serve: `given` itself, or the directory that contains the file. A `#` divides the file and the
 * array in it.
 * @throws {UsageError} if the path does not exist.
 */
async function findTarget(given: string): Promise<ViewedPath> {
  const exact = await stat(given).catch(() => null);
  const at = exact === null ? given.lastIndexOf('#') : -1;
  const [file, inner] = at < 0 ? [given, ''] : [given.slice(0, at), given.slice(at + 1).replace(/^\/+/, '')];
  const info = exact ?? (await stat(file).catch(() => null));
  if (info === null) throw new UsageError(`Expected a file or directory, found none at '${file}'`);
  const absolute = resolve(file);
  if (info.isDirectory()) return { root: absolute, path: inner };
  return { root: dirname(absolute), path: [basename(absolute), inner].filter((part) => part !== '').join('/') };
}

/** Returns the address of the page with the token and the path to show. */
function addressOf(url: string, path: string): string {
  const address = new URL(url);
  if (path !== '') address.searchParams.set('path', path);
  return address.href;
}

export const view: CommandDefinition = {
  name: 'view',
  summary: 'show arrays in a browser on this machine',
  examples: [
    ['view data/t2m.nc', 'open the browser, and serve data/ until the command is interrupted'],
    ['view data/t2m.nc#/t2m', 'show one array'],
    ['view data/ --no-open', 'print the URL, for a browser that reaches this machine through ssh -L'],
  ],
  flags: { port: '--port', '*': '--*' },
  define(command, frame) {
    command
      .argument('<path>', 'a directory, a file, or file#/name. The directory of a file is served', parsePath)
      .option('--port <number>', 'TCP port (default: a free one)', parseInteger('--port', 0))
      .option('--no-open', 'only print the URL')
      .action(async (given, { port, open }) => {
        const { signal, out, json } = frame.context();
        const { root, path } = await findTarget(given);
        await using server = await startServer({ roots: [root], ...optionsGiven({ port }) });
        const address = addressOf(server.url ?? '', path);
        if (json) out.json({ url: address });
        else out.line(address);
        const page = open ? await openInBrowser(address) : null;
        if (page !== null && page.problem !== null) {
          process.stderr.write(`${printable(page.problem)}. Open the URL yourself, or use --no-open.\n`);
        }
        await new Promise<void>((done) => {
          if (signal.aborted) done();
          else signal.addEventListener('abort', () => done(), { once: true });
        });
        await page?.close();
      });
  },
};
