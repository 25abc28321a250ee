/**
 * Shows long output in the pager of the user.
 * @module
 */
import { spawn } from 'node:child_process';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns the program and arguments of the pager: the command in PAGER, or `less`. Null if PAGER is empty or `cat`, and
 * on a terminal that cannot move the cursor.
 */
export function pagerOf(environment: Environment): readonly [program: string, args: readonly string[]] | null {
  const command = environment['PAGER']?.trim();
  if (command === '' || command === 'cat' || environment['TERM'] === 'dumb') return null;
  return command === undefined ? ['less', []] : ['sh', ['-c', command]];
}

/** Exit code of a shell that found no such program. */
const notFound = 127;

/**
 * Shows `text` in the pager, and waits until the user leaves it.
 * @returns false if there is no such program; nothing was shown then.
 */
export function showInPager(
  text: string,
  [program, args]: readonly [program: string, args: readonly string[]],
  environment: Environment,
): Promise<boolean> {
  return new Promise((resolve) => {
    // Like git: less shows colours, ends if the text fits on the screen, and leaves the text there.
    const env = { LESS: 'FRX', ...environment };
    const child = spawn(program, args, { stdio: ['pipe', 'inherit', 'inherit'], env });
    child.once('error', () => resolve(false));
    child.once('close', (code) => resolve(code !== notFound));
    child.stdin.on('error', () => {}); // The user may leave before the pager has read the whole text.
    child.stdin.end(text);
  });
}
