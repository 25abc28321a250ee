/**
 * Opens arrays that are closed when the tests of a file have ended.
 * @module
 */
import { afterAll } from 'vitest';
import { type ArrayHandle, openArray } from '../../lib/index.js';

const opened: ArrayHandle[] = [];

afterAll(async () => {
  for (const array of opened.splice(0)) await array.close();
});

/** Opens an array like {@link openArray}. It is closed after the last test of the file. */
export async function openForTests(...args: Parameters<typeof openArray>): Promise<ArrayHandle> {
  const array = await openArray(...args);
  opened.push(array);
  return array;
}
