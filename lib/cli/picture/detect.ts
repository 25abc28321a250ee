/**
 * Which pictures the terminal shows.
 * @module
 */
import { signalKeys } from '../output/keys.js';
import type { OutputStream } from '../output/terminal.js';
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

// biome-ignore lint/suspicious/noControlCharactersInRegex: the answer of a terminal starts with ESC.
const isAnswer = (text: string): boolean => /\x1b\[\?[\d;]*c/.test(text);

/** How long a terminal may take to answer; over a slow connection the picture is then made of half blocks. */
const answerMs = 200;
/** How long a late answer is waited for at the end: it would be typed at the prompt of the shell. */
const lateMs = 1000;

/** Where a terminal is asked, as far as it is used here. */
export interface AskedInput {
  readonly isTTY?: boolean;
  readonly isRaw?: boolean;
  setRawMode(raw: boolean): unknown;
  on(event: 'data', hear: (piece: Buffer) => void): unknown;
  off(event: 'data', hear: (piece: Buffer) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

/** A question that the terminal was asked. */
export interface Question {
  /** Whether it has sixel graphics; false when it does not answer in time. */
  readonly answer: Promise<boolean>;
  /** To be called before the command ends: an answer that is late is taken away, and the terminal is as it was. */
  end(): Promise<void>;
}

/** Asks the terminal what it can; null when nobody can be asked. */
export function askSixel(input: AskedInput, output: OutputStream): Question | null {
  if (input.isTTY !== true || output.isTTY !== true) return null;
  let said = '';
  const wasRaw = input.isRaw === true;
  let isAnswered: (has: boolean) => void = () => {};
  const answered = new Promise<boolean>((resolve) => {
    isAnswered = resolve;
  });
  const hear = (piece: Buffer): void => {
    const typed = piece.toString('latin1');
    said += typed;
    signalKeys(typed);
    if (isAnswer(said)) isAnswered(answersSixel(said));
  };
  input.on('data', hear);
  const within = (ms: number): Promise<boolean> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), ms);
      void answered.then((has) => {
        clearTimeout(timer);
        resolve(has);
      });
    });
  input.setRawMode(true);
  input.resume();
  output.write('\x1b[c');
  const late = within(lateMs);
  return {
    answer: within(answerMs),
    async end() {
      await late;
      input.off('data', hear);
      input.setRawMode(wasRaw);
      input.pause();
    },
  };
}

/** The mode to use where the caller has no wish, and the question that it took, if it took one. */
export interface Detected {
  readonly mode: Exclude<PictureMode, 'auto'>;
  readonly question: Question | null;
}

/** @param color whether colours are wanted; without them the terminal is not asked, and pictures are made of characters. */
export async function detectPictureMode(environment: Environment, color: boolean): Promise<Detected> {
  const known = pictureModeOf(environment) ?? (color ? null : 'blocks');
  if (known !== null) return { mode: known, question: null };
  const question = askSixel(process.stdin, process.stdout);
  return { mode: (await question?.answer) === true ? 'sixel' : 'blocks', question };
}

/** Colours of the terminal. */
export function colorDepth(environment: Environment, color: boolean): 'truecolor' | '256' | 'none' {
  if (!color) return 'none';
  return /^(truecolor|24bit)$/.test(environment['COLORTERM'] ?? '') || /direct/.test(environment['TERM'] ?? '')
    ? 'truecolor'
    : '256';
}
