# One Dockerfile for every service: docker build --build-arg SERVICE=chain -t mesh101/chain .
# What is in the image, and why: docs/images.md. The last stage is the image; `--target dev` is the one for skaffold dev.
# By its digest, so that the same sources always make the same image; docs/images.md has the command for a newer one.
ARG BASE_IMAGE=node:24.21.0-slim@sha256:0e0ff40c39bc087845bfb27465a0df4ea419520094bc35842ff83dd8cbe6f9b6

# The packages are the same for every processor, so that npm runs once, and never in an emulator. No package may compile
# or fetch anything of its own. The optional ones are Node, which the base image has. Types and source maps go: nothing reads
# them, and Node runs no TypeScript from node_modules.
FROM --platform=$BUILDPLATFORM ${BASE_IMAGE} AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts
RUN find node_modules -type f \( -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.map' \) -delete

FROM ${BASE_IMAGE} AS app
ARG SERVICE=chain
WORKDIR /app
COPY package.json ./
COPY platform platform
COPY services/${SERVICE} services/${SERVICE}
# A start command cannot name the service, as nothing expands variables in it.
RUN echo "import '#services/${SERVICE}/main.ts';" > main.js

# nodemon, since `node --watch` misses the second change of a file that tar replaces, and replacing is how files are synced.
FROM packages AS dev-packages
RUN npm install --no-save --omit=dev --omit=optional --ignore-scripts nodemon@3.1.14

# Sources that their process may change, and a program that starts again when they do, without the pause for a drain.
FROM ${BASE_IMAGE} AS dev
WORKDIR /app
COPY --from=dev-packages --chown=1000:1000 /app/node_modules node_modules
COPY --from=app --chown=1000:1000 /app ./
ENV NODE_ENV=development SHUTDOWN_DELAY=0
USER 1000:1000
ENTRYPOINT ["node", "node_modules/nodemon/bin/nodemon.js", "--watch", "platform", "--watch", "services", "--ext", "*", \
            "--signal", "SIGTERM", "main.js"]

# Runs the service until its first log line, then ends it as Kubernetes would: a service that cannot start fails here.
# What Node has compiled by then stays in the cache, which it names after the user: it is the image's. Each kind of tracing
# loads files of its own.
FROM app AS compiled
COPY --from=packages /app/node_modules node_modules
USER 1000:1000
ENV NODE_ENV=production NODE_COMPILE_CACHE=/tmp/compiled
RUN for kind in headers simple full; do \
      log=$(mktemp); PORT=0 TRACING=$kind node --max-semi-space-size=16 main.js >"$log" & \
      while kill -0 $! && ! [ -s "$log" ]; do sleep 0.1; done; kill $!; wait $! || exit; \
    done

# Nothing runs in this stage, so that a base without a shell will do.
FROM ${BASE_IMAGE} AS image
ARG SERVICE=chain
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=app /app ./
COPY --from=compiled /tmp/compiled compiled
ENV NODE_ENV=production NODE_COMPILE_CACHE=/app/compiled
# For `kubectl exec`: the commands that a service brings, if it does.
ENV PATH=/app/services/${SERVICE}/bin:$PATH
USER 1000:1000
ENTRYPOINT ["node", "--max-semi-space-size=16", "main.js"]
ARG SOURCE=
ARG VERSION=0.0.0
ARG REVISION=
LABEL org.opencontainers.image.title="mesh101/${SERVICE}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="Apache-2.0"
