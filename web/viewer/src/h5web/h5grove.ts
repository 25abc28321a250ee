/**
 * Describes objects, and reads elements that `/api/v1` does not read, such as texts and records. Uses the API of
 * h5grove.
 * @module
 */
import {
  type Attribute,
  type AttributeValues,
  type ChildEntity,
  type Dataset,
  type DType,
  DTypeClass,
  type Entity,
  EntityKind,
  isGroup,
  type NumericType,
  type ProvidedEntity,
  parseShape,
} from '@h5web/app';
import { ApiError } from '../api/client.js';
import { typeOf } from './types.js';

/** Description of a type. Members are those of an enumeration by name, or those of a record in a list. */
interface TypeMetadata {
  readonly class: number;
  /** Type of NumPy; for records, an object. */
  readonly dtype: unknown;
  readonly size: number;
  readonly sign?: number;
  readonly tag?: string;
  readonly dims?: readonly number[];
  readonly base?: TypeMetadata;
  readonly members?: Readonly<Record<string, number>> | readonly (TypeMetadata & { readonly name: string })[];
}

interface Metadata {
  readonly kind: string;
  readonly name: string;
  readonly shape?: readonly number[] | null;
  readonly type?: TypeMetadata;
  readonly attributes?: readonly {
    readonly name: string;
    readonly shape: readonly number[] | null;
    readonly type: TypeMetadata;
  }[];
  readonly chunks?: readonly number[] | null;
  readonly filters?: readonly { readonly id: number; readonly name: string }[] | null;
  readonly children?: readonly Metadata[];
  readonly target_path?: string;
  readonly target_file?: string;
}

type Query = Readonly<Record<string, string>>;

const addressOf = (route: string, query: Query): string => `/h5grove/${route}?${new URLSearchParams(query)}`;

async function fetchJson(route: string, query: Query, signal?: AbortSignal): Promise<unknown> {
  const response = await fetch(addressOf(route, query), signal === undefined ? {} : { signal });
  const reply = (await response.json()) as unknown;
  if (response.ok) return reply;
  const { message = 'The server replied with an error' } = reply as { readonly message?: string };
  throw new ApiError(response.status, '', message);
}

/** Returns the type of h5web for a class of HDF5. */
function parseType(type: TypeMetadata): DType {
  const { members, base, dims } = type;
  const inner = base === undefined ? undefined : parseType(base);
  switch (type.class) {
    case 0:
      return typeOf(`${type.sign === 0 ? 'u' : ''}int${8 * type.size}`);
    case 1:
      return typeOf(`float${8 * type.size}`);
    case 3:
      return { class: DTypeClass.String, charSet: 'UTF-8', strPad: 'null-terminated' };
    case 5:
      return { class: DTypeClass.Opaque, tag: type.tag ?? '' };
    case 6:
      if (typeof type.dtype === 'string') return typeOf(`complex${8 * type.size}`);
      return {
        class: DTypeClass.Compound,
        fields: new Map(Array.isArray(members) ? members.map((member) => [member.name, parseType(member)]) : []),
      };
    case 7:
      return { class: DTypeClass.Reference };
    case 8: {
      if (type.dtype === '|b1') return typeOf('bool');
      const values = (Array.isArray(members) ? {} : (members ?? {})) as Readonly<Record<string, number>>;
      const mapping = Object.fromEntries(Object.entries(values).map(([name, value]) => [value, name]));
      return { class: DTypeClass.Enum, base: (inner ?? typeOf('int32')) as NumericType, mapping };
    }
    case 9:
      return { class: DTypeClass.VLen, base: inner ?? { class: DTypeClass.Unknown } };
    case 10:
      return { class: DTypeClass.Array, base: inner ?? { class: DTypeClass.Unknown }, dims: [...(dims ?? [])] };
    default:
      return { class: DTypeClass.Unknown };
  }
}

const parseAttributes = ({ attributes = [] }: Metadata): Attribute[] =>
  attributes.map(({ name, shape, type }) => ({
    name,
    shape: parseShape(shape === null ? null : [...shape]),
    type: parseType(type),
  }));

function parseLink({ target_path: path, target_file: file }: Metadata): Pick<Entity, 'link'> {
  if (path === undefined) return {};
  return { link: file === undefined ? { class: 'Soft', path } : { class: 'External', file, path } };
}

function parseEntity(found: Metadata, path: string): ChildEntity {
  const { kind, name, type, shape = null, chunks, filters } = found;
  const common = { name, path, attributes: parseAttributes(found) };
  if (kind === 'group') return { ...common, kind: EntityKind.Group };
  if (type === undefined || (kind !== 'dataset' && kind !== 'datatype')) {
    return { ...common, kind: EntityKind.Unresolved, ...parseLink(found) };
  }
  const described = { ...common, type: parseType(type), rawType: type };
  if (kind === 'datatype') return { ...described, kind: EntityKind.Datatype };
  return {
    ...described,
    kind: EntityKind.Dataset,
    shape: parseShape(shape === null ? null : [...shape]),
    ...(chunks == null ? {} : { chunks: [...chunks] }),
    ...(filters == null ? {} : { filters: [...filters] }),
  };
}

/** Describes the object at `path`, and the members of a group. */
export async function fetchEntity(file: string, path: string): Promise<ProvidedEntity> {
  const found = (await fetchJson('meta', { file, path })) as Metadata;
  const entity = parseEntity(found, path);
  if (!isGroup(entity)) return entity;
  const parent = path === '/' ? '' : path;
  const children = (found.children ?? []).map((child) => parseEntity(child, `${parent}/${child.name}`));
  return { ...entity, kind: EntityKind.Group, children };
}

/** Reads elements that are not numbers. */
export async function fetchValue(
  file: string,
  { path }: Dataset,
  selection: string | undefined,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const query = { file, path, flatten: 'true', ...(selection === undefined ? {} : { selection }) };
  return await fetchJson('data', query, signal);
}

/** Reads the attributes of an object. */
export async function fetchAttributes(file: string, path: string): Promise<AttributeValues> {
  return (await fetchJson('attr', { file, path })) as AttributeValues;
}

/** Returns the paths of all objects below a group. */
export async function fetchPaths(file: string, path: string): Promise<string[]> {
  return (await fetchJson('paths', { file, path })) as string[];
}

/** Returns the address of a TIFF file with the elements of a plane. */
export function tiffAddress(file: string, path: string, selection: string): string {
  return addressOf('data', { file, path, selection, format: 'tiff' });
}
