# Every command of Outflow; without one, the worker:
#   docker build --tag outflow .
#   docker run --init --env-file .env outflow
FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
RUN npm run build

FROM node:22-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# The optional ones are the embedded PostgreSQL and the compiler of workflow bundles: neither is needed here. Of the SDK's
# native library, which brings one of about 30 MB for each platform, only this platform's stays.
RUN npm ci --omit=dev --omit=optional --ignore-scripts && \
    find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 \
      ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -r {} +

FROM node:22-bookworm-slim
# The SDK trusts the system's certificates, of which the slim image has none.
RUN apt-get update && \
    apt-get install --yes --no-install-recommends ca-certificates && \
    rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production
COPY --from=dependencies /app/node_modules /app/node_modules
COPY --from=build /app/dist /app/dist
COPY package.json LICENSE /app/
# Where outflow.yaml is mounted for commands that read it; the worker needs none.
WORKDIR /outflow
USER node
ENTRYPOINT ["node", "/app/dist/cli/main.js"]
CMD ["worker"]
