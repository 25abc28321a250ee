/**
 * Describes objects of the server in the terms of h5web.
 * @module
 */
import {
  type Attribute,
  type AttributeValues,
  type ChildEntity,
  EntityKind,
  type ProvidedEntity,
  parseShape,
} from '@h5web/app';
import type { Routes } from '../api/routes.js';
import { parseAttribute } from './elements.js';
import { typeOf } from './types.js';

/** A description of an object, with the values of its attributes. */
export type Described = Exclude<Routes['describe']['json'], { readonly kind: 'directory' }>;
type DescribedMember = Extract<Described, { readonly kind: 'group' }>['members'][number];
type DescribedAttribute = Extract<Described, { readonly kind: 'array' }>['attributes'][number];
type Link = Extract<Described, { readonly kind: 'link' }>['link'];

const shapeOf = (shape: readonly number[] | null) => parseShape(shape === null ? null : [...shape]);

const toAttribute = ({ name, shape, type }: DescribedAttribute): Attribute => ({
  name,
  shape: shapeOf(shape),
  type: typeOf(type),
});

function linkOf(link: Link | undefined): Pick<ChildEntity, 'link'> {
  if (link === undefined) return {};
  const { file, path } = link;
  return { link: file === null ? { class: 'Soft', path } : { class: 'External', file, path } };
}

/** Returns an object without its members. */
export function toEntity(described: DescribedMember | Described, path: string): ChildEntity {
  const { kind, name } = described;
  const link = linkOf('link' in described ? described.link : undefined);
  if (kind === 'link' || kind === 'other') return { kind: EntityKind.Unresolved, name, path, attributes: [], ...link };
  const common = { name, path, attributes: described.attributes.map(toAttribute), ...link };
  if (kind === 'group') return { ...common, kind: EntityKind.Group };
  const typed = { ...common, type: typeOf(described.type), rawType: described.type };
  if (kind === 'datatype') return { ...typed, kind: EntityKind.Datatype };
  const { shape, chunks, filters } = described;
  return {
    ...typed,
    kind: EntityKind.Dataset,
    shape: shapeOf(shape),
    ...(chunks === null ? {} : { chunks: [...chunks] }),
    ...(filters.length === 0
      ? {}
      : { filters: filters.map(({ id, name: filter }, i) => ({ id: id ?? i, name: filter })) }),
  };
}

/** Returns an object, and the members of a group. */
export function toProvided(described: Described, path: string): ProvidedEntity {
  const entity = toEntity(described, path);
  if (described.kind !== 'group') return entity as ProvidedEntity;
  const parent = path === '/' ? '' : path;
  const children = described.members.map((member) => toEntity(member, `${parent}/${member.name}`));
  return { ...entity, kind: EntityKind.Group, children };
}

/** Returns the values of the attributes of an object. */
export function attributeValues(described: Described): AttributeValues {
  if (!('attributes' in described)) return {};
  return Object.fromEntries(
    described.attributes.map(({ name, shape, type, value }) => [name, parseAttribute(type, shape, value)]),
  );
}
