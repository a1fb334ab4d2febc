#!/bin/sh
# Makes onnx_pb.js and onnx_pb.d.ts: the messages of ONNX for @bufbuild/protobuf (no reflection, no code compiled at run time).
#
# Origin: onnx/onnx-ml.proto of the wheel onnx 1.23.2, https://github.com/onnx/onnx, Apache-2.0, sha256
# 8f39d0a1ae1abef5ca648922cdb06716d6bd1573c9e972b42854c16e9e352c16.
# Needs `pip install onnx==1.23.2 grpcio-tools==1.85.1` and `npm install --no-save @bufbuild/protoc-gen-es@2.17.0`.
# JavaScript with declarations, because the TypeScript that it can make has enums, which Node does not strip.
set -eu
cd "$(dirname "$0")"
root=$(cd ../../.. && pwd)
work=$(mktemp -d)
cp "$(python3 -c 'import onnx, os; print(os.path.join(os.path.dirname(onnx.__file__), "onnx-ml.proto"))')" "$work/onnx.proto"
echo "8f39d0a1ae1abef5ca648922cdb06716d6bd1573c9e972b42854c16e9e352c16  $work/onnx.proto" | sha256sum -c -
python3 -m grpc_tools.protoc -I "$work" --plugin=protoc-gen-es="$root/node_modules/.bin/protoc-gen-es" \
  --es_out=. --es_opt=target=js+dts onnx.proto
rm -r "$work"
