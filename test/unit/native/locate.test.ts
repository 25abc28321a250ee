import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { libcOf, listAddonPaths, thisMachine } from '../../../lib/native/locate.js';
import { straceMissing } from '../../support/strace.js';

const root = join(import.meta.dirname, '../../..');
let folder = '';

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'posix-par-locate-')));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const linux = { platform: 'linux', arch: 'x64', libc: 'glibc' } as const;
const prebuilt = 'prebuilds/linux-x64/posix-par.glibc.node';

/** Writes a file in the temporary directory and returns its real path. */
function put(path: string, content = ''): string {
  const target = join(folder, path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, content);
  return target;
}

describe('the paths of the addon', () => {
  it('are a local build in the package, then the binary of the platform, processor and C library', () => {
    const module = put('pkg/dist/native/binding.js');
    const package_ = join(folder, 'pkg');
    put('pkg/package.json', '{"name": "posix-par"}');
    expect(listAddonPaths(module, { platform: 'linux', arch: 'arm64', libc: 'musl' })).toEqual([
      `${package_}/build/Release/posixpar.node`,
      `${package_}/build/Debug/posixpar.node`,
      `${package_}/prebuilds/linux-arm64/posix-par.musl.node`,
    ]);
    expect(listAddonPaths(module, { platform: 'darwin', arch: 'arm64', libc: 'glibc' })[2]).toBe(
      `${package_}/prebuilds/darwin-arm64/posix-par.node`,
    );
  });

  it('are relative to the real location of the module, if it is reached through a link', () => {
    const module = put('real/dist/native/binding.js');
    put('real/package.json', '{"name": "posix-par"}');
    put('linked/package.json', '{"name": "posix-par"}');
    symlinkSync(join(folder, 'real/dist'), join(folder, 'linked/dist'));
    const linked = listAddonPaths(join(folder, 'linked/dist/native/binding.js'), linux);
    expect(linked).toEqual(listAddonPaths(module, linux));
    expect(linked[0]).toBe(join(folder, 'real/build/Release/posixpar.node'));
  });

  it('are next to a bundle, and in the package in node_modules', () => {
    const bundle = put('app/out/server/bundle.js');
    const next = join(folder, 'app/out/server', prebuilt);
    expect(listAddonPaths(bundle, linux)).toEqual([next]);
    put('app/node_modules/posix-par/package.json', '{"name": "posix-par", "version": "0.0.0"}');
    const installed = join(folder, 'app/node_modules/posix-par');
    expect(listAddonPaths(bundle, linux)).toEqual([
      next,
      join(installed, 'build/Release/posixpar.node'),
      join(installed, 'build/Debug/posixpar.node'),
      join(installed, prebuilt),
    ]);
  });

  it('are not in a directory two levels above a bundle, even if its package.json has the same name', () => {
    put('up/package.json', '{"name": "posix-par"}');
    const bundle = put('up/dist/native/bundle.js');
    expect(listAddonPaths(bundle, linux)).toEqual([join(dirname(bundle), prebuilt)]);
  });

  it.each(['{"name": "other"}', '[', 'null', '{}'])('are not in a package with %s', (description) => {
    put('other/package.json', description);
    const module = put('other/lib/native/binding.ts');
    put('other/lib/node_modules/posix-par/package.json', description);
    expect(listAddonPaths(module, linux)).toEqual([join(dirname(module), prebuilt)]);
  });

  it('do not exist for a module without a location: code without a file, a relative name, a missing file', () => {
    for (const name of ['[eval1]', '[stdin]']) expect(listAddonPaths(put(`cwd/${name}`), linux)).toEqual([]);
    expect(listAddonPaths('', linux)).toEqual([]);
    expect(listAddonPaths('package.json', linux)).toEqual([]);
    expect(listAddonPaths(join(folder, 'absent.js'), linux)).toEqual([]);
  });
});

describe('the C library of a program', () => {
  it('is determined from the loader that it names', () => {
    const program = (loader: string) => {
      const path = join(folder, 'program');
      writeFileSync(path, Buffer.concat([Buffer.from('\x7fELF'), Buffer.alloc(700), Buffer.from(`${loader}\0`)]));
      return path;
    };
    expect(libcOf(program('/lib/ld-musl-x86_64.so.1'))).toBe('musl');
    expect(libcOf(program('/lib64/ld-linux-x86-64.so.2'))).toBe('glibc');
    expect(libcOf(join(folder, 'absent'))).toBe('glibc');
  });

  it('agrees with ldd for this Node', () => {
    const ldd = spawnSync('ldd', [process.execPath], { encoding: 'utf8' });
    expect(libcOf()).toBe(ldd.stdout.includes('ld-musl-') ? 'musl' : 'glibc');
  });
});

