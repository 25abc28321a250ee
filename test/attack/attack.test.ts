/**
 * Tests that the attack (`npm run attack`) counts every kind of failure, and runs its short version: a fixed number of
 * cases per campaign from one seed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { addonPath } from '../support/compiled.js';
import { TemporaryDirectory } from '../support/temporary.js';
import type { Score } from './attack.js';
import { campaigns } from './campaigns/index.js';
import { selftestKinds } from './campaigns/selftest.js';
import type { Counts } from './journal.js';
import { withTable } from './table.js';

const script = fileURLToPath(new URL('../../scripts/test/attack.mjs', import.meta.url));
const folder = new TemporaryDirectory();
/** Time limit of a test in milliseconds, long enough for slow and busy machines. */
const timeout = 1_200_000;

interface Outcome {
  readonly status: number | null;
  readonly output: string;
  readonly scores: Readonly<Record<string, Score>>;
  /** Numbers of cases by kind and outcome, for each campaign whose cases have kinds. */
  readonly kinds: Readonly<Record<string, Readonly<Record<string, Counts>>>>;
}

function runAttack(...args: readonly string[]): Outcome {
  const json = folder.at('result.json');
  fs.rmSync(json, { force: true });
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args, '--json', json], {
    encoding: 'utf8',
    env: { ...process.env, POSIX_PAR_BINDING: addonPath, NODE_OPTIONS: '' },
  });
  const { scores, kinds } = JSON.parse(fs.readFileSync(json, 'utf8')) as Pick<Outcome, 'scores' | 'kinds'>;
  return { status, output: stdout + stderr, scores, kinds };
}

/** Returns the folders of the running child processes of an attack with this seed. */
function childFolders(seed: string): readonly string[] {
  return fs.readdirSync('/proc').flatMap((pid) => {
    try {
      const args = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
      const isChild = args.some((arg, i) => arg.endsWith('/child.js') && args[i + 2] === seed);
      return isChild ? [args.at(-1) ?? ''] : [];
    } catch {
      return []; // Not a process, or one that has ended.
    }
  });
}

describe('the attack', () => {
  test('counts crashes, hangs, memory explosions, foreign errors and wrong data, and goes on after each', {
    timeout,
  }, () => {
    const rounds = 2;
    const limits = ['--hang-seconds', '10', '--memory-mib', '600'];
    const cases = String(rounds * selftestKinds.length);
    const { status, output, scores } = runAttack('--only', 'selftest', '--seed', '1', '--cases', cases, ...limits);
    expect(status).toBe(1);
    expect(scores['selftest']).toMatchObject({
      tried: rounds * selftestKinds.length,
      read: rounds,
      refused: rounds,
      foreign: 2 * rounds, // Each round has two: the case throws one, a timer the other.
      wrong: rounds,
      crashed: rounds,
      hung: rounds,
      memory: rounds,
      slow: rounds,
    });
    for (const n of [2, 3, 4, 5, 6, 7, 8])
      expect(output).toContain(`npm run attack -- --seed 1 --only selftest --case ${n}`);
  });

  test('repeats a case by its seed and number', { timeout }, () => {
    const one = (seed: string) => runAttack('--only', 'hostile', '--seed', seed, '--case', '17').scores['hostile'];
    const { seconds: _first, ...first } = one('5') ?? { seconds: 0 };
    const { seconds: _second, ...second } = one('5') ?? { seconds: 0 };
    expect(first).toEqual(second);
    expect(first).toMatchObject({ tried: 1 });
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('leaves no folder and no process after %s', { timeout }, async (signal) => {
    const seed = String(process.pid);
    const hung = String(selftestKinds.indexOf('hung'));
    const attack = spawn(process.execPath, [script, '--only', 'selftest', '--seed', seed, '--case', hung], {
      stdio: 'ignore',
      env: { ...process.env, POSIX_PAR_BINDING: addonPath, NODE_OPTIONS: '' },
    });
    const ended = once(attack, 'exit');
    const isInCase = (folder: string): boolean => fs.existsSync(`${folder}/journal`);
    while (!childFolders(seed).some(isInCase)) await new Promise((resolve) => setTimeout(resolve, 20));
    const folders = childFolders(seed);
    attack.kill(signal);
    expect((await ended)[0]).toBe(1);
    expect(folders.filter((path) => fs.existsSync(path))).toEqual([]);
    expect(childFolders(seed)).toEqual([]);
  });

  test('writes its table into the page, and nothing else', () => {
    const page = 'before\n<!-- attack: begin -->\nold\n<!-- attack: end -->\nafter\n';
    const run = { command: 'x', date: '2026-01-02', seed: 3, seconds: 90, machine: 'm' };
    const written = withTable(page, '| table |', run);
    expect(written).toMatch(
      /^before\n<!-- attack: begin -->\n`x`, seed 3, 1\.5 minutes, 2026-01-02, m\.\n\n\| table \|\n/,
    );
    expect(withTable(written, '| table |', run)).toBe(written);
    expect(() => withTable('nothing', '', run)).toThrow(/Expected '<!-- attack: begin -->'/);
  });
});

describe('the short version of the attack', () => {
  const usable = campaigns.filter(({ missing }) => missing() === null);
  for (const { name, missing } of campaigns) {
    const reason = missing();
    if (reason !== null) test.skip(`finds nothing: ${name}: SKIP: ${reason}`, () => {});
  }

  test.for(usable.map(({ name }) => name))('finds nothing: %s', { timeout }, (name) => {
    const { status, output, scores, kinds } = runAttack('--only', name, '--seed', '20261128');
    expect(output).not.toMatch(/^(WRONG|FOREIGN|SLOW) in/m);
    const score = scores[name];
    const campaign = usable.find((one) => one.name === name);
    expect(score).toMatchObject({
      tried: campaign?.quickCases,
      foreign: 0,
      wrong: 0,
      crashed: 0,
      hung: 0,
      slow: 0,
      memory: 0,
    });
    // Every case has a kind, or none has one.
    const counts = Object.values(kinds[name] ?? {}).flatMap((count) => Object.values(count));
    if (counts.length > 0) expect(counts.reduce((sum, count) => sum + count)).toBe(score?.tried);
    // Some cases must succeed and some must fail. Otherwise the campaign tests little.
    if (name !== 'planted') expect(score?.read).toBeGreaterThan(0);
    expect(score?.refused).toBeGreaterThan(0);
    expect(status).toBe(0);
  });
});
