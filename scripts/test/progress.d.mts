/** Returns the processes that announced a test file in `folder` more than `limitMs` ago. */
export function overdue(
  folder: string,
  limitMs: number,
  now?: number,
): { readonly pid: number; readonly path: string; readonly file: string }[];

/** Removes the announcements of a test file that has finished from `folder`. */
export function forget(folder: string, file: string): void;
