# One image for every Airflow process and for the local AWS stack; docker-compose.yaml says which one runs.

ARG PYTHON_VERSION=3.12

FROM python:${PYTHON_VERSION}-slim AS build
ARG PYTHON_VERSION
ARG AIRFLOW_VERSION=3.3.2
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_NO_CACHE=1
WORKDIR /source
COPY constraints/airflow-${AIRFLOW_VERSION}-python-${PYTHON_VERSION}.txt constraints.txt
RUN python -m venv /opt/venv \
    && pip install --no-cache-dir --disable-pip-version-check --constraint constraints.txt uv
# The dependencies change less often than the package: a layer of their own.
COPY pyproject.toml ./
RUN uv pip install --python /opt/venv/bin/python --constraint constraints.txt \
    --requirements pyproject.toml --extra local --group cluster
COPY README.md LICENSE NOTICE ./
COPY airflow_lineage_provider airflow_lineage_provider
RUN uv pip install --python /opt/venv/bin/python --build-constraint constraints.txt --no-deps .

FROM python:${PYTHON_VERSION}-slim
LABEL org.opencontainers.image.title="airflow-lineage-provider" \
      org.opencontainers.image.description="Airflow with the lineage provider, and its local AWS stack" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV AIRFLOW_HOME=/opt/airflow PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1
# A volume that is mounted for the first time takes its owner from the folder of the image.
RUN useradd --uid 50000 --gid 0 --home-dir /opt/airflow --no-create-home --shell /usr/sbin/nologin airflow \
    && mkdir -p /opt/airflow/auth /opt/airflow/dags /opt/airflow/logs \
    && chown -R airflow:0 /opt/airflow \
    && chmod -R g=u /opt/airflow
COPY --from=build /opt/venv /opt/venv
COPY --chown=airflow:0 dags /opt/airflow/dags
USER airflow
WORKDIR /opt/airflow
CMD ["airflow", "version"]
