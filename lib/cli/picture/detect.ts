/**
 * Which pictures the terminal shows.
 * @module
 */
import type { PictureMode } from './protocols.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** What the environment says; null where it does not say. Behind tmux and screen only what they answer themselves counts. */
export function pictureModeOf(environment: Environment): Exclude<PictureMode, 'auto'> | null {
  const { TERM = '', TERM_PROGRAM = '', LC_TERMINAL = '' } = environment;
  if (TERM === 'dumb') return 'none';
  if (environment['TMUX'] !== undefined || environment['STY'] !== undefined) return null;
  if (TERM === 'xterm-kitty' || TERM === 'xterm-ghostty' || environment['KITTY_WINDOW_ID'] !== undefined)
    return 'kitty';
  if (TERM_PROGRAM === 'ghostty') return 'kitty';
  if (
    TERM_PROGRAM === 'iTerm.app' ||
    LC_TERMINAL === 'iTerm2' ||
    TERM_PROGRAM === 'WezTerm' ||
    TERM_PROGRAM === 'mintty'
  )
    return 'iterm2';
  if (/^(foot|mlterm|contour|yaft)/.test(TERM)) return 'sixel';
  if (TERM === 'linux') return 'blocks';
  return null;
}

/** Whether an answer to "primary device attributes" has the 4 that stands for sixel graphics. */
export function answersSixel(answer: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the answer of a terminal starts with ESC.
  const attributes = /\x1b\[\?([\d;]+)c/.exec(answer)?.[1];
  return attributes?.split(';').includes('4') === true;
}

/** How long a terminal may take to answer; over a slow connection the picture is then made of half blocks. */
const answerMs = 200;

/** Asks the terminal what it can; false when it does not answer, or nobody can be asked. */
export function askSixel(input: NodeJS.ReadStream, output: NodeJS.WriteStream): Promise<boolean> {
  if (!input.isTTY || !output.isTTY) return Promise.resolve(false);
  return new Promise((resolve) => {
    let answer = '';
    const wasRaw = input.isRaw;
    const end = (): void => {
      clearTimeout(timer);
      input.off('data', hear);
      input.setRawMode(wasRaw);
      input.pause();
      resolve(answersSixel(answer));
    };
    const hear = (piece: Buffer): void => {
      answer += piece.toString('latin1');
      // Raw mode keeps the terminal from turning ^C into a signal.
      if (answer.includes('\x03')) process.kill(process.pid, 'SIGINT');
      if (answer.endsWith('c')) end();
    };
    const timer = setTimeout(end, answerMs);
    input.setRawMode(true);
    input.on('data', hear);
    input.resume();
    output.write('\x1b[c');
  });
}

/** The mode to use where the caller has no wish. */
export async function detectPictureMode(environment: Environment): Promise<Exclude<PictureMode, 'auto'>> {
  const said = pictureModeOf(environment);
  if (said !== null) return said;
  return (await askSixel(process.stdin, process.stdout)) ? 'sixel' : 'blocks';
}

/** Colours of the terminal. */
export function colorDepth(environment: Environment, color: boolean): 'truecolor' | '256' | 'none' {
  if (!color) return 'none';
  return /^(truecolor|24bit)$/.test(environment['COLORTERM'] ?? '') || /direct/.test(environment['TERM'] ?? '')
    ? 'truecolor'
    : '256';
}
