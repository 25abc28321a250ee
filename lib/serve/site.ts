/**
 * The routes of the server.
 * @module
 */
import { answerApi } from './api/endpoints.js';
import { ReadLog } from './api/read-log.js';
import type { Catalog } from './catalog/catalog.js';
import { splitUrlPath } from './catalog/roots.js';
import { answerH5grove, messageReply } from './h5grove/route.js';
import { HttpError, notFound, type Problem, problemReply } from './http/problem.js';
import { type Reply, type ServeRequest, textReply } from './http/reply.js';
import type { Route } from './http/responder.js';
import type { Admission } from './limits.js';
import type { Metrics } from './metrics.js';
import { isViewerPath, ViewerRoute } from './viewer/route.js';
import type { CodecProfile } from './zarr/codecs.js';
import { ZarrRoute } from './zarr/route.js';

/** Creates the function that answers all requests. */
export function createSite(catalog: Catalog, admission: Admission, metrics: Metrics): Route {
  const source = { catalog, admission, log: new ReadLog() };
  const zarr = { core: new ZarrRoute(source, 'core'), native: new ZarrRoute(source, 'native') };
  const viewer = new ViewerRoute();
  return async ({ url }: ServeRequest, signal: AbortSignal): Promise<Reply> => {
    if (isViewerPath(url.pathname)) return await viewer.answer(url.pathname);
    const [section, ...steps] = splitUrlPath(url.pathname);
    switch (section) {
      case 'zarr':
        return await zarr[codecProfile(url.searchParams)].answer(steps, signal);
      case 'zarr-native':
        return await zarr.native.answer(steps, signal);
      case 'api':
        if (steps[0] === 'v1') return await answerApi(source, steps.slice(1), url.searchParams, signal);
        break;
      case 'h5grove':
        return await answerH5grove(source, steps, url.searchParams, signal);
      case 'metrics':
        if (steps.length === 0) return textReply(metrics.text(catalog, admission), 'text/plain; version=0.0.4');
        break;
      case 'healthz':
        if (steps.length === 0) return textReply('ok\n', 'text/plain; charset=utf-8');
    }
    throw notFound('No such route');
  };
}

/** Creates the reply for a failed request for `url`. Clients of h5grove expect a document of their own. */
export function errorReply(problem: Problem, url: URL): Reply {
  return url.pathname.startsWith('/h5grove/') ? messageReply(problem) : problemReply(problem);
}

/** Returns the value of the parameter `codecs`. @throws {HttpError} 400 */
function codecProfile(query: URLSearchParams): CodecProfile {
  const value = query.get('codecs') ?? 'core';
  if (value === 'core' || value === 'native') return value;
  throw new HttpError(
    400,
    'InvalidParameter',
    `Expected core or native for \`codecs\`, received '${value.slice(0, 60)}'`,
  );
}
