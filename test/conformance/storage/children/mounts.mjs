/**
 * Creates file systems on loop devices and mounts them, in a separate mount namespace. Prints the library's answers
 * about them as JSON.
 * Usage: unshare --mount --propagation private node mounts.mjs FOLDER
 */
import { execFileSync, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';

const { openArray } = await import(`${process.env.POSIX_PAR_LIBRARY}index.js`);
const { describeStorage, evict, residency } = await import(`${process.env.POSIX_PAR_LIBRARY}storage/index.js`);
const folder = process.argv[2];
const at = (...names) => join(folder, ...names);
const run = (command, ...args) => execFileSync(command, args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
const has = (command) => {
  try {
    run('which', command);
    return true;
  } catch {
    return false;
  }
};

function image(name, megabytes) {
  fs.writeFileSync(at(name), '');
  fs.truncateSync(at(name), megabytes * 1048576);
  return at(name);
}

/** Returns the residency of a file after it was written, evicted and read. */
async function account(path) {
  fs.writeFileSync(path, Buffer.alloc(1048576 + 100, 5));
  const written = await residency(path);
  const gone = await evict(path);
  fs.readFileSync(path);
  const read = await residency(path);
  const again = await evict(path);
  const { cachedBytes, dirtyBytes, witness } = read;
  return {
    written: written.cachedBytes,
    gone: { remaining: gone.remainingBytes, reasons: gone.reasons },
    read: { cachedBytes, dirtyBytes, witness },
    again: { before: again.before.cachedBytes, remaining: again.remainingBytes },
  };
}

async function onLoop(type, format, megabytes, ...options) {
  if (!has(`mkfs.${type}`)) return null;
  const file = image(`${type}.img`, megabytes);
  run(`mkfs.${type}`, ...format, file);
  fs.mkdirSync(at(type));
  run('mount', '-o', ['loop', ...options].join(','), file, at(type));
  fs.writeFileSync(at(type, 'data'), 'x');
  return { storage: await describeStorage(at(type, 'data')), cache: await account(at(type, 'data')) };
}

async function btrfsOfTwo() {
  if (!has('mkfs.btrfs')) return null;
  const devices = ['one.img', 'two.img'].map((name) => run('losetup', '--find', '--show', image(name, 256)).trim());
  try {
    run('mkfs.btrfs', '-q', '-f', '-d', 'raid0', ...devices);
    fs.mkdirSync(at('pair'));
    run('mount', '-o', `device=${devices[1]}`, devices[0], at('pair'));
    run('btrfs', 'subvolume', 'create', at('pair', 'sub'));
    fs.writeFileSync(at('pair', 'sub', 'data'), 'x');
    return {
      storage: await describeStorage(at('pair', 'sub', 'data')),
      cache: await account(at('pair', 'sub', 'data')),
      devices,
    };
  } finally {
    run('umount', at('pair'));
    for (const device of devices) run('losetup', '--detach', device);
  }
}

/**
 * Reads the file at `path` with `cache: 'drop'` twice: first when it is cached, then when it is not. Returns the number
 * of cached bytes of the file `below` after each read.
 */
async function readAndDrop(path, below) {
  const array = await openArray(path, { format: 'raw', dtype: 'uint8', shape: [65536], cache: 'drop' });
  await array.read();
  const cached = (await residency(below)).cachedBytes;
  await evict(path);
  await array.read();
  const uncached = (await residency(below)).cachedBytes;
  await array.close();
  return { cached, uncached };
}

async function overlay() {
  for (const name of ['lower', 'upper', 'work', 'merged']) fs.mkdirSync(at(name));
  fs.mkdirSync(at('lower', 'store'));
  fs.writeFileSync(at('lower', 'store', 'old'), Buffer.alloc(65536, 1));
  run(
    'mount',
    '-t',
    'overlay',
    'overlay',
    '-o',
    `lowerdir=${at('lower')},upperdir=${at('upper')},workdir=${at('work')}`,
    at('merged'),
  );
  fs.writeFileSync(at('merged', 'new'), 'y');
  fs.readFileSync(at('merged', 'store', 'old'));
  const old = await residency(at('merged', 'store', 'old'));
  const below = (await residency(at('lower', 'store', 'old'))).cachedBytes;
  const afterDrop = await readAndDrop(at('merged', 'store', 'old'), at('lower', 'store', 'old'));
  return {
    afterDrop,
    old: await describeStorage(at('merged', 'store', 'old')),
    new: await describeStorage(at('merged', 'new')),
    folder: await describeStorage(at('merged', 'store')),
    residency: { cachedBytes: old.cachedBytes, witness: old.witness, map: old.map.length },
    below,
    evicted: (await evict(at('merged', 'store', 'old'))).remainingBytes,
    belowAfter: (await residency(at('lower', 'store', 'old'))).cachedBytes,
    cache: await account(at('merged', 'new')),
  };
}

async function bind() {
  fs.mkdirSync(at('source', 'sub'), { recursive: true });
  fs.mkdirSync(at('bound'));
  fs.writeFileSync(at('source', 'sub', 'data'), 'z');
  run('mount', '--bind', at('source', 'sub'), at('bound'));
  return {
    storage: await describeStorage(at('bound', 'data')),
    original: await describeStorage(at('source', 'sub', 'data')),
  };
}

async function tmpfs() {
  fs.mkdirSync(at('memory'));
  run('mount', '-t', 'tmpfs', '-o', 'size=16m', 'none', at('memory'));
  fs.writeFileSync(at('memory', 'data'), Buffer.alloc(100000, 1));
  return { storage: await describeStorage(at('memory', 'data')), evicted: await evict(at('memory', 'data')) };
}

/** Creates a file whose pages another process has mapped and touched. */
async function mapped() {
  fs.writeFileSync(at('mapped'), Buffer.alloc(200000, 1));
  const code = `import mmap, sys
f = open(sys.argv[1], 'rb')
m = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)
sum(m[::4096])
print('ready', flush=True)
sys.stdin.read()`;
  const child = spawn('python3', ['-c', code, at('mapped')], { stdio: ['pipe', 'pipe', 'inherit'] });
  await new Promise((ready) => child.stdout.once('data', ready));
  const held = await evict(at('mapped'));
  child.stdin.end();
  await new Promise((ended) => child.once('exit', ended));
  return { pid: child.pid, held, free: await evict(at('mapped')) };
}

/**
 * Gives up root, and inspects a file of root that may be read but not written. Must run last, because the process
 * cannot become root again.
 */
async function foreign() {
  fs.writeFileSync(at('foreign'), Buffer.alloc(50000, 1));
  fs.chmodSync(at('foreign'), 0o644);
  fs.chmodSync(folder, 0o755);
  process.setgroups([]);
  process.setgid(65534);
  process.setuid(65534);
  return {
    residency: await residency(at('foreign')),
    evicted: await evict(at('foreign')),
    storage: await describeStorage(at('foreign')),
  };
}

const found = {
  ext4: await onLoop('ext4', ['-q', '-F'], 64),
  xfs: await onLoop('xfs', ['-q', '-f'], 320),
  btrfs: await onLoop('btrfs', ['-q', '-f'], 256, 'compress=zstd'),
  pair: await btrfsOfTwo(),
  overlay: await overlay(),
  bind: await bind(),
  tmpfs: await tmpfs(),
  mapped: await mapped(),
  foreign: await foreign(),
};
console.log(JSON.stringify(found));
