/**
 * Returns the processes that began a test file more than `limitMs` ago and have not finished it. When a process begins
 * a test file, it writes the path of the test file to a file in `folder`. The name of this file is the process ID.
 */
export function overdue(
  folder: string,
  limitMs: number,
  now?: number,
): { readonly pid: number; readonly path: string; readonly file: string }[];

/** Removes the files in `folder` that name the test file `file`, because it has finished. */
export function forget(folder: string, file: string): void;
