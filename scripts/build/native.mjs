// Builds build/Release/posixpar.node with node-gyp, incrementally unless `--rebuild` is given. With `--if-missing`,
// builds only if the file is missing. `--directory DIR` builds in another folder that has a binding.gyp. `--tools DIR`
// is the folder of node-gyp and the headers (see scripts/build/native-headers.mjs).
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { detectLibraries, headerDirectories, readSources, root } from './native-config.mjs';
import { commonGypi, layOutNodeDirectory } from './native-headers.mjs';

const { values: options } = parseArgs({
  options: {
    rebuild: { type: 'boolean', default: false },
    'if-missing': { type: 'boolean', default: false },
    directory: { type: 'string', default: root },
    tools: { type: 'string', default: root },
  },
});
process.env.POSIX_PAR_BUILD_TOOLS = options.tools; // Read by native-config.mjs, both here and when binding.gyp runs it.
const require = createRequire(join(options.tools, 'package.json'));
const build = join(options.directory, 'build');
const nodeDirectory = join(build, 'nodedir');
const stampPath = join(build, 'configured.sha256');
const addonPath = join(build, 'Release', 'posixpar.node');

function isAvailable(command) {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
}

/**
 * Returns the environment for the build. If ccache is installed and neither CC nor CXX is set, sets them to gcc and g++
 * with ccache.
 */
function environment() {
  const env = { ...process.env };
  if (env.CXX === undefined && env.CC === undefined && isAvailable('ccache')) {
    env.CC = 'ccache gcc';
    env.CXX = 'ccache g++';
  }
  return env;
}

/** Hashes the inputs of the generated makefiles. If the hash changes, they are generated again. */
function configurationHash(env) {
  const inputs = [
    readFileSync(join(options.directory, 'binding.gyp'), 'utf8'),
    readFileSync(join(root, 'scripts', 'build', 'native-config.mjs'), 'utf8'),
    commonGypi,
    JSON.stringify([
      readSources(),
      detectLibraries(),
      headerDirectories(),
      env.CXX,
      process.execPath,
      options.directory,
    ]),
  ];
  return createHash('sha256').update(inputs.join('\0')).digest('hex');
}

function nodeGyp(args, env) {
  const command = [
    process.execPath,
    require.resolve('node-gyp/bin/node-gyp.js'),
    ...args,
    `--nodedir=${nodeDirectory}`,
    `--jobs=${availableParallelism()}`,
    '--loglevel=warn',
  ];
  const built = spawnSync(command[0], command.slice(1), {
    cwd: options.directory,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (built.status !== 0) process.exit(built.status ?? 1);
}

if (options['if-missing'] && existsSync(addonPath)) process.exit(0);
const env = environment();
const wanted = configurationHash(env);
const isConfigured = existsSync(stampPath) && readFileSync(stampPath, 'utf8') === wanted;
if (options.rebuild) nodeGyp(['clean'], env);
if (!isConfigured || options.rebuild) {
  layOutNodeDirectory(nodeDirectory);
  nodeGyp(['configure'], env);
  writeFileSync(stampPath, wanted);
}
nodeGyp(['build'], env);

const present = detectLibraries().map(({ define }) => define.replace('POSIXPAR_HAVE_', '').toLowerCase());
console.log(`built ${addonPath.slice(options.directory.length + 1)} with ${present.join(', ') || 'no codec library'}`);
