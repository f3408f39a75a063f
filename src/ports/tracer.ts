export type Attributes = Record<string, string | number | boolean>;

export type SpanOptions = {
  kind: "server" | "client" | "producer" | "consumer";
  attributes?: Attributes;
  /** Continues the trace of this W3C `traceparent`, if it is valid; otherwise that of the surrounding span. */
  parent?: string | null | undefined;
};

export type Span = { rename(name: string): void; set(attributes: Attributes): void };

/** Records which work belongs to which request, across processes: spans of one trace. */
export interface Tracer {
  /** Runs work as a span; it fails with the work. */
  span<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T>;
  /** The span around, as a W3C `traceparent`; null outside of any. */
  current(): string | null;
  /** Sends what has not been sent. */
  close(): Promise<void>;
}

const ignored: Span = { rename: () => {}, set: () => {} };

/** Where nothing is traced. */
export const noTracer: Tracer = {
  span: (_name, _options, work) => work(ignored),
  current: () => null,
  close: async () => {},
};

/** The trace's id in a `traceparent`. */
export function traceIdOf(traceParent: string): string | undefined {
  return traceParent.split("-")[1];
}
