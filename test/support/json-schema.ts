/**
 * Compares values with the JSON schemas that the server publishes.
 * @module
 */

/** The parts of JSON schemas that the server uses. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  /** Name of a shared schema, after `#/components/schemas/`. */
  readonly $ref?: string;
  readonly oneOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

function isOfType(value: unknown, type: string): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === type;
}

/** Schemas by name. */
export type SharedSchemas = Readonly<Record<string, JsonSchema>>;

/**
 * Returns a text for each part of `value` that `schema` does not allow.
 * @param shared schemas to which others refer.
 */
export function mismatches(schema: JsonSchema, value: unknown, at: string, shared: SharedSchemas = {}): string[] {
  if (schema.$ref !== undefined) {
    const target = shared[schema.$ref.replace('#/components/schemas/', '')];
    return target === undefined ? [`${at}: no schema ${schema.$ref}`] : mismatches(target, value, at, shared);
  }
  const { type, enum: values, oneOf, items, properties = {}, required = [] } = schema;
  if (oneOf !== undefined) {
    return oneOf.some((one) => mismatches(one, value, at, shared).length === 0) ? [] : [`${at}: no alternative fits`];
  }
  if (values !== undefined && !values.includes(value)) return [`${at}: ${String(value)} is not among ${values.join()}`];
  const types = [type ?? []].flat();
  if (types.length > 0 && !types.some((one) => isOfType(value, one))) {
    return [`${at}: expected ${types.join(' or ')}, found ${JSON.stringify(value)}`];
  }
  if (Array.isArray(value))
    return items === undefined ? [] : value.flatMap((v, i) => mismatches(items, v, `${at}[${i}]`, shared));
  if (typeof value !== 'object' || value === null) return [];
  const found = new Map<string, unknown>(Object.entries(value));
  return [
    ...required.filter((name) => !found.has(name)).map((name) => `${at}: ${name} is missing`),
    ...Object.entries(properties).flatMap(([name, one]) =>
      found.has(name) ? mismatches(one, found.get(name), `${at}.${name}`, shared) : [],
    ),
  ];
}
