import { expect, it } from 'vitest';
import { type FileInfo, stateText } from '../../../lib/io/io.js';

it('identifies the state of a file by device, inode, size and time', () => {
  const state: FileInfo = { kind: 'file', size: 12, mtimeMs: 1.5, ino: 3, dev: 4 };
  const others = [{ size: 13 }, { mtimeMs: 2.5 }, { ino: 4 }, { dev: 3 }].map((change) => ({ ...state, ...change }));
  expect(stateText({ ...state })).toBe(stateText(state));
  expect(new Set([state, ...others].map(stateText)).size).toBe(5);
  // The numbers do not run into each other.
  expect(stateText({ ...state, dev: 1, ino: 23 })).not.toBe(stateText({ ...state, dev: 12, ino: 3 }));
});
