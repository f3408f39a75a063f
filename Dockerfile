# syntax=docker/dockerfile:1
# Three images of one program. `development` runs the source and starts again on a change; `production`, the last one and
# the default, is the compiled binary and the libraries it needs, and nothing else: no shell, no package manager.

FROM oven/bun:1.4.5-slim AS dependencies
WORKDIR /app
COPY package.json bun.lock bunfig.toml .npmrc ./
RUN bun install --frozen-lockfile

FROM dependencies AS development
COPY . .
RUN printf '#!/bin/sh\nexec bun /app/src/main.ts "$@"\n' > /usr/local/bin/booking && chmod +x /usr/local/bin/booking
ENV HOST=0.0.0.0
EXPOSE 5000 5001
HEALTHCHECK --interval=5s --timeout=4s --start-period=20s CMD ["booking", "healthcheck"]
CMD ["bun", "--watch", "src/main.ts", "serve"]

FROM dependencies AS build
COPY . .
RUN bun run build && mkdir -p /empty/data

FROM gcr.io/distroless/base-nossl-debian12:nonroot AS production
COPY --from=build /app/dist/booking /usr/local/bin/booking
# The only place that is written, and only with SQLite: mount a volume here, and the rest read-only.
COPY --from=build --chown=65532:65532 --chmod=700 /empty/data /data
WORKDIR /data
ENV NODE_ENV=production DATABASE_URL=sqlite:/data/booking.db
USER 65532:65532
VOLUME /data
EXPOSE 5000 5001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=4s --start-period=20s CMD ["booking", "healthcheck"]
ENTRYPOINT ["booking"]
CMD ["serve"]
