/** Tests that schemas and footers of many attributes are parsed with pauses, in which timers can run. */
import { expect, test } from 'vitest';
import { readFooter } from '../../../../lib/formats/tiledb/footer.js';
import { parseSchema } from '../../../../lib/formats/tiledb/schema.js';
import { runSync } from '../../../../lib/io/driver.js';
import { type Io, ready } from '../../../../lib/io/io.js';
import { MemoryBackend } from '../../../support/memory-backend.js';
import { type ArraySpec, schemaContent, tiledbFiles } from '../../../support/tiledb-bytes.js';

const path = '/a/__fragment_metadata.tdb';
const versions = [2, 9, 22];

function specOf(version: number, attributes: number): ArraySpec {
  return {
    version,
    dimensions: [{ name: 'x', lo: 0, hi: 9, extent: 5 }],
    attributes: Array.from({ length: attributes }, (_, i) => ({ name: `v${i}` })),
    tileOrder: 'row',
    cellOrder: 'row',
    fragments: [{ time: 1, lo: [0], hi: [9] }],
  };
}

/** Runs `io`. Returns its result and the number of its pauses. */
function run<T>(io: Io<T>, file: Uint8Array): { result: T; pauses: number } {
  let pauses = 0;
  function* counted(): Io<T> {
    let step = io.next();
    while (!step.done) {
      if (step.value.kind === 'pause') pauses += 1;
      step = io.next(yield step.value);
    }
    return step.value;
  }
  return { result: runSync(counted(), new MemoryBackend({ [path]: file })), pauses };
}

test.each(versions)('a schema of format %i is parsed with pauses', (version) => {
  const parse = (attributes: number) => {
    const content = schemaContent(specOf(version, attributes));
    const { result, pauses } = run(parseSchema(content, 'name', path), content);
    expect(result.attributes.length).toBe(attributes);
    return pauses;
  };
  expect(parse(10)).toBe(0);
  expect(parse(8000)).toBeGreaterThanOrEqual(2 * parse(4000));
  expect(parse(4000)).toBeGreaterThan(20);
});

test.each(versions)('a fragment footer of format %i is parsed with pauses', (version) => {
  const parse = (attributes: number) => {
    const spec = specOf(version, attributes);
    const [, file = new Uint8Array(0)] =
      Object.entries(tiledbFiles(spec)).find(([name]) => name.endsWith('__fragment_metadata.tdb')) ?? [];
    const content = schemaContent(spec);
    const { result: schema } = run(parseSchema(content, 'name', path), content);
    const fragment = { name: 'f', start: 1n, end: 1n, version, directory: '/a' };
    const tail = { info: { kind: 'file', size: file.length, mtimeMs: 0 } as const, bytes: file };
    const { result, pauses } = run(
      readFooter(fragment, path, tail, () => ready(() => schema)),
      file,
    );
    expect(result.values.length).toBe(attributes);
    return pauses;
  };
  const few = parse(10);
  expect(parse(4000)).toBeGreaterThanOrEqual(few + 4);
  expect(parse(8000)).toBeGreaterThanOrEqual(few + 2 * (parse(4000) - few) - 2);
});
