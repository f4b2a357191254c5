import { describe, expect, test } from 'vitest';
import { mergedAny, mergedMessage, readMessage } from '#mesh/istiod/messages/json-messages.ts';

const CLUSTER = 'envoy.config.cluster.v3.Cluster';
const HTTP_FILTER = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter';
const LUA = 'type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua';

describe('what users write in the place of a message', () => {
  test('may name fields in either way, and use deprecated ones', () => {
    const written = { name: 'lua', typedConfig: { '@type': LUA, inlineCode: 'x', statPrefix: 'p' } };
    expect(readMessage(HTTP_FILTER, written)).toEqual({
      value: { name: 'lua', typed_config: { '@type': LUA, inline_code: 'x', stat_prefix: 'p' } },
      slips: [],
    });
  });

  test('loses fields that Envoy does not have, and says where', () => {
    const { value, slips } = readMessage(CLUSTER, {
      connect_timeout: '1s',
      circuit_breakers: { nonsense: 1 },
    });
    expect(value).toEqual({ connect_timeout: '1s', circuit_breakers: {} });
    expect(slips).toEqual([
      {
        path: ['circuit_breakers', 'nonsense'],
        message: 'a CircuitBreakers has no field `nonsense`',
        isKnownToIstio: true,
      },
    ]);
  });

  test('is wrong with a type, an enumeration’s value or a list that there is not', () => {
    const said = (type: string, written: unknown) =>
      readMessage(type, written).slips.map((slip) => slip.message);
    const unknown = 'type.googleapis.com/envoy.no.Such';
    expect(said(HTTP_FILTER, { typed_config: { '@type': unknown } })).toEqual([
      `no message that the laptop knows is called \`${unknown}\``,
    ]);
    expect(said(HTTP_FILTER, { typed_config: {} })).toEqual(['a typed configuration has an `@type`']);
    expect(said(CLUSTER, { lb_policy: 'NOPE' })).toEqual([expect.stringContaining('`NOPE` is none of')]);
    expect(said(CLUSTER, { filters: {} })).toEqual(['a list is expected']);
    expect(said(CLUSTER, 'text')).toEqual(['a Cluster has fields']);
    const scalars = { name: true, alt_stat_name: 'x', connect_timeout: '3 seconds', dns_jitter: '0.5s' };
    expect(said(CLUSTER, { ...scalars, respect_dns_ttl: 'yes', max_requests_per_connection: '7' })).toEqual([
      ...['a text is expected', 'a duration, such as `1.5s` or `1m30s`, is expected'],
      '`true` or `false` is expected',
    ]);
  });

  test('may have durations as Go writes them', () => {
    const durations = { connect_timeout: '1m30s', dns_refresh_rate: '500ms', cleanup_interval: '2s' };
    const seconds = { connect_timeout: '90s', dns_refresh_rate: '0.5s', cleanup_interval: '2s' };
    expect(readMessage(CLUSTER, durations)).toEqual({ value: seconds, slips: [] });
  });

  test('may be a Struct that says what it stands for', () => {
    const typed_config = {
      '@type': 'type.googleapis.com/udpa.type.v1.TypedStruct',
      type_url: LUA,
      value: { inlineCode: 'x' },
    };
    expect(readMessage(HTTP_FILTER, { typed_config }).value).toEqual({
      typed_config: { '@type': LUA, inline_code: 'x' },
    });
  });
});

describe('two messages become one', () => {
  test('messages merge, scalars and entries of maps are replaced, lists follow each other', () => {
    const base = {
      name: 'a',
      outlier_detection: { interval: '1s', consecutive_5xx: 3 },
      circuit_breakers: { thresholds: [{ max_retries: 1 }] },
      typed_extension_protocol_options: { x: { '@type': 'one' }, y: { '@type': 'kept' } },
    };
    const patch = {
      outlier_detection: { interval: '2s' },
      circuit_breakers: { thresholds: [{ max_retries: 2 }] },
      typed_extension_protocol_options: { x: { '@type': 'two' } },
    };
    const thresholds = [{ max_retries: 1 }, { max_retries: 2 }];
    const merged = {
      name: 'a',
      outlier_detection: { interval: '2s', consecutive_5xx: 3 },
      circuit_breakers: { thresholds },
      typed_extension_protocol_options: { x: { '@type': 'two' }, y: { '@type': 'kept' } },
    };
    expect(mergedMessage(CLUSTER, base, patch)).toEqual(merged);
    expect(mergedMessage(CLUSTER, base, patch, { replacesLists: true })).toEqual({
      ...merged,
      circuit_breakers: { thresholds: [{ max_retries: 2 }] },
    });
  });

  test('a field takes the place of those that it excludes', () => {
    const base = { weighted_clusters: { clusters: [] }, timeout: '1s' };
    expect(mergedMessage('envoy.config.route.v3.RouteAction', base, { cluster: 'own' })).toEqual({
      cluster: 'own',
      timeout: '1s',
    });
  });

  test('typed configurations keep the first one’s type', () => {
    expect(mergedAny({ '@type': LUA, inline_code: 'a' }, { '@type': 'other', stat_prefix: 'p' })).toEqual({
      '@type': LUA,
      ...{ inline_code: 'a', stat_prefix: 'p' },
    });
  });
});
