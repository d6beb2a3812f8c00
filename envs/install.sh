#!/bin/sh
# Puts the pipeline into /opt/acenet of a Debian 12 image: Dockerfile and acenet.def both run it on a copy of the
# repository. Same Python and same pins as everywhere else.
set -eu
apt-get update
apt-get install --yes --no-install-recommends ca-certificates python3 python3-pip
rm -rf /var/lib/apt/lists/*
cd /opt/acenet
python3 -m venv --without-pip .venv
python3 -m pip --python .venv install --no-cache-dir --constraint constraints.txt --editable '.[workflow]'
.venv/bin/snakemake --version
