/**
 * Lists attributes.
 * @module
 */
import { formatValue } from './format-value.js';

/** A table of names and values. */
export function Attributes({ attributes }: { readonly attributes: Readonly<Record<string, unknown>> }) {
  const entries = Object.entries(attributes);
  return (
    <details className="attributes">
      <summary>Attributes ({entries.length})</summary>
      {entries.length === 0 ? (
        <p className="hint">none</p>
      ) : (
        <table>
          <tbody>
            {entries.map(([name, value]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{formatValue(value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </details>
  );
}
