/** The groups of measurements of benchmarks/serving.mjs. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { gunzipSync } from 'node:zlib';
import { ask, cellText, inRounds, measure, median, quantile, ratioText } from './http.mjs';
import { chunkCount, start, startPeer } from './servers.mjs';

const mebibyte = 1 << 20;
const inFlight = 8;
const planeCount = 8;
const sizes = [64, 4096, 65536, mebibyte, 16 * mebibyte, 64 * mebibyte, 1024 * mebibyte];

/** Requests for 1 MiB of the array `bytes` of the HDF5 file, by server. */
const blockPaths = {
  tiled: (i) => `/api/v1/array/block/bytes?block=${i % chunkCount}&format=application/octet-stream`,
  h5grove: (i) => {
    const begin = (i % chunkCount) * mebibyte;
    return `/data?file=s.h5&path=/bytes&selection=${begin}:${begin + mebibyte}&format=bin`;
  },
  xpublish: (i) => `/datasets/d/zarr/bytes/c/${i % chunkCount}`,
};

/** Prints a row: the first contender, and each other one with the speed of the first relative to it. */
async function printRow(name, contenders, { rounds }) {
  const results = await inRounds(
    contenders.map(({ run }) => run),
    rounds,
  );
  for (const [i, { label }] of contenders.entries()) {
    const ratio = i === 0 ? '' : ratioText(results[0], results[i]);
    console.log(`| ${name} | ${label} | ${cellText(results[i])} | ${ratio} |`);
  }
}

function printHead() {
  console.log('| case | server | requests/s, MB/s, median ms | speed of posix-par ÷ speed of this server |');
  console.log('| --- | --- | --- | --- |');
}

/** Stored chunks of 1 MiB over the Unix socket, 8 in flight. The servers of Python send decoded elements. */
async function chunks({ folder, python, settings }) {
  const [own, bare] = [await start('posix-par', folder), await start('memory', folder)];
  const peers = [];
  try {
    const pathOf = (i) => `/zarr/z/c/${i % chunkCount}`;
    for (let i = 0; i < chunkCount; i++) {
      const [stored, sent] = [await ask(bare, pathOf(i), true), await ask(own, pathOf(i), true)];
      assert(stored.equals(sent), `chunk ${i}`);
      assert.equal(gunzipSync(sent).length, mebibyte);
    }
    const decoded = await ask(own, '/api/v1/read?path=s.h5/bytes', true);
    for (const name of Object.keys(blockPaths)) {
      const peer = await startPeer(python, name, folder);
      if (peer === null) continue;
      peers.push({ name, ...peer });
      if (name === 'xpublish') continue; // Its chunks are compressed with another codec.
      for (let i = 0; i < chunkCount; i++) {
        const block = await ask(peer, blockPaths[name](i), true);
        assert(block.equals(decoded.subarray(i * mebibyte, (i + 1) * mebibyte)), `${name}: block ${i}`);
      }
    }
    printHead();
    const run = (server, path) => () => measure(server, path, inFlight, settings.seconds);
    await printRow(
      `chunks of 1 MiB, ${inFlight} in flight`,
      [
        { label: 'posix-par', run: run(own, pathOf) },
        { label: 'node:http from memory', run: run(bare, pathOf) },
        ...peers.map((peer) => ({ label: peer.name, run: run(peer, blockPaths[peer.name]) })),
      ],
      settings,
    );
  } finally {
    for (const server of [own, bare, ...peers]) server.stop();
  }
}

/** Planes of 1024 × 1024 float32 of a gzip-compressed HDF5 file as bytes, one request after the other. */
async function slice({ folder, python, settings }) {
  const own = await start('posix-par', folder);
  const peer = await startPeer(python, 'h5grove', folder);
  try {
    const pathOf = (i) => `/api/v1/read?path=s.h5/planes&selection=${i % planeCount}`;
    const same = (i) => `/h5grove/data?file=s.h5&path=/planes&format=bin&selection=${i % planeCount},:,:`;
    const theirs = (i) => `/data?file=s.h5&path=/planes&format=bin&selection=${i % planeCount},:,:`;
    const run = (server, path) => () => measure(server, path, 1, settings.seconds);
    const contenders = [
      { label: 'posix-par', run: run(own, pathOf) },
      { label: 'posix-par, /h5grove', run: run(own, same) },
    ];
    if (peer !== null) {
      for (let i = 0; i < planeCount; i++) {
        const plane = await ask(peer, theirs(i), true);
        assert(plane.equals(await ask(own, pathOf(i), true)) && plane.equals(await ask(own, same(i), true)));
      }
      contenders.push({ label: 'h5grove on uvicorn', run: run(peer, theirs) });
    }
    printHead();
    await printRow('slice 1024² of gzip HDF5', contenders, settings);
  } finally {
    own.stop();
    peer?.stop();
  }
}

/** Selections of 64 B to 1 GiB over the Unix socket and over TCP. */
async function transport({ folder, settings }) {
  const own = await start('posix-par', folder);
  const overTcp = { ...own, options: { host: '127.0.0.1', port: own.port } };
  try {
    printHead();
    for (const size of sizes) {
      const pathOf = () => `/api/v1/read?path=m.raw&selection=0:${size}`;
      assert.equal(await ask(own, pathOf()), size);
      assert.equal(await ask(overTcp, pathOf()), size);
      const run = (server) => () => measure(server, pathOf, 1, settings.seconds);
      const contenders = [
        { label: 'posix-par, Unix socket', run: run(own) },
        { label: 'posix-par, TCP', run: run(overTcp) },
      ];
      await printRow(`${size} B`, contenders, settings);
    }
  } finally {
    own.stop();
  }
}

