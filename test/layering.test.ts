import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  cyclesOf,
  headerCyclesOf,
  importsOf,
  includesOf,
  longerThan,
  ranks,
  type Sources,
  systemCall,
  unitCyclesOf,
  violationsOf,
  withoutComments,
} from './support/layers.js';

const root = join(import.meta.dirname, '..');

function sourcesBelow(folder: string, extension: RegExp): Sources {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return new Map(
    names
      .filter((name) => extension.test(name))
      .sort()
      .map((name) => [`${folder}/${name}`, readFileSync(join(root, folder, name), 'utf8')]),
  );
}

const typescript = sourcesBelow('lib', /\.ts$/);
const cpp = sourcesBelow('native', /\.(cc|h)$/);

describe('the layers', () => {
  it('every import of lib/ respects the layers', () => {
    expect(typescript.size).toBeGreaterThan(20);
    expect(violationsOf(typescript)).toEqual([]);
  });

  it('every include and system call of native/ respects the layers', () => {
    expect(cpp.size).toBeGreaterThan(20);
    expect(violationsOf(cpp)).toEqual([]);
  });

  it('knows every system call that native/sys makes', () => {
    // free(3) and sigset functions make no system call. native/pool blocks signals around the start of a thread.
    const others = /^::(free|sigaddset|sigemptyset|pthread_sigmask)\($/;
    const calls = [...cpp].flatMap(([path, text]) =>
      path.startsWith('native/sys/') ? [...withoutComments(text).matchAll(/(?<![\w>])::[a-z]\w*\(/g)] : [],
    );
    const unknown = calls.map(([call]) => call).filter((call) => !others.test(call) && !call.match(systemCall));
    expect(calls.length).toBeGreaterThan(40);
    expect(unknown).toEqual([]);
  });

  it('every import leads to a file that exists', () => {
    const missing = [...cpp].flatMap(([path, text]) =>
      includesOf(text)
        .filter((include) => include.kind === 'quote' && !cpp.has(include.path))
        .map((include) => `${path} includes ${include.path}`),
    );
    expect(missing).toEqual([]);
  });

  it('no files of lib/ import each other, for values or types', () => {
    expect(cyclesOf(typescript)).toEqual([]);
  });

  it('no headers of native/ include each other', () => {
    expect(headerCyclesOf(cpp)).toEqual([]);
  });

  it('no units of the executor and the engines include each other', () => {
    const units = [...cpp].filter(([path]) => /^native\/(exec|engines)\//.test(path));
    expect(unitCyclesOf(new Map(units))).toEqual([]);
  });

  it('each source of the executor has a header', () => {
    // Contain parts of Read, Write and Lookup, whose headers are read.h, write.h and lookup.h.
    const parts = new Set([
      'native/exec/run/run_without_waiting.cc',
      'native/exec/write/list_tasks.cc',
      'native/exec/lookup_without_waiting.cc',
    ]);
    const alone = [...cpp.keys()].filter(
      (path) => !parts.has(path) && /^native\/exec\/.*\.cc$/.test(path) && !cpp.has(path.replace(/\.cc$/, '.h')),
    );
    expect(alone).toEqual([]);
  });

  it('no file has more than 400 lines', () => {
    expect(longerThan(typescript, 400)).toEqual([]);
    expect(longerThan(cpp, 400)).toEqual([]);
  });
});

describe('the layering check', () => {
  const bad: [what: string, path: string, text: string, complaint: RegExp][] = [
    ['an import that goes up', 'lib/plan/a.ts', "import { read } from '../api/read.js';", /reaches up or across/],
    [
      'a type import that goes up',
      'lib/core/a.ts',
      "import type { Plan } from '../plan/plan.js';",
      /reaches up or across/,
    ],
    ['an import across', 'lib/plan/a.ts', "import { binding } from '../native/binding.js';", /reaches up or across/],
    ['a re-export that goes up', 'lib/core/a.ts', "export * from '../io/io.js';", /reaches up or across/],
    ['a dynamic import that goes up', 'lib/io/a.ts', "await import('../formats/x.js');", /reaches up or across/],
    [
      'an import of many lines',
      'lib/io/a.ts',
      "import {\n  a,\n  b,\n} from '../formats/x.js';",
      /reaches up or across/,
    ],
    [
      'native code in formats',
      'lib/formats/x/a.ts',
      "import { b } from '../../native/binding.js';",
      /formats only parse/,
    ],
    ['the executor in formats', 'lib/formats/x/a.ts', "import { b } from '../../exec/run.js';", /formats only parse/],
    [
      'the file system in formats',
      'lib/formats/x/a.ts',
      "import { open } from 'node:fs/promises';",
      /leaves the machine/,
    ],
    ['a package', 'lib/api/a.ts', "import { z } from 'zod';", /no run-time dependency/],
    ['a Buffer in the planner', 'lib/plan/a.ts', 'const b = Buffer.alloc(3);', /lib\/plan is pure/],
    ['a promise in the planner', 'lib/plan/a.ts', 'export async function f() {}', /lib\/plan is pure/],
    ['a folder without a rank', 'lib/misc/a.ts', "import '../core/dtype.js';", /lies in no layer/],
    ['a command that goes past index.ts', 'lib/cli/a.ts', "import '../api/open.js';", /entries of the package alone/],
    ['an addon loaded elsewhere', 'lib/exec/a.ts', 'const r = createRequire(import.meta.url);', /only lib\/native/],
    ['an include that goes up', 'native/base/a.h', '#include "native/exec/run.h"', /reaches up or across/],
    ['an include across', 'native/engines/a.cc', '#include "native/codecs/codec.h"', /reaches up or across/],
    ['the pool in a system call', 'native/sys/a.cc', '#include "native/pool/job.h"', /reaches up or across/],
    ['a relative include', 'native/base/a.cc', '#include "result.h"', /not from the root/],
    ['Node below napi', 'native/exec/a.cc', '#include <napi.h>', /only native\/napi/],
    ['Node-API below napi', 'native/pool/a.cc', '#  include <node_api.h>', /only native\/napi/],
    ['a bare pread', 'native/engines/a.cc', 'auto n = ::pread(fd, p, 1, 0);', /only native\/sys/],
    ['a pread without colons', 'native/engines/a.cc', 'auto n = pread(fd, p, 1, 0);', /only native\/sys/],
    ['a bare open', 'native/exec/a.cc', 'int fd = ::open(path, O_RDONLY);', /only native\/sys/],
    ['a bare close', 'native/exec/a.cc', 'close(fd);', /only native\/sys/],
    ['a poll', 'native/exec/a.cc', 'return ::poll(&one, 1, 0);', /only native\/sys/],
    ['a bare fcntl', 'native/pool/a.cc', 'if (fcntl(fd, F_GETFL) < 0) {}', /only native\/sys/],
    ['a question about the system', 'native/exec/a.cc', '#if defined(__linux__)\n#endif', /knows the operating system/],
    ['a question by another name', 'native/pool/a.cc', '#if POSIXPAR_LINUX\n#endif', /knows the operating system/],
    ['a header of Linux', 'native/pool/a.cc', '#include <sys/syscall.h>', /knows the operating system/],
    ['an io_uring call', 'native/engines/a.cc', 'io_uring_submit(&ring);', /only native\/sys/],
  ];

  it.each(bad)('reports %s', (_what, path, text, complaint) => {
    expect(violationsOf(new Map([[path, text]])).join('\n')).toMatch(complaint);
  });

  it('accepts imports of lower layers and of the same folder, and ignores comments', () => {
    const good: Sources = new Map([
      [
        'lib/api/a.ts',
        "import { plan } from '../plan/plan.js';\nimport { b } from './b.js';\nimport fs from 'node:fs';",
      ],
      ['lib/formats/x/a.ts', "import { IO } from '../../io/io.js'; // from '../../native/binding.js'"],
      ['lib/plan/a.ts', "/** Not a Promise. */\nexport const text = 'Buffer';"],
      [
        'native/exec/a.cc',
        '#include "native/engines/engine.h"\n// ::pread(fd)\nsys::pread_full(fd);\nfile.close();\n#include <vector>',
      ],
      ['native/pool/a.cc', '#include "native/sys/clock.h"'],
      ['native/exec/b.cc', 'Status Leases::poll() { return lease->close(); }\nstd::unique_ptr<File> open();'],
      ['native/sys/a.cc', '#include <sys/syscall.h>\n#if defined(__linux__)\nreturn ::pread(fd, into, 1, 0);\n#endif'],
      ['native/napi/a.cc', '#include <napi.h>'],
    ]);
    expect(violationsOf(good)).toEqual([]);
  });

  it('finds every form of import and include', () => {
    const text =
      "import 'a'; import b from \"b\"; export { c } from 'c'; import('d'); require('e'); // from 'f'\n`from 'g'`";
    expect(importsOf(text)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(includesOf('#include <a/b>\n  # include "c.h" // x\n/* #include "d.h" */')).toEqual([
      { path: 'a/b', kind: 'angle' },
      { path: 'c.h', kind: 'quote' },
    ]);
  });

  it('finds import cycles, including those of types', () => {
    const cycle: Sources = new Map([
      ['lib/core/a.ts', "import { b, type B } from './b.js';"],
      ['lib/core/b.ts', "export * from './c.js';"],
      ['lib/core/c.ts', "import './a.js';"],
      ['lib/core/d.ts', "import type { E } from './e.js';"],
      ['lib/core/e.ts', "export { type D } from './d.js';"],
      ['lib/core/f.ts', "import { f } from './f.js';"],
      ['lib/core/g.ts', "import { a } from './a.js'; import type { D } from './d.js';"],
    ]);
    expect(cyclesOf(cycle)).toEqual([
      ['lib/core/a.ts', 'lib/core/b.ts', 'lib/core/c.ts'],
      ['lib/core/d.ts', 'lib/core/e.ts'],
      ['lib/core/f.ts'],
    ]);
  });

  it('finds cycles of includes, among headers and among units', () => {
    const sources: Sources = new Map([
      ['native/exec/a.h', '#include "native/exec/b.h"'],
      ['native/exec/b.h', '#include "native/exec/a.h"'],
      ['native/exec/c.h', '#include <vector>'],
      ['native/exec/c.cc', '#include "native/exec/c.h"\n#include "native/exec/d.h"'],
      ['native/exec/d.h', '#include "native/exec/c.h"'],
      ['native/exec/e.cc', '#include "native/exec/d.h"'],
    ]);
    expect(headerCyclesOf(sources)).toEqual([['native/exec/a.h', 'native/exec/b.h']]);
    expect(unitCyclesOf(sources)).toEqual([
      ['native/exec/a', 'native/exec/b'],
      ['native/exec/c', 'native/exec/d'],
    ]);
  });

  it('counts lines', () => {
    expect(longerThan(new Map([['lib/core/a.ts', 'x\n'.repeat(401)]]), 400)).toEqual(['lib/core/a.ts: 401 lines']);
    expect(longerThan(new Map([['lib/core/a.ts', 'x\n'.repeat(400)]]), 400)).toEqual([]);
  });

  it('has a rank for every folder of lib/ and native/', () => {
    const folders = ['lib', 'native'].flatMap((top) =>
      readdirSync(join(root, top), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => `${top}/${entry.name}`),
    );
    expect(folders.filter((folder) => !(folder in ranks))).toEqual([]);
  });
});
