/**
 * Tests values of other realms: values that a program passes from a `vm` context, and values of Node itself if the
 * library is loaded into such a context, as by Jest.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createContext, runInContext, runInNewContext } from 'node:vm';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  isAbortSignal,
  isArrayBuffer,
  isBytes,
  isDate,
  isError,
  isErrorNamed,
  isPromise,
  isUrl,
  typedArrayName,
} from '../../../lib/core/brands.js';
import { isPosixParError, openArray, readSubset } from '../../../lib/index.js';
import { addonPath } from '../../support/compiled.js';
import { npyBytes, npyDict } from '../../support/npy-bytes.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const root = join(import.meta.dirname, '../../..');
const folder = new TemporaryDirectory();
const values = Float32Array.from({ length: 12 }, (_, i) => i);

beforeAll(() => {
  folder.write('a.npy', npyBytes(npyDict('<f4', false, [3, 4]), new Uint8Array(values.buffer)));
  const bytes = new Uint8Array(new BigInt64Array([1n, -2n]).buffer);
  folder.write('b.npy', npyBytes(npyDict('<i8', false, [2]), bytes));
});

/** Evaluates an expression in a new realm. */
const foreign = (expression: string): unknown => runInNewContext(`(${expression})`);

describe('type checks', () => {
  it.each([
    ['new Float32Array(2)', typedArrayName, 'Float32Array'],
    ['new Uint8ClampedArray(2)', typedArrayName, 'Uint8ClampedArray'],
    ['new DataView(new ArrayBuffer(2))', typedArrayName, undefined],
    ["({ [Symbol.toStringTag]: 'Float32Array' })", typedArrayName, undefined],
    ['null', typedArrayName, undefined],
    ['new Uint8Array(1)', isBytes, true],
    ['new Int8Array(1)', isBytes, false],
    ['new ArrayBuffer(1)', isArrayBuffer, true],
    ['new SharedArrayBuffer(1)', isArrayBuffer, false],
    ['new Date(5)', isDate, true],
    ['({ getTime() {} })', isDate, false],
    ['(async () => {})()', isPromise, true],
    ['({ then() {} })', isPromise, false],
    ['new (class Own extends RangeError {})("x")', isError, true],
    ['({ message: "x", name: "Error" })', isError, false],
    ['new RangeError("x")', (value: unknown) => isErrorNamed(value, 'TypeError', 'RangeError'), true],
    ['new RangeError("x")', (value: unknown) => isErrorNamed(value, 'TypeError'), false],
    ["({ href: 'file:///a', protocol: 'file:' })", isUrl, true],
    ["({ href: 'file:///a', protocol: 'file:', path: '/a', auth: null })", isUrl, false],
    ['null', isUrl, false],
    ['({ aborted: false, addEventListener() {} })', isAbortSignal, false],
    ['null', isAbortSignal, false],
  ] as const)('%s, case %#', (expression, check, expected) => {
    expect(check(foreign(expression))).toBe(expected);
  });

  it('recognise values of this realm', () => {
    expect(typedArrayName(Buffer.from('a'))).toBe('Uint8Array');
    expect(isUrl(new URL('file:///a'))).toBe(true);
    expect(isAbortSignal(new AbortController().signal)).toBe(true);
    expect(isError(new DOMException('x'))).toBe(true);
  });
});

describe('arguments of another realm', () => {
  it('can be the target of a read, private or shared', async () => {
    await using array = await openArray(folder.at('a.npy'));
    const target = foreign('new Float32Array(12)') as Float32Array;
    expect(target).not.toBeInstanceOf(Float32Array);
    const { data } = await array.readInto(target);
    expect(data).toBe(target);
    expect(Array.from(target)).toEqual([...values]);
    const shared = foreign('new Float32Array(new SharedArrayBuffer(48))') as Float32Array;
    await array.readInto(shared);
    expect(Array.from(shared)).toEqual([...values]);
    await using integers = await openArray(folder.at('b.npy'));
    const big = foreign('new BigInt64Array(2)') as BigInt64Array;
    await integers.readInto(big);
    expect(Array.from(big)).toEqual([1n, -2n]);
  });

  it('are refused with a message about their value', async () => {
    await using array = await openArray(folder.at('a.npy'));
    for (const other of ['new Float64Array(12)', 'new Int32Array(12)', '[1]', 'new DataView(new ArrayBuffer(48))']) {
      await expect(array.readInto(foreign(other) as Float32Array)).rejects.toThrow(
        /Expected a Float32Array .* `target`/,
      );
    }
    const resizable = foreign('new Float32Array(new ArrayBuffer(48, { maxByteLength: 96 }))') as Float32Array;
    await expect(array.readInto(resizable)).rejects.toThrow(/cannot be resized/);
  });

  it('can be selections, options and a URL', async () => {
    const selection = foreign('[[2, 0], { start: 1, step: 2 }]') as [number[], { start: number; step: number }];
    expect([...(await readSubset(folder.at('a.npy'), selection)).data]).toEqual([9, 11, 1, 3]);
    const url = foreign(
      `{ href: 'file://${folder.at('a.npy')}', protocol: 'file:', hostname: '', hash: '', pathname: '${folder.at('a.npy')}' }`,
    );
    expect((await readSubset(url as URL, [0])).shape).toEqual([4]);
  });
});