/** Times of small requests next to 200 clients that read 64 KiB of a large reply every 50 ms. */
async function readers({ folder, settings }) {
  const own = await start('posix-par', folder);
  const times = async (seconds) => {
    const found = [];
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end) {
      const begin = performance.now();
      await ask(own, '/api/v1/read?path=m.raw&selection=0:4096');
      found.push(performance.now() - begin);
    }
    return found;
  };
  const row = (name, found) =>
    console.log(
      `| ${name} | ${found.length} | ${median(found).toFixed(2)} | ${quantile(found, 0.99).toFixed(2)} | ${Math.max(...found).toFixed(1)} |`,
    );
  let slow = null;
  try {
    await times(1);
    console.log('| requests of 4 KiB | count | p50 ms | p99 ms | max ms |\n| --- | --- | --- | --- | --- |');
    row('alone', await times(settings.readerSeconds));
    slow = await start('slow', own.socket, own.token);
    await times(2);
    row('next to 200 slow readers', await times(settings.readerSeconds));
  } finally {
    slow?.stop();
    own.stop();
  }
}

/**
 * Shows the slice `index` in the page, and returns the time in milliseconds from the input event to the first frame
 * after the one in which the picture of the slice is drawn. Runs in the page.
 */
function changeSlice({ index, rest }) {
  const input = document.querySelector('input[type=number][aria-label^="Index"]');
  const picture = document.querySelector('.picture');
  const setValue = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
  const isShown = () => picture.dataset.state === 'ready' && picture.dataset.slice === `${index}${rest}`;
  return new Promise((resolve) => {
    const begin = performance.now();
    const frames = () => requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - begin)));
    const observer = new MutationObserver(() => {
      if (!isShown()) return;
      observer.disconnect();
      frames();
    });
    observer.observe(picture, { attributes: true });
    setValue.call(input, String(index));
    input.dispatchEvent(new Event('input', { bubbles: true }));
  });
}

/**
 * Plays the first dimension for some seconds, and returns the number of slices per second that were shown in frames.
 * Runs in the page.
 */
function playSlices(seconds) {
  const picture = document.querySelector('.picture');
  const button = document.querySelector('.index button');
  button.click();
  return new Promise((resolve) => {
    let begin = 0;
    let slices = 0;
    let last = '';
    const frame = (now) => {
      const { state, slice } = picture.dataset;
      if (state === 'ready' && slice !== last) {
        last = slice;
        slices += 1;
        // The first slices are not counted, because no slice was loaded in advance.
        if (slices === 5) begin = now;
      }
      if (begin === 0 || now - begin < 1000 * seconds) return requestAnimationFrame(frame);
      button.click();
      resolve((1000 * (slices - 5)) / (now - begin));
    };
    requestAnimationFrame(frame);
  });
}

/**
 * Time until Chromium shows a picture of a file of 1 GiB, and until it shows another slice of it: one far away, and the
 * next one. Then the number of slices per second that it draws while it plays.
 */
async function viewer({ folder, settings }) {
  const { chromium } = await import('playwright-core');
  const executablePath = execFileSync('which', ['chromium'], { encoding: 'utf8' }).trim();
  const own = await start('posix-par', folder);
  const args = ['--no-sandbox', '--disable-dev-shm-usage', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'];
  const browser = await chromium.launch({ executablePath, args });
  const ready = '.picture[data-state=ready] canvas';
  const [paints, far, near, rates] = [[], [], [], []];
  try {
    const url = new URL(own.url);
    url.searchParams.set('path', 'v.raw');
    for (let round = 0; round < settings.rounds; round++) {
      const page = await (await browser.newContext({ viewport: { width: 1400, height: 900 } })).newPage();
      const begin = performance.now();
      await page.goto(url.href);
      await page.locator(ready).first().waitFor();
      if (round > 0) paints.push(performance.now() - begin);
      const change = async (index, found) => {
        const ms = await page.evaluate(changeSlice, { index, rest: ',:,:' });
        if (round > 0) found.push(ms);
        await page.waitForTimeout(100);
      };
      for (let i = 1; i <= 10; i++) await change((round * 100 + i * 37) % 1024, far);
      for (let i = 1; i <= 10; i++) await change(((round * 100 + 370) % 1024) + i, near);
      const rate = await page.evaluate(playSlices, settings.playSeconds);
      if (round > 0) rates.push(rate);
      await page.context().close();
    }
    console.log('| viewer | median ms | slowest ms |\n| --- | --- | --- |');
    for (const [name, found] of [
      ['first picture of a file of 1 GiB', paints],
      ['change to another slice', far],
      ['change to the next slice', near],
    ]) {
      console.log(`| ${name} | ${median(found).toFixed(0)} | ${Math.max(...found).toFixed(0)} |`);
    }
    console.log(
      `slices per second while playing: ${median(rates).toFixed(1)} (slowest round ${Math.min(...rates).toFixed(1)})`,
    );
  } finally {
    await browser.close();
    own.stop();
  }
}

/** Groups by name. */
export const groups = { chunks, slice, transport, readers, viewer };
