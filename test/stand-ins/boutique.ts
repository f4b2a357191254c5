/** A service of Online Boutique, by the facts of its manifests: its port, whether it speaks gRPC, and what it calls. */
interface BoutiqueService {
  readonly name: string;
  readonly port: number;
  readonly calls?: readonly string[];
}

const services: readonly BoutiqueService[] = [
  { name: 'emailservice', port: 8080 },
  { name: 'checkoutservice', port: 5050, calls: ['cartservice:7070', 'paymentservice:50051'] },
  { name: 'recommendationservice', port: 8080, calls: ['productcatalogservice:3550'] },
  { name: 'paymentservice', port: 50051 },
  { name: 'productcatalogservice', port: 3550 },
  { name: 'cartservice', port: 7070 },
  { name: 'currencyservice', port: 7000 },
  { name: 'shippingservice', port: 50051 },
  { name: 'adservice', port: 9555 },
];

const image = (name: string) =>
  `us-central1-docker.pkg.dev/google-samples/microservices-demo/${name}:v0.10.2`;

/** All eleven workloads in the shape of the public manifests: gRPC with probes of its own, a Redis, and a shop window over HTTP. */
export function boutique(): string {
  return [...services.map(grpcService), frontend, loadgenerator, gateway].join('\n---\n');
}

function grpcService({ name, port, calls = [] }: BoutiqueService): string {
  const script = calls.map((host) => `grpc://${host}/hipstershop.Service/Call`).join(', ');
  return `apiVersion: v1
kind: Service
metadata: {name: ${name}, labels: {app: ${name}}}
spec: {type: ClusterIP, selector: {app: ${name}}, ports: [{name: grpc, port: ${port}, targetPort: ${port}}]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: ${name}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, labels: {app: ${name}}}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}, annotations: {mesh101.io/stand-in: 'upstreams: [${script && `"${script.replaceAll(', ', '", "')}"`}]'}}
    spec:
      serviceAccountName: ${name}
      terminationGracePeriodSeconds: 5
      containers:
        - name: server
          image: ${image(name)}
          ports: [{containerPort: ${port}}]
          env: [{name: PORT, value: "${port}"}]
          readinessProbe: {periodSeconds: 5, grpc: {port: ${port}}}
          livenessProbe: {periodSeconds: 5, grpc: {port: ${port}}}`;
}

const frontend = `apiVersion: v1
kind: Service
metadata: {name: frontend, labels: {app: frontend}}
spec: {type: ClusterIP, selector: {app: frontend}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: frontend, labels: {app: frontend}}
spec:
  selector: {matchLabels: {app: frontend}}
  template:
    metadata:
      labels: {app: frontend}
      annotations:
        mesh101.io/stand-in: |
          upstreams:
            - grpc://checkoutservice:5050/hipstershop.CheckoutService/PlaceOrder
            - grpc://adservice:9555/hipstershop.AdService/GetAds
    spec:
      containers:
        - name: server
          image: ${image('frontend')}
          ports: [{containerPort: 8080}]
          readinessProbe: {initialDelaySeconds: 10, httpGet: {path: /_healthz, port: 8080, httpHeaders: [{name: Cookie, value: shop_session-id=x-readiness-probe}]}}
          env: [{name: PORT, value: "8080"}, {name: CART_SERVICE_ADDR, value: "cartservice:7070"}]`;

const loadgenerator = `apiVersion: apps/v1
kind: Deployment
metadata: {name: loadgenerator}
spec:
  selector: {matchLabels: {app: loadgenerator}}
  template:
    metadata: {labels: {app: loadgenerator}}
    spec:
      containers:
        - {name: main, image: "${image('loadgenerator')}", env: [{name: FRONTEND_ADDR, value: "frontend:80"}]}`;

const gateway = `apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: frontend-gateway}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: frontend-ingress}
spec:
  hosts: ["*"]
  gateways: [frontend-gateway]
  http: [{route: [{destination: {host: frontend, port: {number: 80}}}]}]`;
