/** Tests the query for the terminal's graphics: with an answer in time, a late answer, and no answer. */
import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { askSixel, detectPictureMode } from '../../lib/cli/picture/detect.js';

class FakeInput extends EventEmitter {
  readonly isTTY = true;
  isRaw = false;
  state = 'paused';
  setRawMode(raw: boolean): void {
    this.isRaw = raw;
  }
  resume(): void {
    this.state = 'flowing';
  }
  pause(): void {
    this.state = 'paused';
  }
}

const sixel = '\x1b[?62;4;22c';
let input: FakeInput;
let written: string;
const output = {
  isTTY: true,
  write(text: string | Uint8Array): boolean {
    written += String(text);
    return true;
  },
};
const ask = () => {
  const question = askSixel(input, output);
  if (question === null) throw new Error('Expected a question');
  return question;
};

beforeEach(() => {
  vi.useFakeTimers();
  input = new FakeInput();
  written = '';
});
afterEach(() => {
  vi.useRealTimers();
});

test('an answer in time ends the wait immediately, even if it arrives in parts', async () => {
  const question = ask();
  expect(written).toBe('\x1b[c');
  expect(input.isRaw).toBe(true);
  for (const piece of [sixel.slice(0, 4), sixel.slice(4)]) input.emit('data', Buffer.from(piece));
  expect(await question.answer).toBe(true);
  await question.end();
  expect([input.isRaw, input.state, input.listenerCount('data')]).toEqual([false, 'paused', 0]);
});

test('a late answer changes nothing, and does not reach the prompt', async () => {
  const question = ask();
  await vi.advanceTimersByTimeAsync(200);
  expect(await question.answer).toBe(false);
  const ended = question.end();
  await vi.advanceTimersByTimeAsync(300);
  // end() waits for a late answer: the terminal stays in raw mode, and the query still reads from it. Otherwise the
  // shell would get the answer as input.
  expect([input.isRaw, input.state, input.listenerCount('data')]).toEqual([true, 'flowing', 1]);
  input.emit('data', Buffer.from(sixel));
  await ended;
  expect([input.isRaw, input.state, input.listenerCount('data')]).toEqual([false, 'paused', 0]);
});

test('the wait ends without an answer', async () => {
  const question = ask();
  const ended = question.end();
  await vi.advanceTimersByTimeAsync(1000);
  await ended;
  expect(await question.answer).toBe(false);
  expect(input.isRaw).toBe(false);
});

test('asks no terminal through a pipe, without colours, or if it has no features', async () => {
  expect(askSixel(input, { ...output, isTTY: false })).toBeNull();
  expect(await detectPictureMode({ TERM: 'xterm' }, false)).toEqual({ mode: 'blocks', question: null });
  expect(await detectPictureMode({ TERM: 'dumb' }, true)).toEqual({ mode: 'none', question: null });
  expect(await detectPictureMode({ TERM: 'xterm-kitty' }, false)).toEqual({ mode: 'kitty', question: null });
});
