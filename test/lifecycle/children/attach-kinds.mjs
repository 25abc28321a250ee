// Attaches a worker to arrays of text, records and sequences, and compares what it reads with what this thread reads.
// Usage: node attach-kinds.mjs PATH...
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { check, library } from './library.mjs';

const kinds = {
  text: { open: library.openText, attach: library.attachText },
  records: { open: library.openRecords, attach: library.attachRecords },
  sequences: { open: library.openSequences, attach: library.attachSequences },
};
const plain = ({ data, fields, offsets, values }) => ({ data, offsets, values, fields: fields && [...fields] });
const textOf = (value) =>
  JSON.stringify(value, (_, part) => (ArrayBuffer.isView(part) ? Array.from(part, String) : part));
const resultOf = (result) => {
  const { fields, ...rest } = plain(result);
  return textOf({ ...rest, fields: fields?.map(([name, field]) => [name, plain(field)]) });
};

async function refuses(attempt, name, what) {
  const error = await attempt().catch((reason) => reason);
  check(error?.name === name, `a ${name} for ${what}, found ${error?.name}: ${error?.message}`);
}

async function main() {
  for (const argument of process.argv.slice(2)) {
    const [kind, path, name] = argument.split(',');
    const { open, attach } = kinds[kind];
    const array = await open(path, name === '' ? {} : { array: name });
    const token = array.share();
    check(array.share() === token, 'the same token for a second call');
    check(token.kind === `posix-par ${kind}`, `a token of kind ${kind}, found ${token.kind}`);
    for (const [other, { attach: attachOther }] of Object.entries(kinds)) {
      if (other !== kind) await refuses(() => attachOther(token), 'TypeError', `${kind} as ${other}`);
    }
    await refuses(() => library.attach(token), 'TypeError', `${kind} as numbers`);
    const worker = new Worker(new URL(import.meta.url), { workerData: { token, kind } });
    const ended = once(worker, 'exit');
    const [text] = await once(worker, 'message');
    check(text === resultOf(await array.read()), `${kind} as this thread reads them, found ${text}`);
    check(text.length > 50, `elements, found ${text}`);
    await ended;
    await array.close();
    await refuses(() => attach(token), 'ClosedError', 'a closed array');
  }
  console.log('ok');
}

async function work() {
  const { token, kind } = workerData;
  const array = await kinds[kind].attach(token);
  const text = resultOf(await array.read());
  parentPort.postMessage(text);
  await array.close();
}

await (isMainThread ? main() : work());
