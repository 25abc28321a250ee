/**
 * Shows an error in words.
 * @module
 */
import { Component, type ReactNode } from 'react';

/** An error and, if it can help, a button that tries again. */
export function Problem({ error, onRetry }: { readonly error: Error; readonly onRetry?: () => void }) {
  return (
    <div className="problem" role="alert">
      <p>{error.message}</p>
      {onRetry !== undefined && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}

interface BoundaryProps {
  /** The error is forgotten if this changes. */
  readonly resetKey: string;
  readonly children: ReactNode;
}

/** Shows errors of the components in it, instead of an empty page. */
export class ProblemBoundary extends Component<BoundaryProps, { readonly error: Error | null }> {
  override state: { readonly error: Error | null } = { error: null };

  static getDerivedStateFromError(error: unknown): { readonly error: Error } {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override componentDidUpdate(before: BoundaryProps): void {
    if (before.resetKey !== this.props.resetKey && this.state.error !== null) this.setState({ error: null });
  }

  override render(): ReactNode {
    const { error } = this.state;
    return error === null ? (
      this.props.children
    ) : (
      <Problem error={error} onRetry={() => this.setState({ error: null })} />
    );
  }
}
