/**
 * Opens pages in a real headless browser and returns what they draw and what they log.
 * @module
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

function isThere(command: string): boolean {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const command = ['chromium', 'chromium-browser', 'google-chrome'].find(isThere);

/** Reason why tests that need a browser are skipped; null if they run. It is part of the names of skipped tests. */
export const browserMissing: string | null =
  command === undefined ? 'SKIP: no chromium (scripts/setup/debian test installs it)' : null;

/** A page after its scripts have run. */
export interface Page {
  /** HTML of the current document of the browser. */
  readonly dom: string;
  /** Console messages, including errors of scripts. */
  readonly console: readonly string[];
}

/** Opens the file at `path` without network access. */
export async function openPage(path: string, flags: readonly string[] = []): Promise<Page> {
  const profile = mkdtempSync(join(tmpdir(), 'posix-par-browser-'));
  const args = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', `--user-data-dir=${profile}`];
  args.push(
    '--host-resolver-rules=MAP * ~NOTFOUND',
    '--enable-logging=stderr',
    '--virtual-time-budget=10000',
    ...flags,
  );
  try {
    return await new Promise<Page>((resolve, reject) => {
      const child = spawn(command ?? 'chromium', [...args, '--dump-dom', pathToFileURL(path).href], {
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: 60_000,
        killSignal: 'SIGKILL',
      });
      let [dom, log] = ['', ''];
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        dom += text;
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        log += text;
      });
      child.on('error', reject);
      child.on('close', () => resolve({ dom, console: log.split('\n').filter((line) => /:CONSOLE[:(]/.test(line)) }));
    });
  } finally {
    rmSync(profile, { recursive: true, force: true });
  }
}
