import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');

interface Manifest {
  readonly type: string;
  readonly license: string;
  readonly engines: { readonly node: string };
  readonly exports: Readonly<Record<string, unknown>>;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly binary: { readonly napi_versions: readonly number[] };
}

const text = (path: string) => readFileSync(join(root, path), 'utf8');
const manifest = JSON.parse(text('package.json')) as Manifest;

/** Returns the paths that `npm publish` would send. */
function packedPaths(): string[] {
  const listing = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel=silent'], {
    cwd: root,
    encoding: 'utf8',
  });
  // Older versions of npm print an array of packages, newer ones an object by name.
  const parsed = JSON.parse(listing) as Record<string, { files: { path: string }[] }>;
  const pack = Object.values(parsed)[0];
  return (pack?.files ?? []).map((file) => file.path).sort();
}

describe('the package', () => {
  it('is ESM for Node 20 and newer, under MIT', () => {
    expect(manifest.type).toBe('module');
    expect(manifest.engines.node).toBe('>=20');
    expect(manifest.license).toBe('MIT');
    expect(text('LICENSE')).toMatch(/^MIT License/);
  });

  it('has no run-time dependency', () => {
    expect(manifest.dependencies ?? {}).toEqual({});
  });

  it('pins every dependency exactly, and docs/dependencies.md explains each', () => {
    const all = manifest.devDependencies;
    expect(Object.values(all).filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
    const explained = text('docs/dependencies.md');
    expect(Object.keys(all).filter((name) => !explained.includes(`\`${name}\``))).toEqual([]);
  });

  it('exports arrays, storage, benchmarks, the server and adapters, each compiled with its types', () => {
    expect(Object.keys(manifest.exports)).toEqual([
      '.',
      './storage',
      './bench',
      './serve',
      './adapters',
      './package.json',
    ]);
    const folders = {
      '.': '',
      './storage': 'storage/',
      './bench': 'bench/',
      './serve': 'serve/',
      './adapters': 'adapters/',
    };
    for (const [name, folder] of Object.entries(folders)) {
      expect(manifest.exports[name]).toEqual({
        import: { types: `./dist/${folder}index.d.ts`, default: `./dist/${folder}index.js` },
        require: { types: `./dist/${folder}index.d.cts`, default: `./dist/${folder}index.cjs` },
      });
      expect(existsSync(join(root, `lib/${folder}index.ts`))).toBe(true);
    }
  });

  it('runs nothing when it is installed', () => {
    const hooks = ['preinstall', 'install', 'postinstall', 'prepare'];
    expect(hooks.filter((name) => name in manifest.scripts)).toEqual([]);
    // Package managers run node-gyp for every package with a binding.gyp in its root.
    expect(packedPaths().filter((path) => path.endsWith('.gyp'))).toEqual(['dist/binding.gyp']);
  });

  it('contains what a build from source needs, but neither tests nor paths of this machine', () => {
    const packed = packedPaths();
    const needed = [
      'package.json',
      'LICENSE',
      'THIRD_PARTY.md',
      'README.md',
      'dist/binding.gyp',
      'native/sources.txt',
      'native/exports.map',
    ];
    const scripts = ['addon.mjs', 'native-config.mjs', 'native-headers.mjs', 'native.mjs'].map(
      (name) => `scripts/build/${name}`,
    );
    expect(packed).toEqual(expect.arrayContaining([...needed, ...scripts]));
    const allowed =
      /^(dist\/.*\.(js|cjs|d\.ts|d\.cts)|dist\/binding\.gyp|dist\/((cli|viewer)\/)?THIRD_PARTY\.md|dist\/viewer\/(posix-par-viewer\.json|index\.html\.(br|gz)|assets\/[\w-]+\.(js|css)\.(br|gz))|native\/.*\.(cc|h|txt|map)|scripts\/.*\.mjs|[A-Z_]+(\.md)?|prebuilds\/linux-(x64|arm64)\/posix-par\.(glibc|musl)\.node|package\.json)$/;
    expect(packed.filter((path) => !allowed.test(path))).toEqual([]);
    expect(packed.filter((path) => path.startsWith('scripts/'))).toEqual(scripts);
  });
});

describe('the build', () => {
  it('compiles every C++ source of native/', () => {
    const listed = text('native/sources.txt')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    const present = readdirSync(join(root, 'native'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.cc'))
      .map((name) => `native/${name}`)
      .sort();
    expect(listed.toSorted()).toEqual(present);
  });

  it('requests the same version of Node-API in both build files', () => {
    const version = manifest.binary.napi_versions[0];
    expect(text('binding.gyp')).toContain(`'NAPI_VERSION=${version}'`);
    expect(text('CMakeLists.txt')).toContain(`NAPI_VERSION=${version} `);
  });

  it('keeps registry addresses out of the lock file', () => {
    expect(text('package-lock.json')).not.toMatch(/"resolved":/);
  });
});
