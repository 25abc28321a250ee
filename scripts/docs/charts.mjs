// Draws benchmark results as bar charts, in HTML that docs/.vitepress/theme/charts.css styles.

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

export const escaped = (text) => String(text).replace(/[&<>{}"]/g, (c) => `&#${c.charCodeAt(0)};`);

const threeDigits = (value) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

/** Formats a time. */
export function formatTime(ms) {
  if (ms >= 1000) return `${threeDigits(ms / 1000)} s`;
  return ms >= 1 ? `${threeDigits(ms)} ms` : `${threeDigits(ms * 1000)} µs`;
}

/** Names of contenders for readers. */
const names = {
  'posix-par': 'posix-par',
  'posix-par-one-read': 'posix-par, one call',
  'posix-par-direct': 'posix-par, engine direct',
  'posix-par-sync': 'posix-par, readSync',
  'numpy-memmap': 'NumPy memmap',
  'h5py-file': 'h5py',
  'node-fs': 'Node fs',
  'zarr-python': 'zarr-python',
  zarrita: 'zarrita.js',
  zarrs: 'zarrs',
  tensorstore: 'TensorStore',
  hidefix: 'hidefix',
  'tiledb-py': 'TileDB-Py',
  fio: 'fio, io_uring',
  'fio-psync': 'fio, psync',
};

/** Returns the name of a contender for readers. */
export const contenderName = (name) => names[name] ?? name;

/**
 * Returns the times of the measured contenders of a result in milliseconds, fastest first: the median of the rounds,
 * and the fastest and the slowest round.
 */
export function timesOf(cells) {
  return Object.entries(cells ?? {})
    .map(([name, { kind, rounds, title }]) => ({
      name,
      kind,
      title,
      times: (rounds ?? []).map(({ ms }) => median(ms)),
    }))
    .filter(({ times }) => times.length > 0)
    .map((row) => ({ ...row, middle: median(row.times), low: Math.min(...row.times), high: Math.max(...row.times) }))
    .sort((a, b) => a.middle - b.middle);
}

/** Draws the rows of one case as bars on a common scale. */
function drawCase({ title, rows, format = formatTime }) {
  // A single slow round must not make the bars short: its line is cut at the edge.
  const most = 1.1 * Math.max(...rows.map(({ middle }) => middle));
  const share = (value) => `${((100 * Math.min(value, most)) / most).toFixed(1)}%`;
  const bars = rows.map(({ name, kind, middle, low, high }) => {
    const range =
      low === undefined || low === high
        ? ''
        : `<i class="range" style="left:${share(low)};width:${share(Math.min(high, most) - low)}"></i>`;
    const bar = `<span class="track"><b class="bar" style="width:${share(middle)}"></b>${range}</span>`;
    return `<div class="row ${escaped(kind)}"><span class="name">${escaped(name)}</span>${bar}<span class="value">${format(middle)}</span></div>`;
  });
  const head = title === undefined ? '' : `<div class="case">${escaped(title)}</div>`;
  return head + bars.join('');
}

/** Draws cases below each other. Each case has a scale of its own; shorter is better. */
export function drawChart(cases, caption = '') {
  const head = caption === '' ? '' : `<figcaption>${escaped(caption)}</figcaption>`;
  return `<figure class="bars">${head}${cases.map(drawCase).join('')}</figure>`;
}
