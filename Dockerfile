# syntax=docker/dockerfile:1
ARG BASE=python:3.13-slim

# What builds stays here; the final stage gets a finished environment.
FROM ${BASE} AS build
WORKDIR /build
COPY requirements.lock requirements-build.lock ./
RUN python3 -m venv /tools \
    && /tools/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements-build.lock \
    && python3 -m venv --without-pip /venv \
    && /tools/bin/pip --python /venv/bin/python install --no-cache-dir --no-compile --no-deps \
       --require-hashes -r requirements.lock
COPY . .
RUN /tools/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation -w /wheels . \
    && /tools/bin/pip --python /venv/bin/python install --no-cache-dir --no-compile \
       --no-deps /wheels/*.whl
# Copying rounds the times by which bytecode is known to be up to date, and what is not
# would be compiled at every start. Nothing changes in an image, so nobody has to look.
RUN /venv/bin/python -m compileall -q -f -j 0 --invalidation-mode unchecked-hash /venv/lib

FROM ${BASE}
LABEL org.opencontainers.image.title="Support Queue" \
      org.opencontainers.image.description="Support-ticket triage for RL agents over the OpenEnv protocol" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /venv /venv
# Episodes are kept here; any user may write, because a Space runs as its own. Without a
# volume they are gone with the container; where it is read-only, nothing is kept.
RUN install -d -m 1777 /data
VOLUME /data
# Bytecode is not written, so that the root may be read-only; safe path keeps the
# folder of the process out of the imports.
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONSAFEPATH=1 \
    PYTHONUNBUFFERED=1 \
    SUPPORT_QUEUE_DATABASE_URL=sqlite:////data/episodes.db \
    SUPPORT_QUEUE_HOST=0.0.0.0 \
    SUPPORT_QUEUE_PORT=8000
# A base may come without bytecode of the standard library: what a start imports of it
# is compiled now, and not at each start.
RUN env -u PYTHONDONTWRITEBYTECODE python -c \
    "import support_queue_env.server.app, support_queue_env.server.opened_store"
USER 65532:65532
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"SUPPORT_QUEUE_PORT\"]}/health', timeout=2)"]
CMD ["python", "-m", "support_queue_env.server.app"]
