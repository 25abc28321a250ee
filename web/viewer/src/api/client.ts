/**
 * Client of `/api/v1`. The cookie of the server authorises the requests.
 * @module
 */
import type { Routes } from './routes.js';

export type RouteName = keyof Routes;
export type QueryOf<R extends RouteName> = Routes[R]['query'];

/** An array, group or directory, as `/api/v1/tree` describes it. */
export type TreeNode = Routes['tree']['json'];
export type ArrayNode = Extract<TreeNode, { readonly kind: 'array' }>;
type BranchNode = Extract<TreeNode, { readonly children: readonly unknown[] }>;

/** A member of a group or directory. `store` is a file or directory that is an array, or a group of arrays. */
export type Child = BranchNode['children'][number];

/**
 * An error that the server reported, with its message for the user. Also used if the server does not answer; `status`
 * is then 0.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** Identifies the error: the tag in the reply of the server, or `Unreachable`. Empty if the reply has none. */
  readonly tag: string;
  constructor(status: number, tag: string, detail: string) {
    super(detail);
    this.status = status;
    this.tag = tag;
  }
}

async function toApiError(response: Response): Promise<ApiError> {
  const { status } = response;
  const text = await response.text();
  if (status === 401) {
    const detail =
      'The server does not know this browser. Open the address that `posix-par serve` printed, with ?token=';
    return new ApiError(status, 'Unauthorized', detail);
  }
  try {
    const { detail, tag } = JSON.parse(text) as { readonly detail?: string; readonly tag?: string };
    return new ApiError(status, tag ?? '', detail ?? `The server replied with the status ${status}`);
  } catch {
    return new ApiError(status, '', `The server replied with the status ${status}`);
  }
}

/** Returns the address of a route below `/api/v1`. */
export function addressOf<R extends RouteName>(route: R, query: QueryOf<R>): string {
  const text = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const item of Array.isArray(value) ? value : [value]) text.append(name, String(item));
  }
  return `/api/v1/${route}?${text}`;
}

/** Sends a request to a route below `/api/v1`. @throws {ApiError} if the server reports an error or does not answer. */
export async function request<R extends RouteName>(
  route: R,
  query: QueryOf<R>,
  signal?: AbortSignal,
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(addressOf(route, query), signal === undefined ? {} : { signal });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new ApiError(0, 'Unreachable', 'The server does not answer. Is `posix-par serve` still running?');
  }
  if (!response.ok) throw await toApiError(response);
  return response;
}

/** Returns the JSON document of a route. @throws {ApiError} like {@link request}. */
export async function requestJson<R extends RouteName>(
  route: R,
  query: QueryOf<R>,
  signal?: AbortSignal,
): Promise<Routes[R]['json']> {
  return (await (await request(route, query, signal)).json()) as Routes[R]['json'];
}

/** Describes the array, group or directory at `path`. */
export function fetchNode(path: string, signal?: AbortSignal): Promise<TreeNode> {
  return requestJson('tree', { path }, signal);
}

/** Describes one field of the records at `path`. */
export async function fetchField(path: string, field: string, signal?: AbortSignal): Promise<ArrayNode> {
  const node = await requestJson('tree', { path, field }, signal);
  if (node.kind !== 'array') throw new Error(`Expected an array of records, found a ${node.kind}`);
  return node;
}

/** Joins paths of the server. */
export function joinPath(parent: string, name: string): string {
  return parent === '' ? name : `${parent}/${name}`;
}

/** A file or store, and the path of an object in it. */
export interface InFile {
  readonly file: string;
  readonly inner: string;
}

/** Splits `path` into the path of a file or store, and the path inside it. Null if `path` leads to a directory. */
export async function findFile(path: string, signal?: AbortSignal): Promise<InFile | null> {
  const steps = path === '' ? [] : path.split('/');
  for (let count = 0; count <= steps.length; count++) {
    const file = steps.slice(0, count).join('/');
    const node = await fetchNode(file, signal);
    if (node.kind !== 'directory') return { file, inner: `/${steps.slice(count).join('/')}` };
  }
  return null;
}
