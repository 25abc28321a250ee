/**
 * Implements `cache --watch`, which displays the page cache periodically.
 * @module
 */
import { setTimeout } from 'node:timers/promises';
import { memoryInfo, type Residency } from '../../storage/index.js';
import type { Context } from '../context.js';
import { toJson } from '../output/json.js';
import { watchKeys } from '../output/keys.js';
import { fitLine, memoryLine, ratesLine, residencyLines } from './show.js';

/** Truncates `lines` to the height of the terminal. If lines are hidden, the last line says how many. */
export function fitLines(lines: readonly string[], rows: number): string[] {
  const room = Math.max(1, rows - 1);
  if (lines.length <= room) return [...lines];
  return [...lines.slice(0, room - 1), `… ${lines.length - room + 1} more lines do not fit on the terminal`];
}

/** Options of {@link watch}. */
export interface WatchOptions {
  readonly seconds: number;
  /** Maximum number of updates. */
  readonly count: number;
}

/**
 * Displays the result of `look` until the command is interrupted or `count` updates are shown. On a terminal, unless
 * the output is JSON, each update replaces the previous one, and the key `q` ends the display.
 */
export async function watch(look: () => Promise<Residency[]>, context: Context, options: WatchOptions): Promise<void> {
  const { out } = context;
  const ending = new AbortController();
  const end = (): void => ending.abort();
  context.signal.addEventListener('abort', end);
  const isDrawn = out.isTerminal && !context.json;
  const endKeys = isDrawn ? watchKeys((typed) => (/q/i.test(typed) ? end() : undefined)) : null;
  try {
    await lookRepeatedly(look, context, options, ending.signal);
  } finally {
    endKeys?.();
    context.signal.removeEventListener('abort', end);
  }
}

async function lookRepeatedly(
  look: () => Promise<Residency[]>,
  context: Context,
  { seconds, count }: WatchOptions,
  signal: AbortSignal,
): Promise<void> {
  const { out } = context;
  let memory = await memoryInfo();
  let at = performance.now();
  let drawn = 0;
  for (let round = 1; !signal.aborted; round++) {
    const found = await look();
    const now = await memoryInfo();
    const ms = performance.now() - at;
    if (context.json) {
      await out.write(`${toJson({ time: new Date().toISOString(), residency: found, memory: now })}\n`);
    } else {
      const rates = round === 1 ? '' : fitLine(ratesLine(memory, now, ms), context, 0);
      const all = [
        ...found.flatMap((one) => residencyLines(one, context)),
        fitLine(memoryLine(now), context, 0),
        rates,
      ];
      const lines = out.isTerminal ? fitLines(all, out.rows) : all;
      const over = out.isTerminal && drawn > 0 ? `\u001b[${drawn}A\u001b[J` : '';
      await out.write(`${over}${lines.join('\n')}\n`);
      drawn = lines.length;
    }
    [memory, at] = [now, performance.now()];
    if (round >= count) return;
    await setTimeout(seconds * 1000, undefined, { signal }).catch(() => undefined);
  }
}
