/**
 * `posix-par fs PATH`: describes the storage under a path.
 * @module
 */
import {
  type BlockDevice,
  describeStorage,
  type LustreComponent,
  type StorageDescription,
} from '../../storage/index.js';
import type { CommandDefinition } from '../command.js';
import { type Context, parsePaths } from '../context.js';
import { formatBytes, formatCount, formatShare } from '../output/numbers.js';
import { printable, table } from '../output/table.js';

type Row = [key: string, value: string];

/** Joins the parts that are known (texts that are not empty) with commas. */
function joinKnown(...parts: readonly (string | null | undefined | false)[]): string {
  return parts.filter((part) => typeof part === 'string' && part !== '').join(', ');
}

const formatKnown = (bytes: number | null, format: (text: string) => string): string | null =>
  bytes === null ? null : format(formatBytes(bytes));

function spaceRow({ filesystem, type }: StorageDescription): Row[] {
  if (type === 'block device') return []; // The values would describe the file system that holds the device node.
  const { availableBytes, totalBytes, files, filesFree } = filesystem;
  if (availableBytes === null || totalBytes === null || totalBytes === 0) return [];
  const inodes =
    files !== null && filesFree !== null && `${formatCount(filesFree)} of ${formatCount(files)} inodes free`;
  const share = formatShare(availableBytes, totalBytes);
  const space = `${formatBytes(availableBytes)} of ${formatBytes(totalBytes)} available (${share})`;
  return [['space', joinKnown(space, inodes)]];
}

function deviceRows(devices: readonly BlockDevice[], level = 0): Row[] {
  return devices.flatMap((device): Row[] => {
    const { name, disk, kind, label, model, transport, sizeBytes, rotational, scheduler, queueRequests } = device;
    const turning = rotational === null ? null : rotational ? 'rotational' : 'not rotational';
    const what = kind === 'partition' ? `partition of ${disk}` : kind;
    const indent = '  '.repeat(level);
    const rows: Row[] = [
      [
        `${indent}device`,
        `${name}: ${joinKnown(
          what,
          label,
          model,
          transport,
          formatKnown(sizeBytes, (text) => text),
          turning,
        )}`,
      ],
    ];
    if (device.backingFile !== null) rows.push([`${indent}  file`, printable(device.backingFile)]);
    const queue = joinKnown(
      scheduler !== null && `scheduler ${scheduler}`,
      queueRequests !== null && `${queueRequests} requests`,
      formatKnown(device.maxTransferBytes, (text) => `at most ${text} each`),
      formatKnown(device.readAheadBytes, (text) => `read-ahead ${text}`),
    );
    if (queue !== '') rows.push([`${indent}  queue`, queue]);
    const blocks = joinKnown(
      formatKnown(device.logicalBlockBytes, (text) => `logical ${text}`),
      formatKnown(device.physicalBlockBytes, (text) => `physical ${text}`),
      device.zoned !== null && device.zoned !== 'none' && `zoned ${device.zoned}`,
    );
    if (blocks !== '') rows.push([`${indent}  blocks`, blocks]);
    return [...rows, ...deviceRows(device.parts, level + 1)];
  });
}

function networkRows({ network, filesystem }: StorageDescription): Row[] {
  if (network === null) return [];
  const { protocol, version, server, address, share, transport, readBytes, writeBytes, connections } = network;
  const at = server === null ? '' : ` at ${server}${address === null || address === server ? '' : ` (${address})`}`;
  return [
    ['server', printable(`${joinKnown(`${protocol}${version === null ? '' : ` ${version}`}${at}`, share, transport)}`)],
    [
      '  requests',
      joinKnown(
        formatKnown(readBytes, (text) => `reads of at most ${text}`),
        formatKnown(writeBytes, (text) => `writes of at most ${text}`),
        connections !== null && `${connections} connections`,
        formatKnown(filesystem.readAheadBytes, (text) => `read-ahead ${text}`),
      ) || 'unknown sizes',
    ],
  ];
}