describe('the loader', () => {
  /** The environment without POSIX_PAR_BINDING, which selects an addon. */
  const others = Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== 'POSIX_PAR_BINDING'));
  const report = `try { console.log(Object.keys(binding()).length > 5 ? 'loaded' : 'empty'); }
    catch (error) { console.log(error.message); }`;

  /** Runs the compiled loader in a package that has no addon. */
  function load(env: Readonly<Record<string, string>>): string {
    put('package/package.json', '{"type": "module", "name": "posix-par"}');
    put('package/dist/native/binding.js', bundleLoader('export * from "./binding.js"', 'esm'));
    const module = pathToFileURL(join(folder, 'package/dist/native/binding.js'));
    const program = `const { binding } = await import(${JSON.stringify(module)}); ${report}`;
    return execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
      env: { ...others, ...env },
    });
  }

  /** Bundles the loader of lib/ into one file. */
  function bundleLoader(contents: string, format: 'esm' | 'cjs'): string {
    const options = { bundle: true, platform: 'node', write: false, logLevel: 'silent', format } as const;
    const stdin = { contents, resolveDir: join(root, 'lib/native'), loader: 'ts' } as const;
    return buildSync({ ...options, stdin }).outputFiles[0]?.text ?? '';
  }

  it('lists the files that it tried, the reason for each, and what to do', () => {
    put('package/build/Release/posixpar.node', 'not a library');
    const said = load({});
    expect(said).toContain(`no native addon for ${process.platform}-${process.arch}`);
    expect(said).toContain(`Node ${process.versions.node}`);
    expect(said).toMatch(/package\/build\/Release\/posixpar\.node: (?!there is no such file)\S/);
    expect(said).toMatch(/package\/prebuilds\/\S+\.node: there is no such file/);
    expect(said).toContain('npx posix-par build-addon');
  });

  it('loads only the file of POSIX_PAR_BINDING if it is set', () => {
    expect(load({ POSIX_PAR_BINDING: join(root, 'build/Release/posixpar.node') })).toBe('loaded\n');
    const said = load({ POSIX_PAR_BINDING: '/nowhere/x.node' });
    expect(said).toContain('/nowhere/x.node: there is no such file');
    expect(said).toContain('Only this file of POSIX_PAR_BINDING is tried');
    expect(said).not.toContain('prebuilds/');
    expect(load({ POSIX_PAR_BINDING: 'x.node' })).toContain('Expected an absolute path');
  });

  it.skipIf(straceMissing !== null).each(['esm', 'cjs', 'evaluated'] as const)(
    `opens no planted addon: bundle as %s ${straceMissing ?? ''}`.trim(),
    (form) => {
      const machine = thisMachine();
      const [ownPath = ''] = listAddonPaths(put('plain/bundle.js'), machine);
      const prebuiltHere = ownPath.slice(join(folder, 'plain/').length);
      const names = ['build/Release/posixpar.node', 'build/Debug/posixpar.node', prebuiltHere];
      const bundle = `planted-${form}/up/app/out`;
      // Plants addons above the bundle, next to it, in the working directory, and in the directories of NODE_PATH and
      // HOME.
      const folders = [`planted-${form}`, `planted-${form}/up`, `planted-${form}/up/app`, bundle, `cwd-${form}`];
      const packages = [`global-${form}/posix-par`, `home-${form}/.node_modules/posix-par`];
      packages.push(`home-${form}/.node_libraries/posix-par`, `cwd-${form}/node_modules/posix-par`);
      for (const parent of [...folders, ...packages]) {
        put(`${parent}/package.json`, '{"name": "posix-par"}');
        for (const name of names) put(`${parent}/${name}`, 'planted');
      }
      const allowed = form === 'evaluated' ? [] : [join(folder, bundle, prebuiltHere)];
      const entry = 'import { binding } from "./binding.js";';
      const source = bundleLoader(`${entry}${report}`, form === 'cjs' ? 'cjs' : 'esm');
      const file = put(`${bundle}/bundle.${form === 'cjs' ? 'cjs' : 'mjs'}`, source);
      const log = join(folder, `${form}.strace`);
      const command = [process.execPath, ...(form === 'evaluated' ? ['--input-type=module', '-e', source] : [file])];
      const env = { ...others, NODE_PATH: join(folder, `global-${form}`), HOME: join(folder, `home-${form}`) };
      const options = { cwd: join(folder, `cwd-${form}`), env, encoding: 'utf8' } as const;
      const traced = spawnSync(
        'strace',
        ['-f', '-qq', '-s', '4096', '-e', 'trace=file', '-o', log, ...command],
        options,
      );
      expect(traced.stderr).toBe('');
      expect(traced.stdout).toContain('no native addon');
      const touched = readFileSync(log, 'utf8').match(/"[^"]*\.node"/g) ?? [];
      expect([...new Set(touched)]).toEqual(allowed.map((path) => JSON.stringify(path)));
    },
  );
});
