# One image for every service; the role is an argument: `wishes --role api`, `points --role worker`.
FROM python:3.11-slim AS build
WORKDIR /app
ENV UV_PYTHON_DOWNLOADS=never UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy
RUN python -m venv /app/.venv && /app/.venv/bin/pip install --no-cache-dir uv==0.13.9
# The third-party layer changes only with the lock.
COPY requirements-run.lock ./
RUN .venv/bin/uv pip install --python .venv/bin/python --require-hashes -r requirements-run.lock
COPY pyproject.toml ./
COPY packages packages
COPY services services
RUN .venv/bin/uv pip install --python .venv/bin/python --no-deps \
      -e packages/contracts -e packages/chassis -e packages/stack \
      -e services/wishes -e services/volunteers -e services/points -e services/notifications -e services/web \
 && .venv/bin/uv pip uninstall --python .venv/bin/python uv

FROM python:3.11-slim
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin wishtree \
 && install -d -o 10001 -g 10001 /var/lib/wishtree
# The services stay where they are: their migrations lie beside their code.
COPY --from=build /app /app
USER 10001
# For wishtree_build_info: docker build --build-arg REVISION=$(git rev-parse --short=12 HEAD)
ARG REVISION=unknown
ENV WISHTREE_REVISION=$REVISION
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 WISHTREE_HTTP_HOST=0.0.0.0 WISHTREE_HTTP_PORT=8000
EXPOSE 8000
ENTRYPOINT ["python", "-m"]
CMD ["web"]
