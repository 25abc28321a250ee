/**
 * What an examination finds, and where it looks.
 * @module
 */
import { readFile } from 'node:fs/promises';

/** One thing that was found. */
export interface Finding {
  readonly name: string;
  readonly value: string;
  readonly judgement: 'good' | 'bad' | 'mixed' | 'plain';
  /** What it means, or what to do; null where there is nothing to say. */
  readonly advice: string | null;
}

/** A finding without a judgement. */
export const plain = (name: string, value: string, advice: string | null = null): Finding => ({
  name,
  value,
  judgement: 'plain',
  advice,
});

/** The text of a file of the system; null where there is none. */
export const systemText = (path: string): Promise<string | null> =>
  readFile(path, 'utf8').then(
    (text) => text.trim(),
    () => null,
  );
