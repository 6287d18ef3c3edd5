# docker build -t nemoproxy . && docker run -p 8080:8080 -v nemoproxy:/data -e OPENAI_API_KEY nemoproxy
FROM rust:1-slim-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3-venv \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
# The versions of requirements.lock, for the tool that builds and for what is installed.
COPY requirements.lock ./
RUN sed '/--hash/d; s/ *\\$//' requirements.lock > /versions.txt \
    && python3 -m venv /build \
    && /build/bin/pip install --no-cache-dir --constraint /versions.txt maturin
COPY . .
RUN /build/bin/maturin build --release --locked --out /wheels
RUN python3 -m venv /opt/nemoproxy \
    && /opt/nemoproxy/bin/pip install --no-cache-dir --constraint /versions.txt /wheels/*.whl

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data nemoproxy \
    && install -d -o nemoproxy -g nemoproxy -m 0700 /data
COPY --from=build /opt/nemoproxy /opt/nemoproxy
ENV PATH=/opt/nemoproxy/bin:$PATH
USER nemoproxy
# The database and the pepper are under /data/var; a nemoproxy.yaml may be put in /data.
WORKDIR /data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
    CMD ["python3", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/health/liveness', timeout=2)"]
CMD ["nemoproxy", "serve", "--host", "0.0.0.0"]
