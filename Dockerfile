# The image of the programs: sluiced, which is the entry point, sluice-publish and sluice.
#
# The stage `build` puts the programs into /out. It downloads the packages of Package.swift from GitHub. Without
# access to GitHub, use mirrors in vendor/OWNER/NAME.git, or a directory with out/... instead of the stage:
# docs/operations.md, "Building the image".
FROM swift:6.3-bookworm AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends libpq-dev liblz4-dev libssl-dev zlib1g-dev libzstd-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
ARG JOBS=
RUN --mount=type=cache,target=/build,sharing=locked \
    if [ -d vendor ]; then git config --global url./src/vendor/.insteadOf https://github.com/; fi \
 && JOBS=$JOBS Scripts/compose/static-programs.sh /build /out

# The libraries that the programs link dynamically, and an account without rights.
FROM debian:bookworm-slim AS runtime
RUN apt-get update \
 && apt-get install -y --no-install-recommends libcurl4 liblz4-1 libpq5 libssl3 libstdc++6 libzstd1 zlib1g \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --system --gid 10001 sluice \
 && useradd --system --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin sluice
COPY --from=build /out/ /usr/local/bin/

# Listen on all addresses, because a container is reached through its network. The deployment decides who reaches it.
ENV SLUICE_TCP_HOST=0.0.0.0 \
    SLUICE_HTTP_HOST=0.0.0.0 \
    SLUICE_LOG_FORMAT=json
EXPOSE 7171 8080
USER 10001:10001
HEALTHCHECK --interval=5s --timeout=6s --start-period=60s --retries=3 CMD ["sluiced", "healthcheck"]
ENTRYPOINT ["sluiced"]
