// Runs clang-tidy over the C++ sources. Usage: scripts/check/tidy.mjs [FILE...] (default: all of native/sources.txt).
// Skips a file if its preprocessed text and the settings have not changed since a clean run.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { readSources, root } from '../build/native-config.mjs';

const buildFolder = join(root, 'build-tidy');
const cacheFolder = join(root, '.cache', 'tidy');
mkdirSync(cacheFolder, { recursive: true });

// Only writes compile_commands.json; compiles nothing.
const configured = spawnSync(
  'cmake',
  [
    '-S',
    root,
    '-B',
    buildFolder,
    '-G',
    'Ninja',
    '-DPOSIXPAR_ADDON=ON',
    '-DPOSIXPAR_TESTS=OFF',
    '-DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON',
    '-DPOSIXPAR_CCACHE=',
  ],
  { encoding: 'utf8' },
);
if (configured.status !== 0) {
  console.error(configured.stderr || String(configured.error));
  process.exit(1);
}
const commands = JSON.parse(readFileSync(join(buildFolder, 'compile_commands.json'), 'utf8'));
const settings = readFileSync(join(root, '.clang-tidy'), 'utf8') + execFileSync('clang-tidy', ['--version']);

/** Maximum number of files that clang-tidy checks as one. Most of its time is spent on headers that the files share. */
const groupSize = 8;

/** Describes a source file. `mark` is the path of an empty file that exists if the source was clean in this state. */
function describe(file) {
  const entry = commands.find(({ directory, file: path }) => resolve(directory, path) === resolve(root, file));
  if (entry === undefined) throw new Error(`Expected '${file}' in native/sources.txt`);
  const preprocess = entry.command.replace(/ -o \S+ -c /, ' -E -o - -c ');
  const text = spawnSync('sh', ['-c', preprocess], { cwd: entry.directory, maxBuffer: 1 << 30 }).stdout;
  const mark = join(cacheFolder, createHash('sha256').update(settings).update(text).digest('hex'));
  const options = entry.command
    .replace(/ -o \S+ -c \S+/, '')
    .split(' ')
    .slice(1);
  return { file, options, mark };
}

/** Divides files into groups of one folder with the same compiler options. */
function groupsOf(files) {
  const groups = new Map();
  for (const file of files) {
    const key = [dirname(file.file), ...file.options].join(' ');
    const last = groups.get(key)?.at(-1);
    if (last !== undefined && last.length < groupSize) last.push(file);
    else groups.set(key, [...(groups.get(key) ?? []), [file]]);
  }
  return [...groups.values()].flat();
}

/** Runs clang-tidy on a file; resolves to its findings, or to the empty string. */
function tidy(path, options) {
  return new Promise((done) => {
    const child = spawn('clang-tidy', ['--quiet', path, '--', ...options]);
    let text = '';
    child.stdout.on('data', (data) => {
      text += data;
    });
    child.stderr.on('data', (data) => {
      text += data;
    });
    child.on('error', (error) => done(String(error)));
    child.on('close', (code) => done(code === 0 ? '' : text || `clang-tidy ended with ${code}`));
  });
}

let dirty = 0;

/** Prints the findings in a group of files, and marks the files without findings. */
async function check(group) {
  const [{ file, options }] = group;
  let path = join(root, file);
  if (group.length > 1) {
    path = join(buildFolder, `group-${createHash('sha256').update(path).digest('hex')}.cc`);
    writeFileSync(path, group.map((part) => `#include "${part.file}" // NOLINT\n`).join(''));
  }
  const findings = await tidy(path, options);
  if (findings === '') {
    for (const { mark } of group) writeFileSync(mark, '');
  } else if (group.length > 1) {
    // Two files may define the same name, which is correct. So the parts decide.
    await check(group.slice(0, group.length / 2));
    await check(group.slice(group.length / 2));
  } else {
    dirty += 1;
    console.log(findings.trimEnd());
  }
}

const asked = process.argv.slice(2);
const stale = (asked.length > 0 ? asked : readSources()).map(describe).filter(({ mark }) => !existsSync(mark));
const queue = groupsOf(stale);

async function work() {
  for (let group = queue.shift(); group !== undefined; group = queue.shift()) await check(group);
}

await Promise.all(Array.from({ length: availableParallelism() }, work));
console.log(`clang-tidy: ${stale.length} files looked at, ${dirty} with findings`);
process.exitCode = dirty === 0 ? 0 : 1;
