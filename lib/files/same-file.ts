/**
 * Whether two paths lead to the same file.
 * @module
 */
import { stat } from 'node:fs/promises';

async function identity(path: string): Promise<string | null> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return null; // Not there, or out of reach: whoever opens it says so.
  }
}

/** Whether both paths lead to one file, by any name: links are followed, hard ones count. False when one leads nowhere. */
export async function isSameFile(a: string, b: string): Promise<boolean> {
  const [first, second] = await Promise.all([identity(a), identity(b)]);
  return first !== null && first === second;
}
