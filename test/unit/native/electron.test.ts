/**
 * Checks what Electron requires of an addon. Electron is no part of the tests, because npm lacks its program.
 * @see https://www.electronjs.org/blog/v8-memory-cage
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { addonPath } from '../../support/compiled.js';

test('the addon uses only Node-API, and no buffers of native memory, which Electron forbids', () => {
  const text = readFileSync(addonPath, 'latin1');
  expect(text).toContain('napi_create_arraybuffer');
  expect(text.match(/napi_create_external_(array)?buffer|node_api_create_external_\w+|_ZN2v8\w*/g)).toBeNull();
});
