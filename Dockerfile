# The image of the controller: node, git and ssh, and the program. No npm, no apt, no compiler; nobody in it is root.
#
#   docker build -t registry.example.com/openclaw-cdk8s:0.1.0 .
#   docker buildx build --platform linux/amd64,linux/arm64 -t registry.example.com/openclaw-cdk8s:0.1.0 --push .
#
# NODE_IMAGE may name a mirror, or a digest.
ARG NODE_IMAGE=node:24-trixie-slim

# What is built here is the same for every machine.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS program
WORKDIR /source
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY LICENSE build.mjs tsconfig.json tsconfig.build.json ./
COPY imports imports
COPY constructs constructs
COPY gitops gitops
COPY controller controller
COPY app app
COPY image image
RUN node build.mjs && node image/lay-out.mjs /program

FROM ${NODE_IMAGE} AS root
# Git mode runs git, which runs ssh. ssh refuses to work for a user that has no name.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates git openssh-client \
  && echo 'openclaw:x:65532:65532:openclaw:/nonexistent:/usr/sbin/nologin' >> /etc/passwd \
  && echo 'openclaw:x:65532:' >> /etc/group \
  # The list of what is installed stays, for whoever looks for known weaknesses.
  && rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn* /opt/yarn* \
  && rm -rf /usr/bin/apt* /usr/lib/apt /etc/apt /var/lib/apt /var/cache/apt /var/log/* /tmp/* \
  && find /usr/bin /usr/sbin -name 'dpkg*' -delete
COPY --from=program /program /program

# One layer: what was removed is in none.
FROM scratch
COPY --from=root / /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin NODE_ENV=production
USER 65532:65532
WORKDIR /tmp
# What lives for a moment only has little room, or it would be most of the memory of a process that rests.
ENTRYPOINT ["/usr/local/bin/node", "--max-semi-space-size=4", "/program/lib/app/cli/cli.js"]
