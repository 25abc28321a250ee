/**
 * The machine that a measurement ran on.
 * @module
 */
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, freemem, release, totalmem } from 'node:os';
import { binding } from '../native/binding.js';
import type { Machine } from './cell.js';
import { deviceNumbers } from './counters.js';

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}

/** The mount of the device `major:minor`, from the text of /proc/self/mountinfo: its type and options. */
export function parseMountinfo(text: string, major: number, minor: number): { type: string; options: string } | null {
  for (const line of text.split('\n')) {
    const [left, right] = line.split(' - ');
    const [, , device, , , options] = (left ?? '').split(' ');
    const [type, , superOptions] = (right ?? '').split(' ');
    if (device !== `${major}:${minor}` || type === undefined) continue;
    const all = new Set([...(options ?? '').split(','), ...(superOptions ?? '').split(',')]);
    return { type, options: [...all].filter((option) => option !== '').join(',') };
  }
  return null;
}

/** The words in brackets of a file such as queue/scheduler. */
function chosen(text: string | null): string | null {
  return /\[([^\]]+)\]/.exec(text ?? '')?.[1] ?? text;
}

/** Describes the machine; `dev` is the `st_dev` of the file that is measured. */
export function describeMachine(dev: number): Machine {
  const { major, minor } = deviceNumbers(dev);
  const mount = parseMountinfo(textOf('/proc/self/mountinfo') ?? '', major, minor);
  const block = `/sys/dev/block/${major}:${minor}`;
  const name = /^DEVNAME=(.+)$/m.exec(textOf(`${block}/uevent`) ?? '')?.[1] ?? null;
  // A partition has its queue in the disk that it is part of.
  const queue = (file: string): string | null =>
    textOf(`${block}/queue/${file}`) ?? textOf(`${block}/../queue/${file}`);
  const rotational = queue('rotational');
  const cores = Number(binding().info()['availableParallelism'] ?? binding().info()['threads']);
  const available = /^MemAvailable: +(\d+) kB$/m.exec(textOf('/proc/meminfo') ?? '')?.[1];
  return {
    cores: Number.isInteger(cores) && cores > 0 ? cores : availableParallelism(),
    cpu: cpus()[0]?.model ?? 'unknown',
    isVirtual: /^flags.*\bhypervisor\b/m.test(textOf('/proc/cpuinfo') ?? ''),
    memoryBytes: totalmem(),
    memoryAvailableBytes: available === undefined ? freemem() : 1024 * Number(available),
    kernel: release(),
    node: process.version,
    fileSystem: mount?.type ?? 'unknown',
    mountOptions: mount?.options ?? '',
    device: name,
    rotational: rotational === null ? null : rotational === '1',
    scheduler: chosen(queue('scheduler')),
  };
}
