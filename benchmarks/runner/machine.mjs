/** Describes the machine and measures how much other programs use it. */
import { execFileSync } from 'node:child_process';
import { readFileSync, statfsSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from './places.mjs';

function textOf(path) {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}

function lineOf(command, args) {
  try {
    return execFileSync(command, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return null;
  }
}

/** Returns type and options of the file system that contains `path`. */
function mountOf(path) {
  const [type, options] = (lineOf('findmnt', ['-no', 'FSTYPE,OPTIONS', '-T', path]) ?? '').split(/\s+/);
  return { type: type || null, options: options ?? null, blockSize: statfsSync(path).bsize };
}

export function describeMachine(dataFolder) {
  const cpuinfo = textOf('/proc/cpuinfo') ?? '';
  return {
    cpu: cpus()[0]?.model ?? null,
    cores: availableParallelism(),
    isVirtual: /^flags.*\bhypervisor\b/m.test(cpuinfo),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    fileSystem: mountOf(dataFolder),
    hugePages: textOf('/sys/kernel/mm/transparent_hugepage/enabled'),
    node: process.version,
    compiler: lineOf(process.env.CXX ?? 'g++', ['-dumpfullversion']),
    python: Object.fromEntries(
      (lineOf('.cache/venv/bin/python', ['-m', 'pip', 'list', '--format=freeze', '--disable-pip-version-check']) ?? '')
        .split('\n')
        .map((line) => line.split('=='))
        .filter(([name]) => /^(numpy|h5py|hdf5plugin|zarr|zarrs|tensorstore|tiledb|numcodecs)$/.test(name)),
    ),
    revision: lineOf('git', ['rev-parse', '--short', 'HEAD']),
    isModified: (lineOf('git', ['status', '--porcelain', '--untracked-files=no', 'lib', 'native']) ?? '') !== '',
  };
}

function ticks() {
  const [, ...fields] = (textOf('/proc/stat') ?? '').split('\n')[0].split(/\s+/).map(Number);
  const [user, nice, system, idle, iowait, irq, softirq, steal] = fields;
  return {
    busy: user + nice + system + irq + softirq,
    steal,
    all: user + nice + system + idle + iowait + irq + softirq + steal,
  };
}

/**
 * Returns the share of all cores that other programs use while this process sleeps, the share that the hypervisor gives
 * to other virtual machines (`steal`), and the load averages.
 */
export async function measureBusy(ms = 1000) {
  const before = ticks();
  await sleep(ms);
  const after = ticks();
  const all = Math.max(1, after.all - before.all);
  return {
    busy: (after.busy - before.busy) / all,
    steal: (after.steal - before.steal) / all,
    load: loadavg().map((load) => Math.round(load * 100) / 100),
  };
}

/** Share of the cores above which the machine counts as busy. */
export const busyLimit = 0.05;

/** Waits until the machine is idle, but at most `minutes`. */
export async function waitUntilQuiet(minutes) {
  const end = Date.now() + minutes * 60_000;
  let now = await measureBusy();
  while (now.busy > busyLimit && Date.now() < end) {
    await sleep(4000);
    now = await measureBusy();
  }
  return now;
}
