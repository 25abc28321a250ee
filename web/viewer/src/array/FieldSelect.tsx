/**
 * Chooses a field of an array of records.
 * @module
 */
import type { ArrayNode } from '../api/client.js';
import { updateState } from '../shell/use-view-state.js';

/** Returns the field to show: `wanted` if it exists; null for complete records, which sequences of records lack. */
export function fieldOf({ dtype, fields }: ArrayNode, wanted: string | null): string | null {
  if (fields.some(({ name }) => name === wanted)) return wanted;
  return dtype === 'sequence' ? (fields[0]?.name ?? null) : null;
}

/** A list of the fields. Choosing one resets the slice, because a field may have dimensions of its own. */
export function FieldSelect({ node, field }: { readonly node: ArrayNode; readonly field: string | null }) {
  if (node.fields.length === 0) return null;
  return (
    <label className="field">
      Field{' '}
      <select
        value={field ?? ''}
        onChange={({ target: { value } }) => updateState({ field: value === '' ? null : value, slice: null })}
      >
        {node.dtype === 'record' && <option value="">All fields</option>}
        {node.fields.map(({ name, dtype }) => (
          <option key={name} value={name}>
            {name} ({dtype})
          </option>
        ))}
      </select>
    </label>
  );
}
