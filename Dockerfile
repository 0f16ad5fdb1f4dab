# Two stages: the first builds an environment with compiled bytecode, the second holds it and nothing to build with.
# glibc, because the embedded store is a wheel with a glibc binary.

FROM python:3.13-slim-trixie AS build
ENV UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_PYTHON_DOWNLOADS=never \
    PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY requirements/ requirements/
RUN ["python", "-m", "pip", "install", "--no-cache-dir", "--require-hashes", "-r", "requirements/uv.txt"]
RUN ["uv", "venv", "/opt/underkeel"]
RUN ["uv", "pip", "install", "--no-cache", "--python", "/opt/underkeel/bin/python", "--require-hashes", "--only-binary", ":all:", "-r", "requirements/run.txt"]
COPY pyproject.toml README.md LICENSE ./
COPY bot/ bot/
COPY handlers/ handlers/
COPY watchers/ watchers/
RUN ["uv", "build", "--no-cache", "--wheel", "--build-constraints", "requirements/build.txt", "--require-hashes", "--out-dir", "dist"]
RUN uv pip install --no-cache --python /opt/underkeel/bin/python --no-deps dist/*.whl

FROM python:3.13-slim-trixie
# The data folder belongs to the user from the start, so a new volume does too.
RUN groupadd --gid 10001 underkeel \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin underkeel \
    && install --directory --owner=10001 --group=10001 --mode=0700 /data
COPY --from=build /opt/underkeel /opt/underkeel
ENV PATH=/opt/underkeel/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    UNDERKEEL_DATA_DIR=/data
# `.env` and `underkeel.toml` are looked for here. The root file system may be read-only; give a tmpfs at /tmp.
WORKDIR /data
VOLUME /data
USER 10001:10001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=15s --start-period=60s --retries=3 CMD ["underkeel", "healthcheck"]
ENTRYPOINT ["underkeel"]
CMD ["run"]
