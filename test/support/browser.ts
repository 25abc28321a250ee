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

/** Command of the browser; undefined if there is none. */
export const command = ['chromium', 'chromium-browser', 'google-chrome'].find(isThere);

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

/** Measurements of a page in a frame, in CSS pixels. */
export interface FrameSize {
  readonly scrollWidth: number;
  readonly clientWidth: number;
  /** Distance of the first chart from the top; null if there is none. */
  readonly firstChart: number | null;
}

/**
 * Returns a page that shows `html` in a frame of `width` pixels, because browser windows have a minimum width, and a
 * function that returns the measurements from the opened page. `charts` selects the charts.
 */
export function framedPage(html: string, width: number, charts = 'figure svg') {
  const quoted = html.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  const frame = `<!doctype html><iframe style="width:${width}px;height:844px;border:0" srcdoc="${quoted}"></iframe>
<script>
onload = () => {
  const page = document.querySelector('iframe').contentDocument;
  const firstChart = page.querySelector('${charts}')?.getBoundingClientRect().top ?? null;
  for (const details of page.querySelectorAll('details')) details.open = true;
  const { scrollWidth, clientWidth } = page.documentElement;
  document.title = JSON.stringify({ scrollWidth, clientWidth, firstChart });
};
</script>`;
  const result = (dom: string): FrameSize =>
    JSON.parse(/<title>(\{.*?\})<\/title>/.exec(dom.slice(dom.lastIndexOf('<title>{')))?.[1] ?? '{}') as FrameSize;
  return { frame, result };
}
