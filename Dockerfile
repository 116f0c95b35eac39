# One image for the gateway and for each reference microservice; the command says which it is.

FROM python:3.12-slim AS build
WORKDIR /build
RUN python -m venv /venv
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY stitcher stitcher
# Playground and GraphiQL, unless `make assets` got them before.
COPY --from=node:22-slim /usr/local/bin/node /usr/local/bin/node
COPY --from=node:22-slim /usr/local/lib/node_modules/npm /usr/local/lib/node_modules/npm
COPY scripts/assets.py scripts/assets.py
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \
    && (test -e stitcher/server/explorer/vendor || python -m scripts.assets || true)
RUN /venv/bin/pip install --no-cache-dir --disable-pip-version-check --constraint constraints.txt ".[services,traces]"

FROM python:3.12-slim
RUN useradd --system --uid 10001 --no-create-home stitcher \
    && install --directory --owner=stitcher --mode=700 /data
WORKDIR /app
COPY --from=build /venv /venv
# Everything that settings may name by a path: SDLs, a supergraph file, resolvers, a public key.
COPY . .
RUN rm -rf stitcher  # it is installed in /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
USER stitcher
EXPOSE 3000
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=5 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ['PORT']}/health\", timeout=2)"]
CMD ["stitcher", "serve"]
