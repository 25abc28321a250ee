// Builds build/Release/posixpar.node with node-gyp; incremental unless `--rebuild` is given; with
// `--if-missing` only if there is none.
// The headers are those of scripts/native-headers.mjs.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { detectLibraries, headerDirectories, readSources, root } from './native-config.mjs';
import { commonGypi, layOutNodeDirectory } from './native-headers.mjs';

const require = createRequire(import.meta.url);
const nodeDirectory = join(root, 'build', 'nodedir');
const stampPath = join(root, 'build', 'configured.sha256');
const addonPath = join(root, 'build', 'Release', 'posixpar.node');

/** node-gyp: the project's own, else the one that npm hands to install scripts. */
function nodeGypPath() {
  try {
    return require.resolve('node-gyp/bin/node-gyp.js');
  } catch {
    const fromNpm = process.env.npm_config_node_gyp;
    if (fromNpm !== undefined && existsSync(fromNpm)) return fromNpm;
    const besideNode = join(dirname(process.execPath), '../lib/node_modules/npm/node_modules/node-gyp/bin/node-gyp.js');
    if (existsSync(besideNode)) return besideNode;
    throw new Error('Expected node-gyp in node_modules or in npm, found neither: run `npm install` first');
  }
}

function isAvailable(command) {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
}

/** One compiler a variable: ccache, where there is one, makes the second build of a file free. */
function environment() {
  const env = { ...process.env };
  if (env.CXX === undefined && env.CC === undefined && isAvailable('ccache')) {
    env.CC = 'ccache gcc';
    env.CXX = 'ccache g++';
  }
  return env;
}

/** What the generated makefiles depend on; when it changes they are generated again. */
function configurationHash(env) {
  const inputs = [
    readFileSync(join(root, 'binding.gyp'), 'utf8'),
    readFileSync(join(root, 'scripts', 'native-config.mjs'), 'utf8'),
    commonGypi,
    JSON.stringify([readSources(), detectLibraries(), headerDirectories(), env.CXX, process.execPath, root]),
  ];
  return createHash('sha256').update(inputs.join('\0')).digest('hex');
}

function nodeGyp(args, env) {
  const command = [
    process.execPath,
    nodeGypPath(),
    ...args,
    `--nodedir=${nodeDirectory}`,
    `--jobs=${availableParallelism()}`,
    '--loglevel=warn',
  ];
  const built = spawnSync(command[0], command.slice(1), { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
  if (built.status !== 0) process.exit(built.status ?? 1);
}

if (process.argv.includes('--if-missing') && existsSync(addonPath)) process.exit(0);
const env = environment();
const wanted = configurationHash(env);
const isConfigured = existsSync(stampPath) && readFileSync(stampPath, 'utf8') === wanted;
if (process.argv.includes('--rebuild')) nodeGyp(['clean'], env);
if (!isConfigured || process.argv.includes('--rebuild')) {
  layOutNodeDirectory(nodeDirectory);
  nodeGyp(['configure'], env);
  writeFileSync(stampPath, wanted);
}
nodeGyp(['build'], env);

const present = detectLibraries().map(({ define }) => define.replace('POSIXPAR_HAVE_', '').toLowerCase());
console.log(`built ${addonPath.slice(root.length + 1)} with ${present.join(', ') || 'no codec library'}`);
