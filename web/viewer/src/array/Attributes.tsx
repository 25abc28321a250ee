/**
 * Lists attributes.
 * @module
 */

/** Maximum number of characters of a value. Longer values are cut, and end with an ellipsis. */
const maxLength = 400;

function textOf(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
}

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
                <td>{textOf(value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </details>
  );
}
