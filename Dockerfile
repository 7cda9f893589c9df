# A worker of Dlrm: Debian 12 with .NET 10, an MPI, DuckDB's library and the command line.
#   docker build -t dlrm .                              MPICH
#   docker build -t dlrm --build-arg MPI=openmpi-bin .  Open MPI
ARG DEBIAN=debian:12-slim
ARG DOTNET=mcr.microsoft.com/dotnet/sdk:10.0
ARG NODE=node:22-bookworm-slim

# DuckDB's library, by the hash in the lock file.
FROM ${NODE} AS native
WORKDIR /native
COPY native/package.json native/package-lock.json ./
RUN npm ci --no-audit --no-fund

FROM ${DOTNET} AS dotnet

# Compiled on Debian 12; the SDK is the same on every Linux.
FROM ${DEBIAN} AS build
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ca-certificates libstdc++6 libssl3 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=dotnet /usr/share/dotnet /usr/share/dotnet
ENV PATH=/usr/share/dotnet:$PATH DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
WORKDIR /source
COPY global.json Directory.Build.props Directory.Packages.props .editorconfig ./
COPY src src
COPY tools tools
RUN dotnet publish tools/dlrm -c Release -o /opt/dlrm

FROM ${DEBIAN} AS worker
ARG MPI=mpich
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        "$MPI" ca-certificates libopenblas0-pthread libssl3 libstdc++6 openssh-client openssh-server \
    && rm -rf /var/lib/apt/lists/* /etc/ssh/ssh_host_* \
    && mkdir -p /run/sshd /etc/dlrm \
    && useradd --create-home --home-dir /worker --uid 1000 mpiuser
COPY --from=dotnet /usr/share/dotnet/dotnet /usr/share/dotnet/dotnet
COPY --from=dotnet /usr/share/dotnet/host /usr/share/dotnet/host
COPY --from=dotnet /usr/share/dotnet/shared/Microsoft.NETCore.App /usr/share/dotnet/shared/Microsoft.NETCore.App
COPY --from=build /opt/dlrm /opt/dlrm
COPY --from=native /native/node_modules/@duckdb /opt/dlrm/native/node_modules/@duckdb
COPY deploy/ssh_config /etc/ssh/ssh_config.d/dlrm.conf
COPY deploy/sshd_config /etc/dlrm/sshd_config
RUN ln -s /opt/dlrm/dlrm-cli /usr/local/bin/dlrm \
    && ln -s /usr/share/dotnet/dotnet /usr/local/bin/dotnet
USER mpiuser
WORKDIR /worker
CMD ["dlrm", "--help"]
