// Worker thread that does nothing but measure the delay of its own event loop. The delay shows how long the machine
// lets a thread wait that has hardly anything to do. Any message ends the measurement. The answer is the 99th
// percentile in milliseconds.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parentPort } from 'node:worker_threads';

const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
parentPort.once('message', () => {
  delay.disable();
  parentPort.postMessage(delay.percentile(99) / 1e6);
});
