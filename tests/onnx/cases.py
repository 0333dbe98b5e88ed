# SPDX-License-Identifier: Apache-2.0
"""ONNX's own test cases of single nodes, through octet's reader.

    /usr/bin/python3 tests/onnx/cases.py build/release/tests/octet_onnx_cases

Needs python3-onnx, which has the cases and what they give. Those of float32 whose operators the
reader knows are written to a folder, with all inputs but activations as constants, as exported
networks have them; the program given reads, runs and compares them.
"""

import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy as np

    # ONNX 1.12 uses aliases that NumPy 1.24 no longer has.
    for alias, type_ in (("float", float), ("bool", bool), ("object", object), ("int", int)):
        setattr(np, alias, type_)
    import onnx
    from onnx import numpy_helper
    from onnx.backend.test.case.node import collect_testcases
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

# Operators whose inputs are all activations; of others the first is.
ALL_INPUTS = {"Add", "Concat", "Div", "MatMul", "Max", "Mean", "Min", "Mul", "Sub", "Sum"}
OPERATORS = ALL_INPUTS | {
    "Abs", "AveragePool", "BatchNormalization", "Clip", "Conv", "ConvTranspose", "DepthToSpace",
    "Dropout", "Elu", "Exp", "Expand", "Flatten", "Gather", "Gelu", "Gemm", "GlobalAveragePool",
    "GlobalMaxPool", "HardSigmoid", "HardSwish", "Identity", "InstanceNormalization",
    "LayerNormalization", "LeakyRelu", "LogSoftmax", "LpNormalization", "MaxPool", "Neg", "PRelu",
    "Pad", "Pow", "Reciprocal", "ReduceL1", "ReduceL2", "ReduceMax", "ReduceMean", "ReduceMin",
    "ReduceSum", "ReduceSumSquare", "Relu", "Reshape", "Resize", "Selu", "Sigmoid", "Slice",
    "Softmax", "Softsign", "SpaceToDepth", "Split", "Sqrt", "Squeeze", "Tanh", "Tile", "Transpose",
    "Unsqueeze", "Upsample",
}


def is_activation(array):
    return isinstance(array, np.ndarray) and array.dtype == np.float32 and array.size > 0


def write(case, folder):
    """False where the case has no float32 activation, or several data sets."""
    graph = case.model.graph
    inputs, outputs = case.data_sets[0]
    kind = graph.node[0].op_type
    if len(graph.node) != 1 or kind not in OPERATORS:
        return False
    if not all(is_activation(array) for array in [inputs[0], *outputs]):
        return False
    named = list(zip(graph.input, inputs))
    model = onnx.ModelProto()
    model.CopyFrom(case.model)
    for operator_set in model.opset_import:  # of the node's last change: set 7 has it too
        operator_set.version = max(operator_set.version, 7)
    del model.graph.input[:]
    activations = 0
    for i, (info, array) in enumerate(named):
        if i == 0 or (kind in ALL_INPUTS and is_activation(array)):
            model.graph.input.append(info)
            tensor = numpy_helper.from_array(array)
            (folder / f"{case.name}.input{activations}").write_bytes(tensor.SerializeToString())
            activations += 1
        else:
            model.graph.initializer.append(numpy_helper.from_array(np.asarray(array), info.name))
    for i, array in enumerate(outputs):
        tensor = numpy_helper.from_array(array)
        (folder / f"{case.name}.output{i}").write_bytes(tensor.SerializeToString())
    (folder / f"{case.name}.onnx").write_bytes(model.SerializeToString())
    return True


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        seen = set()
        for case in collect_testcases(None):
            if case.name not in seen and write(case, folder):
                seen.add(case.name)
        sys.exit(subprocess.run([sys.argv[1], folder]).returncode)


if __name__ == "__main__":
    main()
