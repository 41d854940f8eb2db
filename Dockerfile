# The whole stack in one container: docs/hardware.md, "In a container".
FROM golang:1.26-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends libpcsclite-dev pkg-config && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN go build -trimpath -tags pcsc -o /till ./cmd/till

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends pcscd vsmartcard-vpcd && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home --home-dir /srv/till till && mkdir -p /run/pcscd && chown till /run/pcscd
COPY --from=build /till /usr/local/bin/till
COPY docker/stack /usr/local/bin/stack
USER till
WORKDIR /srv/till
ENV TILL_KEY=/srv/till/storage.key
EXPOSE 8580 8583
HEALTHCHECK --start-period=20s CMD ["till", "doctor"]
CMD ["stack"]
