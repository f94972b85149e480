#!/bin/sh
# Makes a Python environment below the build folder with onnx and ONNX Runtime, once, and checks in
# it what the daemon exports. usage: run.sh BUILD
set -eu
cd "$(dirname "$0")/../.."
environment=$1/onnx-environment
if [ ! -e "$environment/complete" ]; then
    python3 -m venv "$environment"
    "$environment/bin/pip" install --quiet onnx onnxruntime numpy
    touch "$environment/complete"
fi
BACKPROPD_BUILD=$1 PYTHONPATH=tests/wire "$environment/bin/python" -B tests/onnx/check_onnx.py
