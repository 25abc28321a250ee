// Builds the viewer (web/viewer) into dist/viewer: the page and its scripts, compressed with brotli and gzip, and the
// list of these files that the server reads. Does nothing if the sources are unchanged.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { bundledLicences } from './bundled-licences.mjs';
import { listFiles } from './list-files.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const project = join(root, 'web/viewer');

/** Maximum size in bytes of all files that the first view of an array loads, compressed with gzip. */
const maxFirstLoadBytes = 500_000;

/** Licences from the repositories of packages that contain no text of their licence. */
const licenceTexts = {
  '@react-three/fiber': readFileSync(join(project, 'licences/react-three-fiber.txt'), 'utf8'),
};

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Returns a hash of the sources of the viewer and of the scripts that build it. */
function sourceHash() {
  const hash = createHash('sha256');
  const sources = ['src', 'licences'].flatMap((folder) =>
    listFiles(join(project, folder)).map((file) => `${folder}/${file}`),
  );
  for (const file of [...sources, 'index.html', 'package-lock.json', 'tsconfig.json'].sort()) {
    hash.update(`${file}\0`).update(readFileSync(join(project, file)));
  }
  for (const script of ['viewer.mjs', 'bundled-licences.mjs']) {
    hash.update(`${script}\0`).update(readFileSync(join(root, 'scripts/build', script)));
  }
  return hash.digest('hex');
}

/** Installs the npm packages of the viewer. It is a separate npm project, as docs/ is. */
export function installViewerPackages() {
  const lock = join(project, 'package-lock.json');
  const installed = join(project, 'node_modules/.from-lock');
  if (existsSync(installed) && readFileSync(installed).equals(readFileSync(lock))) return;
  const options = ['--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts'];
  const { status } = spawnSync('npm', ['ci', '--prefix', project, ...options], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) throw new Error('Cannot install the npm packages of web/viewer');
  copyFileSync(lock, installed);
}

/**
 * Bundles the page. Returns its `files`, a list of `{name, bytes, isFirst}`, and `inputs`, whose keys are the paths of
 * the modules in them.
 */
async function bundlePage() {
  // A test runner sets this to `test`, and vite would then bundle the development version of React.
  process.env.NODE_ENV = 'production';
  const { build } = await import('vite');
  const replacement = (name) => join(project, 'src/arrays', `${name}.ts`);
  const { output } = await build({
    root: project,
    configFile: false,
    logLevel: 'warn',
    base: '/',
    resolve: {
      // These packages compile code at run time, which the Content-Security-Policy of the server forbids.
      alias: [
        { find: /^ndarray$/, replacement: replacement('ndarray') },
        { find: /^ndarray-ops$/, replacement: replacement('ndarray-ops') },
      ],
    },
    build: {
      write: false,
      target: 'es2022',
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
      chunkSizeWarningLimit: 2000,
      rollupOptions: {
        onwarn(warning, warn) {
          // Directives such as "use client" concern servers that render React.
          if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning);
        },
      },
    },
  });
  const inputs = {};
  const first = new Set(['index.html']);
  const chunks = new Map(output.map((file) => [file.fileName, file]));
  const follow = (name) => {
    if (first.has(name)) return;
    first.add(name);
    for (const next of chunks.get(name)?.imports ?? []) follow(next);
  };
  for (const file of output) {
    if (file.type === 'chunk') {
      for (const id of Object.keys(file.modules)) if (id.startsWith(root)) inputs[id.slice(root.length + 1)] = {};
      if (file.isEntry) follow(file.fileName);
    } else if (file.fileName.endsWith('.css')) first.add(file.fileName);
  }
  const files = output.map((file) => ({
    name: file.fileName,
    bytes: Buffer.from(file.type === 'chunk' ? file.code : file.source),
    isFirst: first.has(file.fileName),
  }));
  return { files, inputs };
}

function writeFiles(folder, files, inputs, stamp) {
  rmSync(folder, { recursive: true, force: true });
  let firstLoadBytes = 0;
  const listed = [];
  for (const { name, bytes, isFirst } of files) {
    const gzip = gzipSync(bytes, { level: 9 });
    const br = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, `${name}.gz`), gzip);
    writeFileSync(join(folder, `${name}.br`), br);
    if (isFirst) firstLoadBytes += gzip.length;
    const type = types[extname(name)];
    if (type === undefined) throw new Error(`Expected a known type of file, received ${name}`);
    listed.push({ url: name === 'index.html' ? '/' : `/${name}`, file: name, type });
  }
  if (firstLoadBytes > maxFirstLoadBytes) {
    throw new Error(`The first load of the viewer is ${firstLoadBytes} bytes, more than ${maxFirstLoadBytes}`);
  }
  writeFileSync(
    join(folder, 'THIRD_PARTY.md'),
    bundledLicences(root, { viewer: { inputs } }, 'the viewer', licenceTexts),
  );
  // Written last: it marks the folder as complete.
  const list = { sources: stamp, firstLoadBytes, files: listed };
  writeFileSync(join(folder, 'posix-par-viewer.json'), `${JSON.stringify(list, null, 2)}\n`);
}

/** Builds the viewer into `folder`. Returns the names of its files, relative to it. */
export async function buildViewer(folder) {
  const stamp = sourceHash();
  const list = join(folder, 'posix-par-viewer.json');
  if (!existsSync(list) || JSON.parse(readFileSync(list, 'utf8')).sources !== stamp) {
    installViewerPackages();
    const { files, inputs } = await bundlePage();
    writeFiles(folder, files, inputs, stamp);
  }
  return listFiles(folder);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildViewer(join(root, 'dist/viewer'));
