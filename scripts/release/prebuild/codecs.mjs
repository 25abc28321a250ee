// Compiles the C libraries for one target into <folder>/include and <folder>/lib, where scripts/build/native-config.mjs
// looks for them.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { layOutHeaders, libraries } from './libraries.mjs';
import { root, run } from './toolchain.mjs';

const flags = [
  '-O3',
  '-fPIC',
  '-fvisibility=hidden',
  '-ffunction-sections',
  '-fdata-sections',
  '-g0',
  '-w',
  '-DNDEBUG',
];

function runLater(command, args) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { stdio: ['ignore', 2, 2] });
    child.on('error', fail);
    child.on('close', (code) =>
      code === 0 ? done() : fail(new Error(`${[command, ...args].join(' ')} ended with ${code}`)),
    );
  });
}

/** Runs `jobs`, as many at a time as there are cores. */
async function runAll(jobs) {
  const queue = [...jobs];
  const work = async () => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) await job();
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
}

function stateHash(target) {
  const scripts = ['codecs.mjs', 'libraries.mjs', 'requirements.txt', 'toolchain.mjs'];
  const hash = createHash('sha256').update(target.zig).update(root);
  for (const name of scripts) hash.update(readFileSync(join(import.meta.dirname, name)));
  return hash.digest('hex');
}

/**
 * Builds all libraries for `target` from the crates in `vendor`, unless they exist. `commands` are the wrapper scripts
 * of the compiler.
 */
export async function buildCodecs(target, vendor, commands, folder) {
  const stamp = join(folder, 'state.sha256');
  const state = stateHash(target);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === state) return;
  rmSync(folder, { recursive: true, force: true });
  const include = join(folder, 'include');
  mkdirSync(join(folder, 'lib'), { recursive: true });
  const jobs = [];
  const archives = [];
  for (const library of libraries) {
    const source = join(vendor, library.crate, library.folder);
    layOutHeaders(library, source, include);
    const settings = [
      ...library.includes.map((path) => `-I${join(source, path)}`),
      `-I${include}`,
      ...(library.defines ?? []).map((define) => `-D${define}`),
      `-ffile-prefix-map=${vendor}=.`,
    ];
    const objects = library.sources(source).map((path) => {
      const object = join(folder, 'obj', library.name, `${path.replace(/[/.]/g, '_')}.o`);
      mkdirSync(dirname(object), { recursive: true });
      jobs.push(() => runLater(commands.CC, [...flags, ...settings, '-c', join(source, path), '-o', object]));
      return object;
    });
    archives.push([join(folder, 'lib', library.archive), objects]);
  }
  await runAll(jobs);
  for (const [archive, objects] of archives) run(commands.AR, ['rcsD', archive, ...objects]);
  writeFileSync(stamp, state);
}
