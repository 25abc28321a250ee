/**
 * Checks if two paths lead to the same file.
 * @module
 */
import { stat } from 'node:fs/promises';

async function identity(path: string): Promise<string | null> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return null; // The path does not exist or is not accessible. Opening it will report that.
  }
}

/**
 * True if both paths lead to the same file. Follows symbolic links and recognises hard links. False if one of the paths
 * does not exist or is not accessible.
 */
export async function isSameFile(a: string, b: string): Promise<boolean> {
  const [first, second] = await Promise.all([identity(a), identity(b)]);
  return first !== null && first === second;
}
