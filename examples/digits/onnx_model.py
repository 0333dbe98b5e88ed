# SPDX-License-Identifier: Apache-2.0
"""A float network of train.py as an ONNX file, as frameworks export one: activations NCHW, filters
OIHW, activation functions as nodes of their own.

Source: https://github.com/onnx/onnx/blob/main/docs/Operators.md, operator set 13.
"""

import onnx
from onnx import helper, numpy_helper

OPERATOR_SET = 13
IR_VERSION = 7  # the first with operator set 13


def filter_oihw(w, depthwise):
    """Of a convolution's filter OHWI, or of a depthwise one 1HWC, which ONNX has as C1HW."""
    return w.transpose(3, 0, 1, 2) if depthwise else w.transpose(0, 3, 1, 2)


def serialize(operators):
    nodes, constants = [], []

    def constant(name, values):
        constants.append(numpy_helper.from_array(values.copy(), name))
        return name

    def add(kind, inputs, output, **attributes):
        nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))

    for op in operators:
        x, y = op.inputs[0].name, op.output.name
        result = y + "/linear" if op.relu else y
        if op.kind in ("CONV_2D", "DEPTHWISE_CONV_2D"):
            depthwise = op.kind == "DEPTHWISE_CONV_2D"
            w, b = op.inputs[1:]
            w_oihw = filter_oihw(w.data, depthwise)
            height, width = w_oihw.shape[2:]
            pads = [height // 2, width // 2] * 2
            inputs = [x, constant(w.name, w_oihw), constant(b.name, b.data)]
            add("Conv", inputs, result, kernel_shape=[height, width], pads=pads,
                group=len(w_oihw) if depthwise else 1)
        elif op.kind == "FULLY_CONNECTED":
            w, b = op.inputs[1:]
            add("Gemm", [x, constant(w.name, w.data), constant(b.name, b.data)], result, transB=1)
        elif op.kind in ("MAX_POOL_2D", "AVERAGE_POOL_2D"):
            kind = "MaxPool" if op.kind == "MAX_POOL_2D" else "AveragePool"
            window = [op.window, op.window]
            add(kind, [x], result, kernel_shape=window, strides=window)
        elif op.kind == "ADD":
            add("Add", [t.name for t in op.inputs], result)
        elif op.kind == "RESHAPE":
            add("Flatten", [x], result)
        else:
            assert op.kind == "SOFTMAX"
            add("Softmax", [x], result, axis=1)
        if op.relu:
            add("Relu", [result], y)

    first, last = operators[0].inputs[0], operators[-1].output
    n, h, w, c = first.shape
    real = onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        nodes, "digits",
        [helper.make_tensor_value_info(first.name, real, (n, c, h, w))],
        [helper.make_tensor_value_info(last.name, real, last.shape)],
        constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPERATOR_SET)])
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model)
    return model.SerializeToString(deterministic=True)
