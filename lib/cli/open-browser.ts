/**
 * Opens a page in the browser of the user.
 * @module
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Programs that open a file in the default browser, in the order in which they are tried. */
const openers = ['xdg-open', 'open'];

/** A page that was opened. */
export interface OpenedPage {
  /** Reason why no browser was started; null if one was started. */
  readonly problem: string | null;
  /** Removes the temporary file. */
  close(): Promise<void>;
}

/** Starts a program, and does not wait for its end. Returns false if the program cannot be started. */
function start(command: string, argument: string): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command, [argument], { stdio: 'ignore', detached: true });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}

/** Returns a page that leads to `url`. */
export function redirectingPage(url: string): string {
  const quoted = url.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
  return `<!doctype html><meta http-equiv="refresh" content="0; url=${quoted}"><title>posix-par</title>\n`;
}

/**
 * Opens `url` in the default browser. The browser is given a temporary file that leads to `url`, because other users
 * can see arguments of programs, and `url` contains a token.
 */
export async function openInBrowser(url: string): Promise<OpenedPage> {
  const folder = await mkdtemp(join(tmpdir(), 'posix-par-view-'));
  const opened = (problem: string | null): OpenedPage => ({
    problem,
    close: () => rm(folder, { recursive: true, force: true }),
  });
  const page = join(folder, 'open.html');
  await writeFile(page, redirectingPage(url), { mode: 0o600 });
  for (const opener of openers) if (await start(opener, pathToFileURL(page).href)) return opened(null);
  return opened(`Found no program that opens a browser (tried ${openers.join(' and ')})`);
}
