# One image for every process; docker-compose.yml says which command each service runs.
# A CPU build of torch is enough for all but GPU workers: pass PIP_EXTRA_INDEX_URL to install from where you keep one.
FROM python:3.12-slim AS build
ARG PIP_EXTRA_INDEX_URL=
RUN python -m venv /opt/venv
COPY requirements.lock .
RUN PIP_EXTRA_INDEX_URL=$PIP_EXTRA_INDEX_URL /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check -r requirements.lock

FROM python:3.12-slim
RUN useradd --system --create-home --uid 10001 moddog
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MODDOG_HOME=/home/moddog/home HF_HOME=/models
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY . .
RUN install -d -o moddog -g moddog /models
USER moddog
# The key is not kept: a container without MODDOG_SECRET_KEY and DATABASE_URL does not start with this one.
RUN MODDOG_SECRET_KEY=only-for-collecting-the-static-files-at-build python manage.py collectstatic --noinput --verbosity 0
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "1", \
     "--blocking-threads", "192", "--no-ws", "moddog_site.wsgi:application"]
