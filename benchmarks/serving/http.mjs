/** Sends requests to servers, and measures them. */
import http from 'node:http';

/** Asks for `path`. Returns the body if `keeps` is true, otherwise its length. */
export function ask({ options, token }, path, keeps = false) {
  return new Promise((resolve, reject) => {
    const headers = token === '' ? {} : { authorization: `Bearer ${token}` };
    const request = http.get({ ...options, path, headers }, (response) => {
      const parts = [];
      let bytes = 0;
      response.on('data', (part) => {
        bytes += part.length;
        if (keeps) parts.push(part);
      });
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode !== 200) reject(new Error(`${path}: status ${response.statusCode}`));
        else resolve(keeps ? Buffer.concat(parts) : bytes);
      });
    });
    request.on('error', reject);
  });
}

/** Returns the element of `values` below which the fraction `q` of them lies. */
export function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(q * (sorted.length - 1))] ?? Number.NaN;
}

export const median = (values) => quantile(values, 0.5);

/** Returns requests per second, bytes per second, and the times of the requests in milliseconds. */
export async function measure(server, pathOf, callers, seconds) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: callers });
  const target = { ...server, options: { ...server.options, agent } };
  const times = [];
  let bytes = 0;
  let next = 0;
  const begin = performance.now();
  const end = begin + seconds * 1000;
  const call = async () => {
    do {
      const started = performance.now();
      const received = await ask(target, pathOf(next++));
      bytes += received;
      times.push(performance.now() - started);
    } while (performance.now() < end);
  };
  await Promise.all(Array.from({ length: callers }, call));
  const took = (performance.now() - begin) / 1000;
  agent.destroy();
  return { rate: times.length / took, bytesPerSecond: bytes / took, ms: median(times) };
}

/**
 * Measures contenders in rounds. The order alternates, so that a change of the load of the machine affects all. The
 * first round is not counted. Returns the results of each contender.
 */
export async function inRounds(contenders, rounds) {
  const results = contenders.map(() => []);
  for (let round = 0; round < rounds; round++) {
    const order = contenders.map((_, i) => i);
    for (const i of round % 2 === 0 ? order : order.reverse()) {
      const result = await contenders[i]();
      if (round > 0) results[i].push(result);
    }
  }
  return results;
}

/** Returns the median of the ratios of two contenders in the same rounds, and the lowest and highest ratio. */
export function ratioText(first, second) {
  const ratios = first.map(({ rate }, i) => rate / second[i].rate).sort((a, b) => a - b);
  return `${median(ratios).toFixed(2)} (${ratios[0].toFixed(2)} – ${ratios.at(-1).toFixed(2)})`;
}

/** Returns requests per second, MB/s and milliseconds of a contender for a table. */
export function cellText(results) {
  const of = (name) => median(results.map((result) => result[name]));
  return `${of('rate').toFixed(0)}, ${(of('bytesPerSecond') / 1e6).toFixed(0)}, ${of('ms').toFixed(3)}`;
}
