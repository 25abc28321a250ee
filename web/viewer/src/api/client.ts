/**
 * Client of `/api/v1`. The cookie of the server authorises the requests.
 * @module
 */

/** Facts about an array, as `/api/v1/tree` describes it. */
export interface ArrayNode {
  readonly kind: 'array';
  readonly format: string;
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly chunkShape: readonly number[];
  readonly fillValue: unknown;
  readonly dimensionNames: readonly (string | null)[] | null;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** A member of a group or directory. `store` is a file or directory that is an array, or a group of arrays. */
export interface Child {
  readonly name: string;
  readonly kind: string;
}

/** A group of arrays in a file or store. */
export interface GroupNode {
  readonly kind: 'group';
  readonly format: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly children: readonly Child[];
}

/** A directory that the server shows. */
export interface DirectoryNode {
  readonly kind: 'directory';
  readonly children: readonly Child[];
}

export type TreeNode = ArrayNode | GroupNode | DirectoryNode;

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

/** Sends a request to a route below `/api/v1`. @throws {ApiError} if the server reports an error or does not answer. */
export async function request(
  route: string,
  query: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<Response> {
  const url = `/api/v1/${route}?${new URLSearchParams(query)}`;
  let response: Response;
  try {
    response = await fetch(url, signal === undefined ? {} : { signal });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new ApiError(0, 'Unreachable', 'The server does not answer. Is `posix-par serve` still running?');
  }
  if (!response.ok) throw await toApiError(response);
  return response;
}

/** Describes the array, group or directory at `path`. */
export async function fetchNode(path: string, signal?: AbortSignal): Promise<TreeNode> {
  return (await (await request('tree', { path }, signal)).json()) as TreeNode;
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