describe('the library inside a vm context', () => {
  /**
   * Objects of Node that are passed to the new realm, as Jest does it. The built-in objects of JavaScript (Error,
   * Promise, typed arrays, …) belong to the new realm.
   */
  const handed = { process, Buffer, console, URL, AbortController, AbortSignal, setTimeout, clearTimeout };
  const more = { setImmediate, performance, queueMicrotask, TextDecoder, TextEncoder, structuredClone, DOMException };
  let context: ReturnType<typeof createContext>;
  const before = process.env['POSIX_PAR_BINDING'];

  beforeAll(() => {
    process.env['POSIX_PAR_BINDING'] = addonPath;
    const entryPoints = [join(root, 'lib/index.ts')];
    const options = {
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node20',
      write: false,
      logLevel: 'silent',
    } as const;
    const source = buildSync({ ...options, entryPoints }).outputFiles[0]?.text ?? '';
    const require = createRequire(join(root, 'package.json'));
    context = createContext({ ...handed, ...more, require, module: { exports: {} }, exports: {}, folder: folder.path });
    // Node defines these two symbols in its own realm, and Jest defines them in the realms that it creates.
    for (const name of ['dispose', 'asyncDispose'] as const) {
      const target = runInContext('Symbol', context) as object;
      if (!(name in target)) Object.defineProperty(target, name, { value: Symbol[name] });
    }
    runInContext(source, context);
  });
  afterAll(() => {
    if (before === undefined) delete process.env['POSIX_PAR_BINDING'];
    else process.env['POSIX_PAR_BINDING'] = before;
  });

  /** Evaluates the body of an async function in the context, with the library as `lib`. */
  async function inContext(body: string): Promise<unknown> {
    const text = `(async () => { const lib = module.exports; ${body} })()`;
    return JSON.parse(JSON.stringify(await (runInContext(text, context) as Promise<unknown>)));
  }

  it('reads into its own typed arrays and into those of the caller', async () => {
    expect(
      await inContext(
        `
        const found = await lib.readSubset(folder + '/a.npy', [1]);
        const array = await lib.openArray(folder + '/a.npy');
        const target = new Float32Array(12);
        await array.readInto(target);
        const own = array.readSync([2]).data;
        return [Array.from(found.data), Array.from(target), Array.from(own), found.data instanceof Float32Array];`.replace(
          'await using array',
          'const array',
        ),
      ),
    ).toEqual([[4, 5, 6, 7], [...values], [8, 9, 10, 11], true]);
  });

  it('throws errors of its own classes, with their cause', async () => {
    const error = 'const say = (e) => [e.name, e instanceof Error, lib.isPosixParError(e), e.code ?? null];';
    expect(
      await inContext(`${error}
        const failed = async (f) => { try { await f(); return 'no error'; } catch (e) { return say(e); } };
        return [
          await failed(() => lib.openArray(folder + '/absent.npy')),
          await failed(() => lib.readSubset(folder + '/a.npy', [9])),
          await failed(() => lib.readSubset(folder + '/a.npy', [0], { signal: AbortSignal.abort() })),
          await failed(() => lib.readSubset(folder + '/a.npy', [0], { signal: {} })),
        ];`),
    ).toEqual([
      ['ReadError', true, true, 'ENOENT'],
      ['SelectionError', true, true, null],
      ['AbortError', true, true, 'ABORT_ERR'],
      ['TypeError', true, false, null],
    ]);
  });

  it('throws errors that another copy of the library recognises', async () => {
    let error: unknown;
    try {
      await inContext(`await lib.openArray(folder + '/absent.npy');`);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).not.toBeInstanceOf(Error);
    expect(isPosixParError(error, 'ReadError')).toBe(true);
    expect(isPosixParError(error, 'FormatError')).toBe(false);
    expect(isPosixParError({ _tag: 'ReadError' })).toBe(false);
  });
});

describe('the sources of the library', () => {
  const builtIn =
    /instanceof (?:[A-Z]\w*(?:Array|Buffer)|Error|\w+Error|Date|RegExp|URL|Promise|Map|Set|AbortSignal|DataView|Object)\b/;
  /** Classes for which `instanceof` is permitted: all of their instances come from the realm of the library. */
  const ownErrors =
    'CodecError|ReadError|WriteError|HttpError|TimeLimitError|LiteralError|OptionError|RefusedPlanError|ValuesLimitError';
  const own = new RegExp(`instanceof (?:${ownErrors}|ReadableArray)\\b`);

  it('use instanceof with built-in classes only in core/brands.ts', () => {
    const files = readdirSync(join(root, 'lib'), { recursive: true, encoding: 'utf8' });
    const found: string[] = [];
    for (const file of files.filter((name) => name.endsWith('.ts'))) {
      // The command line program runs in a single realm.
      if (file.startsWith('cli/') || file === 'core/brands.ts') continue;
      for (const line of readFileSync(join(root, 'lib', file), 'utf8').split('\n')) {
        if (builtIn.test(line) && !own.test(line)) found.push(`${file}: ${line.trim()}`);
      }
    }
    expect(found).toEqual([]);
    expect('x instanceof Uint8Array').toMatch(builtIn);
  });
});
