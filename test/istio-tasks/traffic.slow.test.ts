import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SAMPLES, soon, startTaskMesh, type TaskMesh } from '#test/istio-tasks/task-mesh.ts';

/** The tasks of traffic management of Istio's documentation, each by its own steps. */
let task: TaskMesh;
beforeAll(async () => {
  task = await startTaskMesh();
  await task.shell('kubectl label namespace default istio-injection=enabled --overwrite');
  await task.sample('bookinfo');
  await task.sample('curl');
  await task.shell(
    `kubectl apply -f ${SAMPLES}/bookinfo-gateway.yaml -f ${SAMPLES}/destination-rule-all.yaml`,
  );
});
afterAll(() => task?.mesh.close());

const page = (options = '') => task.shell(`curl -s ${options} "http://$GATEWAY_URL/productpage"`);
const jason = '-b "$MESH_HOME/jason"';
const versions = async (options = '') => {
  const visit = `curl -s ${options} "http://$GATEWAY_URL/productpage"`;
  const pages = await task.shell(`for i in 1 2 3 4 5 6 7 8 9 10 11 12; do ${visit}; done`);
  return new Set(pages.match(/reviews-v[123]/g));
};
const service = (name: string, http: string) => `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ${name}}
spec:
  hosts: [${name}]
  http:
${http}`;
const to = (host: string, subset: string, weight?: number) =>
  `{destination: {host: ${host}, subset: ${subset}}${weight === undefined ? '' : `, weight: ${weight}`}}`;
const isJason = 'match: [{headers: {end-user: {exact: jason}}}]';
const allV1 = async () => {
  await task.shell(`kubectl apply -f ${SAMPLES}/virtual-service-all-v1.yaml`);
};

describe('bookinfo', () => {
  it('request routing: everybody sees v1, jason v2', async () => {
    await allV1();
    await soon(async () => expect(await versions()).toEqual(new Set(['reviews-v1'])));
    const reviews = service(
      'reviews',
      `    - {${isJason}, route: [${to('reviews', 'v2')}]}\n    - {route: [${to('reviews', 'v1')}]}`,
    );
    await task.apply(reviews);
    await task.shell(
      'curl -s -c "$MESH_HOME/jason" -d username=jason "http://$GATEWAY_URL/login" > /dev/null',
    );
    await soon(async () => expect(await versions(jason)).toEqual(new Set(['reviews-v2'])));
    expect(await versions()).toEqual(new Set(['reviews-v1']));
  });

  it('fault injection: a delay finds the time-outs of bookinfo, an abort its fallback', async () => {
    const fault = (kind: string) =>
      service(
        'ratings',
        `    - {${isJason}, fault: {${kind}}, route: [${to('ratings', 'v1')}]}\n    - {route: [${to('ratings', 'v1')}]}`,
      );
    await task.apply(fault('delay: {percentage: {value: 100.0}, fixedDelay: 7s}'));
    await soon(async () => {
      const begun = performance.now();
      expect(await page(jason)).toContain('Sorry, product reviews are currently unavailable for this book.');
      // The page asks twice for three seconds, and does not wait for seven.
      expect(performance.now() - begun).toBeGreaterThan(5900);
    });
    expect(await page()).not.toContain('Sorry');
    await task.apply(fault('abort: {percentage: {value: 100.0}, httpStatus: 500}'));
    await soon(async () => expect(await page(jason)).toContain('Ratings service is currently unavailable'));
    expect(await page()).not.toContain('unavailable');
  });

  it('request time-outs: half a second for reviews is too little for ratings that take two', async () => {
    await allV1();
    const slow = 'fault: {delay: {percent: 100, fixedDelay: 2s}}';
    await task.apply(service('ratings', `    - {${slow}, route: [${to('ratings', 'v1')}]}`));
    await task.apply(service('reviews', `    - {route: [${to('reviews', 'v2')}]}`));
    await soon(async () => {
      const begun = performance.now();
      expect(await page()).toContain('reviews-v2');
      expect(performance.now() - begun).toBeGreaterThan(1900);
    });
    await task.apply(service('reviews', `    - {route: [${to('reviews', 'v2')}], timeout: 0.5s}`));
    await soon(async () => {
      const begun = performance.now();
      expect(await page()).toContain('Sorry, product reviews are currently unavailable for this book.');
      expect(performance.now() - begun).toBeGreaterThan(900);
    });
  });

  it('traffic shifting: half to v3, then everything', async () => {
    await allV1();
    await task.apply(
      service('reviews', `    - {route: [${to('reviews', 'v1', 50)}, ${to('reviews', 'v3', 50)}]}`),
    );
    await soon(async () => expect(await versions()).toEqual(new Set(['reviews-v1', 'reviews-v3'])));
    await task.apply(service('reviews', `    - {route: [${to('reviews', 'v3')}]}`));
    await soon(async () => expect(await versions()).toEqual(new Set(['reviews-v3'])));
    await task.shell('kubectl delete virtualservice productpage reviews ratings details');
  });
});

