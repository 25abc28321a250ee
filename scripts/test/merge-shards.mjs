// Merges the GoogleTest results of the shards of one run.
// Usage: scripts/test/merge-shards.mjs RESULT.json NUMBER_OF_SHARDS
//
// A stopped shard has only a log, from which its tests are counted. In that case, the result has only counts.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { countGoogleTest } from './counts.mjs';

/**
 * Counts the tests in the log of a GoogleTest process. Tests that did not run, and a test that was running when the
 * process ended, count as failed.
 */
export function countLog(text) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const kinds = { '       OK ': 'passed', '  FAILED  ': 'failed', '  SKIPPED ': 'skipped' };
  const started = new Set();
  const ended = new Set();
  const planned = Number(/^\[={10}\] Running (\d+) tests? from/m.exec(text)?.[1] ?? Number.NaN);
  for (const [, kind = '', name = ''] of text.matchAll(/^\[([ A-Z]{10})\] ([\w/]+\.[\w/]+)/gm)) {
    if (kind === ' RUN      ') started.add(name);
    // The summary at the end names failed and skipped tests again.
    else if (kinds[kind] !== undefined && started.has(name) && !ended.has(name)) {
      ended.add(name);
      counts[kinds[kind]] += 1;
    }
  }
  const running = [...started].filter((name) => !ended.has(name));
  // If the log does not contain the number of tests, the process ended before the tests began: one failure.
  const unfinished = Number.isNaN(planned) ? 1 : planned - ended.size;
  counts.failed += unfinished;
  return { ...counts, unfinished, running };
}

function readShard(part) {
  try {
    return { report: JSON.parse(readFileSync(`${part}.json`, 'utf8')) };
  } catch {
    try {
      return { log: readFileSync(`${part}.log`, 'utf8') };
    } catch {
      return { log: '' };
    }
  }
}

/** Merges the results of all shards: GoogleTest's results if each shard has one, else counts and a note. */
export function mergeShards(shards) {
  const reports = shards.flatMap(({ report }) => (report === undefined ? [] : [report]));
  if (reports.length === shards.length) return { testsuites: reports.flatMap(({ testsuites }) => testsuites) };
  const counted = shards.map(({ report, log }) => (report === undefined ? countLog(log) : countGoogleTest(report)));
  const sum = (key) => counted.reduce((total, counts) => total + (counts[key] ?? 0), 0);
  const running = counted.flatMap((counts) => counts.running ?? []);
  const stopped = running.length > 0 ? `, stopped in ${running.join(', ')}` : '';
  const note = `${sum('unfinished')} tests did not finish${stopped}`;
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped'), note };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [target = '', count = '0'] = process.argv.slice(2);
  const parts = Array.from({ length: Number(count) }, (_, i) => target.replace(/\.json$/, `.shard-${i}`));
  const merged = mergeShards(parts.map(readShard));
  writeFileSync(target, JSON.stringify(merged));
  for (const part of parts) rmSync(`${part}.json`, { force: true });
  if (merged.note !== undefined) {
    console.error(merged.note);
    process.exitCode = 1;
  }
}
