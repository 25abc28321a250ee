/**
 * Detects which kind of pictures the terminal supports.
 * @module
 */
import { signalKeys } from '../output/keys.js';
import type { OutputStream } from '../output/terminal.js';
import type { ColorDepth, PictureMode } from './protocols.js';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns the mode that the environment implies; null if it implies none. Under tmux and screen, returns null unless
 * TERM is `dumb`, because the environment does not show what they pass on to the terminal.
 */
export function guessPictureMode(environment: Environment): Exclude<PictureMode, 'auto'> | null {
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

/** True if an answer to "primary device attributes" contains 4, the code of sixel graphics. */
export function answersSixel(answer: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the answer of a terminal starts with ESC.
  const attributes = /\x1b\[\?([\d;]+)c/.exec(answer)?.[1];
  return attributes?.split(';').includes('4') === true;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the answer of a terminal starts with ESC.
const isAnswer = (text: string): boolean => /\x1b\[\?[\d;]*c/.test(text);

/**
 * Maximum time in milliseconds to wait for the terminal's answer. If it does not answer, pictures are made of half
 * blocks.
 */
const answerMs = 200;
/**
 * Time to wait for a late answer before the command ends. Without the wait, the answer would appear as input at the
 * shell prompt.
 */
const lateMs = 1000;

/** The parts of an input stream that are used here. */
export interface AskedInput {
  readonly isTTY?: boolean;
  readonly isRaw?: boolean;
  setRawMode(raw: boolean): unknown;
  on(event: 'data', hear: (piece: Buffer) => void): unknown;
  off(event: 'data', hear: (piece: Buffer) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

/** A query that was sent to the terminal. */
export interface TerminalQuery {
  /** True if the terminal has sixel graphics; false if it has none or does not answer in time. */
  readonly answer: Promise<boolean>;
  /** Call before the command ends. Waits for a late answer, discards it, and restores the terminal. */
  end(): Promise<void>;
}

/** Asks the terminal if it supports sixel graphics; returns null if input or output is not a terminal. */
export function askSixel(input: AskedInput, output: OutputStream): TerminalQuery | null {
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

/** The detected mode, and the query that was needed, if any. */
export interface Detected {
  readonly mode: Exclude<PictureMode, 'auto'>;
  readonly question: TerminalQuery | null;
}

/**
 * Detects the picture mode.
 * @param color true if colours are enabled. Otherwise the terminal is not asked, and pictures are made of characters
 * unless the environment implies another mode.
 */
export async function detectPictureMode(environment: Environment, color: boolean): Promise<Detected> {
  const known = guessPictureMode(environment) ?? (color ? null : 'blocks');
  if (known !== null) return { mode: known, question: null };
  const question = askSixel(process.stdin, process.stdout);
  return { mode: (await question?.answer) === true ? 'sixel' : 'blocks', question };
}

/** Returns the number of colours of the terminal. */
export function colorDepth(environment: Environment, color: boolean): ColorDepth {
  if (!color) return 'none';
  return /^(truecolor|24bit)$/.test(environment['COLORTERM'] ?? '') || /direct/.test(environment['TERM'] ?? '')
    ? 'truecolor'
    : '256';
}
