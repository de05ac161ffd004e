# The image of both programs: sluiced, which it starts, and sluice-publish.
#
# The stage `build` leaves all that the image takes in /out. It fetches the packages that Package.swift names;
# where GitHub can not be reached, mirrors of them in vendor/OWNER/NAME.git do instead, or a directory with out/...
# in place of the stage. docs/operations.md, "With docker compose", shows both.
FROM swift:6.3-bookworm AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends libpq-dev liblz4-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
ARG JOBS=
RUN --mount=type=cache,target=/build,sharing=locked \
    if [ -d vendor ]; then git config --global url./src/vendor/.insteadOf https://github.com/; fi \
 && JOBS=$JOBS Scripts/compose/static-programs.sh /build /out

# The libraries that the programs do not carry in them, and an account without rights.
FROM debian:bookworm-slim AS runtime
RUN apt-get update \
 && apt-get install -y --no-install-recommends libcurl4 liblz4-1 libpq5 libstdc++6 \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --system --gid 10001 sluice \
 && useradd --system --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin sluice
COPY --from=build /out/ /usr/local/bin/

# A container is reached through its network; what reaches the network is the deployment's to decide.
ENV SLUICE_TCP_HOST=0.0.0.0 \
    SLUICE_HTTP_HOST=0.0.0.0 \
    SLUICE_LOG_FORMAT=json
EXPOSE 7171 8080
USER 10001:10001
HEALTHCHECK --interval=5s --timeout=6s --start-period=60s --retries=3 CMD ["sluiced", "healthcheck"]
ENTRYPOINT ["sluiced"]
