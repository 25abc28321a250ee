/**
 * Plants binaries with the name of the addon in the working directory, above a bundle, in NODE_PATH and elsewhere. A
 * planted binary leaves a mark if it is loaded. The library must load none of them.
 * @module
 */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Random } from '../../support/random.js';
import type { Campaign } from '../campaign.js';
import { runProcess } from '../spawn.js';

const bundle = fileURLToPath(new URL('load-addon.js', import.meta.url));
const prebuilt = `prebuilds/${process.platform}-${process.arch}/posix-par.glibc.node`;

/** Paths below a folder at which a binary may be planted: paths of the addon in a package, and similar paths. */
const addonNames = [
  'build/Release/posixpar.node',
  'build/Debug/posixpar.node',
  'Release/posixpar.node',
  'posixpar.node',
  'posix-par.node',
  prebuilt,
  prebuilt.replace('.glibc', ''),
  prebuilt.replace('glibc', 'musl'),
  `node_modules/posix-par/${prebuilt}`,
  'node_modules/posix-par/build/Release/posixpar.node',
  'node_modules/posixpar.node',
] as const;

/** Folders of a program. The bundle is in `bundleFolder`; the program runs in any of the folders. */
const folders = ['.', 'home', 'home/app/dist', 'home/app', 'home/other', 'modules'] as const;
const bundleFolder = 'home/app/dist';

/** Returns true if the library may load this file: it is next to the bundle, or in the package that Node finds. */
function isLegitimate(folder: string, name: string): boolean {
  const path = join(folder, name);
  if (path === join(bundleFolder, prebuilt)) return true;
  // Node finds the package `posix-par` in `node_modules` of the folder of the bundle, or of a folder above it.
  return (
    name.startsWith('node_modules/posix-par/') && `${bundleFolder}/`.startsWith(folder === '.' ? '' : `${folder}/`)
  );
}

const source = `#include <fcntl.h>
#include <stdlib.h>
__attribute__((constructor)) static void leave_mark(void) {
  const char* path = getenv("PLANTED_MARK");
  if (path) open(path, O_CREAT | O_WRONLY, 0600);
}
`;

const compiler = process.env['CC'] ?? 'gcc';

function missing(): string | null {
  return spawnSync(compiler, ['--version']).status === 0 ? null : `no ${compiler} to compile the planted library`;
}

interface Layout {
  readonly planted: readonly string[];
  readonly from: string;
  readonly environment: NodeJS.ProcessEnv;
}

function randomLayout(random: Random, root: string): Layout {
  const planted = Array.from(
    { length: 1 + random.below(6) },
    () => [random.pick(folders), random.pick(addonNames)] as const,
  )
    .filter(([folder, name]) => !isLegitimate(folder, name))
    .map(([folder, name]) => join(folder, name));
  const environment: NodeJS.ProcessEnv = {};
  if (random.below(3) === 0) environment['NODE_PATH'] = join(root, 'modules/node_modules');
  if (random.below(3) === 0) environment['HOME'] = join(root, 'home');
  if (random.below(4) === 0) environment['LD_LIBRARY_PATH'] = join(root, random.pick(folders));
  if (random.below(4) === 0)
    environment['POSIX_PAR_BINDING'] = random.pick(['build/Release/posixpar.node', './posixpar.node', '']);
  return { planted, from: random.pick(folders), environment };
}

export const plantedCampaign: Campaign = {
  name: 'planted',
  what: 'files with the name of the addon where it must not be loaded from',
  weight: 0.5,
  quickCases: 40,
  batchCases: 200,
  caseCpuMs: 2000,
  missing,
  async prepare({ folder }) {
    const library = join(folder, 'planted.so');
    const compiled = spawnSync(compiler, ['-shared', '-fPIC', '-x', 'c', '-o', library, '-'], { input: source });
    if (compiled.status !== 0) throw new Error(`The planted library does not compile: ${compiled.stderr}`);
    return async ({ random, report, note, index }) => {
      const root = join(folder, `case-${index}`);
      const layout = randomLayout(random, root);
      note(JSON.stringify(layout));
      for (const name of folders) fs.mkdirSync(join(root, name), { recursive: true });
      for (const name of layout.planted) {
        fs.mkdirSync(dirname(join(root, name)), { recursive: true });
        fs.copyFileSync(library, join(root, name));
      }
      const script = join(root, bundleFolder, 'load-addon.mjs');
      fs.copyFileSync(bundle, script);
      const mark = join(root, 'mark');
      const how = random.below(4) === 0 ? ['--input-type=module', '-e', fs.readFileSync(bundle, 'utf8')] : [script];
      const { code, output, hung } = await runProcess([process.execPath, ...how], {
        cwd: join(root, layout.from),
        env: { POSIX_PAR_BINDING: '', ...layout.environment, PLANTED_MARK: mark },
      });
      if (fs.existsSync(mark)) report.wrong(`a planted library was loaded: ${output}`);
      else if (hung || code !== 3) report.wrong(`expected that no addon is found, found code ${code}: ${output}`);
      else report.refused();
      fs.rmSync(root, { recursive: true, force: true });
    };
  },
};
