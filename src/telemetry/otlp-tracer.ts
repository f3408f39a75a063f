import {
  type Context,
  type Exception,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { parseTraceParent, TRACE_PARENT_HEADER, W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import type { Tracer } from "../ports/tracer.ts";

const kinds = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
};

const closeWithinMs = 2_000;

/**
 * Sends spans by OTLP over HTTP to a collector (`<endpoint>/v1/traces`), in batches; while the collector is down, they
 * are lost.
 */
export function otlpTracer({ endpoint, version }: { endpoint: string; version: string }): Tracer {
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/+$/, "")}/v1/traces`,
    timeoutMillis: 5_000,
  });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ "service.name": "booking", "service.version": version }),
    spanProcessors: [new BatchSpanProcessor({ exporter, scheduledDelayMillis: 1_000 })],
  });
  const tracer = provider.getTracer("booking", version);
  const contexts = new AsyncLocalStorageContextManager();

  return {
    span: (name, { kind, attributes = {}, parent }, work) => {
      const around = contextOf(parent) ?? contexts.active();
      const span = tracer.startSpan(name, { kind: kinds[kind], attributes }, around);
      return contexts.with(trace.setSpan(around, span), async () => {
        try {
          return await work({
            rename: (to) => void span.updateName(to),
            set: (more) => void span.setAttributes(more),
          });
        } catch (error) {
          span.recordException(error as Exception);
          span.setStatus({ code: SpanStatusCode.ERROR });
          throw error;
        } finally {
          span.end();
        }
      });
    },
    current: () => {
      const carrier: Record<string, string> = {};
      new W3CTraceContextPropagator().inject(contexts.active(), carrier, {
        set: (to, key, value) => {
          to[key] = value;
        },
      });
      return carrier[TRACE_PARENT_HEADER] ?? null;
    },
    // A collector that is down does not keep a process from ending.
    close: () => Promise.race([provider.shutdown().catch(() => {}), Bun.sleep(closeWithinMs)]),
  };
}

function contextOf(parent: string | null | undefined): Context | null {
  const remote = parent ? parseTraceParent(parent) : null;
  return remote && trace.setSpanContext(ROOT_CONTEXT, { ...remote, isRemote: true });
}
