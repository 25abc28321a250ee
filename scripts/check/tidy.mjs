// Runs clang-tidy over the C++ sources. Usage: scripts/check/tidy.mjs [FILE...] (default: all of native/sources.txt).
// Skips a file if its preprocessed text and the settings have not changed since a clean run.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
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

/** Returns the path of an empty file that exists if `file` was clean in its present state. */
function cleanMark(file) {
  const command = commands.find((entry) => resolve(entry.directory, entry.file) === resolve(root, file));
  if (command === undefined) throw new Error(`Expected '${file}' in native/sources.txt`);
  const preprocess = command.command.replace(/ -o \S+ -c /, ' -E -o - -c ');
  const text = spawnSync('sh', ['-c', preprocess], { cwd: command.directory, maxBuffer: 1 << 30 }).stdout;
  return join(cacheFolder, createHash('sha256').update(settings).update(text).digest('hex'));
}

/** Runs clang-tidy on one file; resolves to its findings, or to the empty string. */
function tidy(file) {
  return new Promise((done) => {
    const child = spawn('clang-tidy', ['--quiet', '-p', buildFolder, join(root, file)]);
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

const asked = process.argv.slice(2);
const queue = asked.length > 0 ? asked : readSources();
let looked = 0;
let dirty = 0;

async function work() {
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    const mark = cleanMark(file);
    if (existsSync(mark)) continue;
    looked += 1;
    const findings = await tidy(file);
    if (findings === '') {
      writeFileSync(mark, '');
    } else {
      dirty += 1;
      console.log(findings.trimEnd());
    }
  }
}

await Promise.all(Array.from({ length: availableParallelism() }, work));
console.log(`clang-tidy: ${looked} files looked at, ${dirty} with findings`);
process.exitCode = dirty === 0 ? 0 : 1;
