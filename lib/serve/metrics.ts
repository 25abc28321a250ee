/**
 * Counts requests, and writes the counters in the text format of Prometheus.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 * @module
 */
import type { Catalog } from './catalog/catalog.js';
import type { Admission } from './limits.js';

/** Counters of a server. */
export class Metrics {
  readonly #requests = new Map<number, number>();
  #bytes = 0;
  #inFlight = 0;
  #cancelled = 0;

  /** Counts a request that began. */
  begin(): void {
    this.#inFlight += 1;
  }

  /** Counts a request that ended. */
  end(): void {
    this.#inFlight -= 1;
  }

  /** Counts the status of a reply. */
  reply(status: number): void {
    this.#requests.set(status, (this.#requests.get(status) ?? 0) + 1);
  }

  /** Counts bytes of a body. */
  sent(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Counts a body that was aborted: the client disconnected or stopped reading, or a part was not ready in time. */
  cancelled(): void {
    this.#cancelled += 1;
  }

  /** Returns all counters as text. */
  text(catalog: Catalog, { usage }: Admission): string {
    const lines: string[] = [];
    const add = (
      name: string,
      type: 'counter' | 'gauge',
      help: string,
      values: Readonly<Record<string, number>>,
    ): void => {
      lines.push(`# HELP posixpar_${name} ${help}`, `# TYPE posixpar_${name} ${type}`);
      for (const [labels, value] of Object.entries(values)) lines.push(`posixpar_${name}${labels} ${value}`);
    };
    const byStatus = [...this.#requests].map(([status, count]) => [`{status="${status}"}`, count]);
    add('requests_total', 'counter', 'Replies by status.', Object.fromEntries(byStatus));
    add('requests_in_flight', 'gauge', 'Requests whose reply has not ended.', { '': this.#inFlight });
    add(
      'requests_cancelled_total',
      'counter',
      'Replies that ended early: the client disconnected or stopped reading, or a part was late.',
      { '': this.#cancelled },
    );
    add('body_bytes_total', 'counter', 'Bytes of bodies that were produced.', { '': this.#bytes });
    add('reads_in_flight', 'gauge', 'Reads in flight.', { '': usage.reads });
    add('reads_waiting', 'gauge', 'Reads that wait for memory or for other reads.', { '': usage.waiting });
    add('reply_memory_bytes', 'gauge', 'Bytes of replies in memory.', { '': usage.bytes });
    add('open_nodes', 'gauge', 'Arrays and groups that are open.', { '': catalog.openCount });
    return `${lines.join('\n')}\n`;
  }
}