describe('httpbin', () => {
  it('circuit breaking: fortio is told 503 where more than one connection would be needed', async () => {
    await task.sample('httpbin');
    await task.apply(`
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: httpbin}
spec:
  host: httpbin
  trafficPolicy:
    connectionPool: {tcp: {maxConnections: 1}, http: {http1MaxPendingRequests: 1, maxRequestsPerConnection: 1}}
    outlierDetection: {consecutive5xxErrors: 1, interval: 1s, baseEjectionTime: 3m, maxEjectionPercent: 100}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: fortio-deploy}
spec:
  replicas: 1
  selector: {matchLabels: {app: fortio}}
  template:
    metadata:
      labels: {app: fortio}
      annotations:
        proxy.istio.io/config: |-
          proxyStatsMatcher: {inclusionPrefixes: [cluster.outbound]}
    spec: {containers: [{name: fortio, image: fortio/fortio:latest_release, ports: [{containerPort: 8080}]}]}`);
    await task.shell('kubectl rollout status deploy/fortio-deploy --timeout=60s');
    const fortio = 'kubectl exec deploy/fortio-deploy -c fortio -- /usr/bin/fortio';
    expect(await task.shell(`${fortio} curl -quiet http://httpbin:8000/get 2>&1`)).toContain('200 OK');
    await soon(async () => {
      const load = await task.shell(
        `${fortio} load -c 3 -qps 0 -n 60 -loglevel Warning http://httpbin:8000/get 2>&1`,
      );
      expect(load).toMatch(/Code 200 : \d+/);
      expect(load).toMatch(/Code 503 : \d+/);
    });
    const stats = 'kubectl exec deploy/fortio-deploy -c istio-proxy -- pilot-agent request GET stats';
    const overflow = await task.shell(`${stats} | grep httpbin | grep upstream_rq_pending_overflow`);
    expect(Number(overflow.trim().split('\n')[0]?.split(': ')[1])).toBeGreaterThan(0);
    await task.shell('kubectl delete destinationrule httpbin', 'kubectl delete deploy fortio-deploy httpbin');
  });

  it('mirroring: v2 gets a copy of what v1 answers', async () => {
    const deployment = (version: string) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: httpbin-${version}}
spec:
  replicas: 1
  selector: {matchLabels: {app: httpbin, version: ${version}}}
  template:
    metadata: {labels: {app: httpbin, version: ${version}}}
    spec: {containers: [{name: httpbin, image: docker.io/kennethreitz/httpbin, ports: [{containerPort: 80}]}]}`;
    const mirrored = (more: string) => `
apiVersion: v1
kind: Service
metadata: {name: httpbin, labels: {app: httpbin}}
spec: {selector: {app: httpbin}, ports: [{name: http, port: 8000, targetPort: 80}]}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: httpbin}
spec: {host: httpbin, subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]}
---${service('httpbin', `    - {route: [${to('httpbin', 'v1', 100)}]${more}}`)}`;
    await task.apply([deployment('v1'), deployment('v2'), mirrored('')].join('\n---'));
    await task.shell(
      'kubectl rollout status deploy/httpbin-v1 --timeout=60s',
      'kubectl rollout status deploy/httpbin-v2 --timeout=60s',
    );
    const ask = (path: string) =>
      task.shell(`kubectl exec deploy/curl -c curl -- curl -sS http://httpbin:8000${path}`);
    const log = (version: string) => task.shell(`kubectl logs deploy/httpbin-${version} -c httpbin`);
    await soon(async () => expect(await ask('/headers')).toContain('Host'));
    await task.apply(mirrored(', mirror: {host: httpbin, subset: v2}, mirrorPercentage: {value: 100.0}'));
    await soon(async () => {
      await ask('/headers?mirrored=yes');
      expect(await log('v2')).toContain('/headers?mirrored=yes');
    });
    expect(await log('v1')).toContain('/headers?mirrored=yes');
    await task.shell(
      'kubectl delete virtualservice,destinationrule,service httpbin',
      'kubectl delete deploy httpbin-v1 httpbin-v2',
    );
  });
});
