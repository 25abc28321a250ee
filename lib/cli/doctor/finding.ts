/**
 * Result of a check, and helpers to create one.
 * @module
 */
import { readFile } from 'node:fs/promises';

/** Result of one check. */
export interface Finding {
  readonly name: string;
  readonly value: string;
  readonly judgement: 'good' | 'bad' | 'mixed' | 'plain';
  /** Explanation or advice; null if there is none. */
  readonly advice: string | null;
}

/** Creates a finding without a judgement. */
export const plain = (name: string, value: string, advice: string | null = null): Finding => ({
  name,
  value,
  judgement: 'plain',
  advice,
});

/** Reads a text file of the system; returns null if it cannot be read. */
export const systemText = (path: string): Promise<string | null> =>
  readFile(path, 'utf8').then(
    (text) => text.trim(),
    () => null,
  );
