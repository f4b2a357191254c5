import { describe, expect, it } from 'vitest';
import { telemetryOf } from '#mesh/istiod/config/build/telemetry.ts';
import { loadManifest } from '#mesh/istiod/config/load/load-manifest.ts';
import { parseResources } from '#mesh/istiod/config/schema/parse-resources.ts';
import { DEFAULT_TELEMETRY } from '#mesh/istiod/model/telemetry.ts';

const workload = { namespace: 'shop', labels: { app: 'web', version: 'v1' } };

/** One Telemetry for the mesh, one for the namespace, one for the workload; each given by its spec. */
function telemetryWith(specs: { mesh?: string; namespace?: string; workload?: string; config?: string }) {
  const documents = [
    ['istio-system', specs.mesh],
    ['shop', specs.namespace],
    ['shop', specs.workload && `selector: {matchLabels: {app: web}}, ${specs.workload}`],
  ].flatMap(([namespace, spec], index) =>
    spec
      ? [
          `{apiVersion: telemetry.istio.io/v1, kind: Telemetry, metadata: {name: t${index}, namespace: ${namespace}}, spec: {${spec}}}`,
        ]
      : [],
  );
  const config = specs.config && [
    `{apiVersion: v1, kind: ConfigMap, metadata: {name: istio, namespace: istio-system}, data: {mesh: '${specs.config}'}}`,
  ];
  const text = [...documents, ...(config || [])].join('\n---\n');
  const loaded = loadManifest({ file: 'telemetry.yaml', text });
  const { resources, diagnostics } = parseResources(loaded.documents, { namespace: 'default' });
  expect(diagnostics).toEqual([]);
  return telemetryOf(workload, resources);
}

describe('telemetryOf', () => {
  it('reports everything where nobody says anything', () => {
    expect(telemetryWith({})).toEqual(DEFAULT_TELEMETRY);
  });

  it('lets the narrower resource win, field by field', () => {
    const { client } = telemetryWith({
      mesh: 'tracing: [{randomSamplingPercentage: 1, customTags: {a: {literal: {value: x}}}}]',
      namespace: 'tracing: [{randomSamplingPercentage: 50}]',
      workload: 'tracing: [{customTags: {b: {header: {name: x-b}}}}]',
    });
    expect(client.tracing.sampling).toBe(50);
    expect(client.tracing.tags).toEqual({ b: { header: 'x-b', defaultValue: '' } });
  });

  it('does not hear resources of other namespaces and for other pods', () => {
    const { client } = telemetryOf(
      { namespace: 'other', labels: {} },
      parseResources(
        loadManifest({
          file: 'telemetry.yaml',
          text: '{apiVersion: telemetry.istio.io/v1, kind: Telemetry, metadata: {name: t, namespace: shop}, spec: {tracing: [{randomSamplingPercentage: 5}]}}',
        }).documents,
        { namespace: 'default' },
      ).resources,
    );
    expect(client.tracing.sampling).toBe(100);
  });

  it('switches spans off and on again', () => {
    const off = 'tracing: [{disableSpanReporting: true}]';
    expect(telemetryWith({ mesh: off }).client.tracing.enabled).toBe(false);
    const on = 'tracing: [{disableSpanReporting: false}]';
    expect(telemetryWith({ mesh: off, workload: on }).client.tracing.enabled).toBe(true);
  });

  it('keeps spans off when only the provider is named again', () => {
    const off = 'tracing: [{disableSpanReporting: true}]';
    const named = 'tracing: [{providers: [{name: zipkin}]}]';
    expect(telemetryWith({ mesh: off, workload: named }).client.tracing.enabled).toBe(false);
  });

  it('makes no spans for a provider that the mesh does not have', () => {
    const { client } = telemetryWith({ namespace: 'tracing: [{providers: [{name: lightstep}]}]' });
    expect(client.tracing.enabled).toBe(false);
  });

  it('tells the two sides of a workload apart', () => {
    const { client, server } = telemetryWith({
      namespace: 'accessLogging: [{match: {mode: SERVER}, disabled: true}]',
      workload: "accessLogging: [{match: {mode: CLIENT}, filter: {expression: 'response.code >= 400'}}]",
    });
    expect(client.accessLog).toEqual({ enabled: true, filter: 'response.code >= 400' });
    expect(server.accessLog).toEqual({ enabled: false });
  });

  it('applies overrides of metrics in order, the mesh before the workload', () => {
    const { client } = telemetryWith({
      mesh: 'metrics: [{overrides: [{disabled: true, tagOverrides: {response_code: {operation: REMOVE}}}]}]',
      workload:
        'metrics: [{overrides: [{match: {metric: REQUEST_COUNT}, disabled: false, tagOverrides: {method: {value: request.method}}}]}]',
    });
    expect(client.metrics.REQUEST_COUNT).toEqual({
      disabled: false,
      labels: { response_code: null, method: 'request.method' },
    });
    expect(client.metrics.REQUEST_SIZE).toEqual({ disabled: true, labels: { response_code: null } });
  });

  it('takes what the mesh configuration says for a default', () => {
    const quiet = '{accessLogFile: "", enableTracing: false}';
    expect(telemetryWith({ config: quiet }).server).toMatchObject({
      accessLog: { enabled: false },
      tracing: { enabled: false },
    });
    const chosen = telemetryWith({
      config: quiet,
      workload: 'accessLogging: [{providers: [{name: envoy}]}], tracing: [{randomSamplingPercentage: 5}]',
    });
    expect(chosen.client).toMatchObject({
      accessLog: { enabled: true },
      tracing: { enabled: true, sampling: 5 },
    });
    const formats = '{accessLogFormat: "%PROTOCOL%", accessLogEncoding: JSON}';
    expect(telemetryWith({ config: formats }).client.accessLog).toEqual({
      ...{ enabled: true, format: '%PROTOCOL%', isJson: true },
    });
    const sampling = '{defaultConfig: {tracing: {sampling: 12.5}}}';
    expect(telemetryWith({ config: sampling }).client.tracing.sampling).toBe(12.5);
  });
});
