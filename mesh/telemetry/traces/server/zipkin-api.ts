import { operationNames, remoteServiceNames, serviceNames } from '#mesh/telemetry/traces/query/names.ts';
import { search } from '#mesh/telemetry/traces/query/search.ts';
import { fromZipkinQuery, QueryMistake } from '#mesh/telemetry/traces/query/zipkin-query.ts';
import { type Answer, jsonAnswer, textAnswer } from '#mesh/telemetry/traces/server/answer.ts';
import { isTraceId, traceId } from '#mesh/telemetry/traces/span.ts';
import type { TraceStore } from '#mesh/telemetry/traces/store/trace-store.ts';

/** Zipkin's query API, so that the same programs read a real Zipkin and this one. */
export function answerApi(path: string, parameters: URLSearchParams, store: TraceStore): Answer | undefined {
  const service = parameters.get('serviceName')?.toLowerCase() || undefined;
  const [, id] = /^\/api\/v2\/trace\/([^/]+)$/.exec(path) ?? [];
  if (id !== undefined) return oneTrace(id, store);
  switch (path) {
    case '/api/v2/traces':
      return traces(parameters, store);
    case '/api/v2/services':
      return jsonAnswer(serviceNames(store.all()));
    case '/api/v2/spans':
      return jsonAnswer(operationNames(store.all(), service));
    case '/api/v2/remoteServices':
      return jsonAnswer(service === undefined ? [] : remoteServiceNames(store.all(), service));
    case '/health':
      return jsonAnswer({ status: 'UP', traces: store.size });
    default:
      return undefined;
  }
}

function oneTrace(id: string, store: TraceStore): Answer {
  if (!isTraceId(id)) return textAnswer(400, `${id} is no trace id: up to 32 hexadecimal digits are wanted`);
  const trace = store.find(traceId(id));
  return trace ? jsonAnswer(trace.spans) : textAnswer(404, `${id} not found`);
}

function traces(parameters: URLSearchParams, store: TraceStore): Answer {
  try {
    return jsonAnswer(search(store.all(), fromZipkinQuery(parameters)).map(({ spans }) => spans));
  } catch (error) {
    if (error instanceof QueryMistake) return textAnswer(400, error.message);
    throw error;
  }
}
