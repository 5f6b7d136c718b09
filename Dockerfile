# syntax=docker/dockerfile:1
ARG BASE=python:3.13-slim

# Wheels first: the final stage gets them without the tools that made them.
FROM ${BASE} AS build
WORKDIR /build
COPY requirements.lock requirements-build.lock ./
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock \
    && pip install --no-cache-dir --require-hashes -r requirements-build.lock
COPY . .
RUN pip wheel --no-cache-dir --no-deps --no-build-isolation -w /wheels . \
    && /venv/bin/pip install --no-cache-dir --no-deps /wheels/*.whl \
    && /venv/bin/pip uninstall --yes pip

FROM ${BASE}
LABEL org.opencontainers.image.title="Support Queue" \
      org.opencontainers.image.description="Support-ticket triage for RL agents over the OpenEnv protocol" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONSAFEPATH=1 \
    PYTHONUNBUFFERED=1 \
    SUPPORT_QUEUE_HOST=0.0.0.0 \
    SUPPORT_QUEUE_PORT=8000
USER 65532:65532
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health', timeout=2)"]
CMD ["python", "-m", "support_queue_env.server.app"]
