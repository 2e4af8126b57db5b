# syntax=docker/dockerfile:1

# A command that ends with its audit, not a service: it listens on nothing and has no HEALTHCHECK.
#   docker build --tag auditor .
#   docker run --rm --volume "$PWD:/work:ro" auditor audit . --fail-on blocker
FROM python:3.11.14-slim-bookworm@sha256:65a93d69fa75478d554f4ad27c85c1e69fa184956261b4301ebaf6dbb0a3543d AS build
WORKDIR /build
COPY pyproject.toml README.md LICENSE ./
COPY auditor ./auditor
COPY probes ./probes
COPY config ./config
RUN python -m venv /opt/auditor \
    && /opt/auditor/bin/pip install --no-cache-dir --disable-pip-version-check '.[scanners]'

FROM python:3.11.14-slim-bookworm@sha256:65a93d69fa75478d554f4ad27c85c1e69fa184956261b4301ebaf6dbb0a3543d
# Debian keeps only the newest build of a package, so a pinned one soon cannot be installed.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home --shell /usr/sbin/nologin auditor
COPY --from=build /opt/auditor /opt/auditor
ENV PATH="/opt/auditor/bin:$PATH" \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001
WORKDIR /work
ENTRYPOINT ["auditor"]
CMD ["--help"]