function componentText({
  start,
  end,
  stripeCount,
  stripeBytes,
  pattern,
  pool,
  osts,
  initialised,
}: LustreComponent): string {
  const range = `${formatBytes(start)} to ${end === Infinity ? 'the end' : formatBytes(end)}`;
  const count = stripeCount < 0 ? 'all targets' : `${stripeCount} targets`;
  const targets = osts.length === 0 ? '' : `OST ${osts.slice(0, 8).join(' ')}${osts.length > 8 ? ' …' : ''}`;
  return joinKnown(
    range,
    `${count} × ${formatBytes(stripeBytes)}`,
    pattern,
    pool !== '' && `pool ${printable(pool)}`,
    targets,
    !initialised && 'not written yet',
  );
}

function lustreRows({ lustre }: StorageDescription): Row[] {
  if (lustre === null) return [];
  const head = joinKnown(lustre.kind, lustre.mirrors > 1 && `${lustre.mirrors} mirrors`);
  return [['stripes', head], ...lustre.components.map((component): Row => ['', componentText(component)])];
}

function directRow({ direct, type }: StorageDescription): Row {
  if (direct === null) {
    return ['direct I/O', type === 'directory' ? 'unknown: the directory holds no file to test' : 'unknown'];
  }
  if (!direct.supported) return ['direct I/O', `no: ${direct.refused ?? 'refused'}`];
  const { memoryBytes, offsetBytes, source } = direct;
  const from = source === 'statx' ? 'reported by statx' : 'derived from the block size';
  const alignment = `offsets and lengths aligned to ${offsetBytes} bytes, memory to ${memoryBytes} bytes`;
  return ['direct I/O', `${alignment}; ${from}`];
}

function formatRows(found: StorageDescription): Row[] {
  const { filesystem, type, size, allocatedBytes, attributes, path, realPath, preferredIoBytes } = found;
  const { source, root, mountPoint, options } = filesystem;
  const mounted = joinKnown(
    mountPoint !== null && `on ${printable(mountPoint)}`,
    root !== null && root !== '/' && `from its subdirectory ${printable(root)}`,
    options.length > 0 && `(${printable(options.join(','))})`,
  ).replaceAll(', (', ' (');
  return [
    ...(realPath === path ? [] : [['path', printable(realPath)] satisfies Row]),
    [
      'type',
      joinKnown(
        type,
        type !== 'directory' && `${formatBytes(size)}`,
        type === 'file' && `${formatBytes(allocatedBytes)} allocated`,
        ...attributes,
      ),
    ],
    ['file system', `${filesystem.type}${source === null ? '' : ` of ${printable(source)}`}`],
    ['mounted', mounted === '' ? 'unknown' : mounted],
    ...spaceRow(found),
    [
      'blocks',
      joinKnown(
        formatKnown(filesystem.blockBytes, (text) => text),
        `preferred request size ${formatBytes(preferredIoBytes)}`,
      ),
    ],
    directRow(found),
    ...networkRows(found),
    ...lustreRows(found),
    ...deviceRows(found.devices),
  ];
}

function show(found: StorageDescription, context: Context, indent: string): void {
  const { out } = context;
  const { bold, dim, yellow } = out.colors;
  out.line(`${indent}${bold(printable(found.path))}`);
  out.lines(table(formatRows(found).map(([key, value]) => [dim(`${indent}  ${key}`), value])));
  for (const note of found.notes) out.line(`${indent}  ${yellow('note')}  ${printable(note)}`);
  if (found.beneath !== null) {
    out.line(`${indent}  ${dim('stored on')}`);
    show(found.beneath, context, `${indent}    `);
  }
}

export const fs: CommandDefinition = {
  name: 'fs',
  summary: 'describe the storage under a path: file system, mount, devices, direct I/O, server, stripes',
  examples: [
    ['fs volume.npy', 'describe the storage of a file'],
    ['fs /scratch /home --json', 'describe two file systems, for a program'],
  ],
  define(command, frame) {
    command.argument('<path...>', 'files, directories or block devices', parsePaths).action(async (paths) => {
      const context = frame.context();
      const found: StorageDescription[] = [];
      for (const path of paths) {
        context.signal.throwIfAborted();
        found.push(await describeStorage(path));
      }
      if (context.json) return context.out.json(found.length === 1 ? found[0] : found);
      for (const [i, one] of found.entries()) {
        if (i > 0) context.out.line();
        show(one, context, '');
      }
    });
  },
};
