# SPDX-License-Identifier: Apache-2.0
"""A network of train.py as a .tflite file: a FlatBuffer, written field by field."""

import flatbuffers
import numpy as np

# Values and field orders are those of TensorFlow's schema, tensorflow/lite/schema/schema.fbs.
SCHEMA_VERSION = 3
FILE_IDENTIFIER = b"TFL3"
TENSOR_TYPE = {np.float32: 0, np.int32: 2, np.int8: 9}
PADDING_SAME, PADDING_VALID = 0, 1
ACTIVATION_NONE, ACTIVATION_RELU = 0, 1

# BuiltinOperator, the operator version that takes int8 (1 takes float32), and the member of the union
# BuiltinOptions.
BUILTIN = {
    "ADD": (0, 2, 11),
    "AVERAGE_POOL_2D": (1, 2, 5),
    "CONV_2D": (3, 3, 1),
    "DEPTHWISE_CONV_2D": (4, 3, 2),
    "FULLY_CONNECTED": (9, 4, 8),
    "MAX_POOL_2D": (17, 2, 5),
    "RESHAPE": (22, 1, 17),
    "SOFTMAX": (25, 2, 9),
}


class Writer(flatbuffers.Builder):
    """A Builder that writes a table from its fields in schema order."""

    def table(self, *fields):
        """Each field is (type, value), or None where it is left out. A zero is left out too: it is
        the default of every field here but `version` and the dilations, which are never zero."""
        self.StartObject(len(fields))
        for slot, field in enumerate(fields):
            if field is not None:
                kind, value = field
                getattr(self, f"Prepend{kind}Slot")(slot, value, 0)
        return self.EndObject()

    def numbers(self, values, dtype):
        return "UOffsetTRelative", self.CreateNumpyVector(np.array(values, dtype).reshape(-1))

    def tables(self, offsets):
        self.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            self.PrependUOffsetTRelative(offset)
        return "UOffsetTRelative", self.EndVector()

    def string(self, text):
        return "UOffsetTRelative", self.CreateString(text)


def write_options(b, op):
    activation = ("Int8", ACTIVATION_RELU if op.relu else ACTIVATION_NONE)
    one = ("Int32", 1)
    if op.kind == "CONV_2D":  # padding, strides, activation, dilations
        return b.table(("Int8", PADDING_SAME), one, one, activation, one, one)
    if op.kind == "DEPTHWISE_CONV_2D":  # padding, strides, multiplier, activation, dilations
        return b.table(("Int8", PADDING_SAME), one, one, one, activation, one, one)
    if op.kind in ("MAX_POOL_2D", "AVERAGE_POOL_2D"):  # padding, strides, filter sizes, activation
        size = ("Int32", op.window)
        return b.table(("Int8", PADDING_VALID), size, size, size, size, activation)
    if op.kind in ("ADD", "FULLY_CONNECTED"):  # activation first; the later fields keep defaults
        return b.table(activation)
    if op.kind == "RESHAPE":  # the new shape
        return b.table(b.numbers(op.inputs[1].data, np.int32))
    assert op.kind == "SOFTMAX"  # beta
    return b.table(("Float32", 1.0))


def write_tensor(b, tensor, buffer):
    quantization = None
    if tensor.scale is not None:
        # min, max, scale, zero_point, details (type and value), quantized_dimension
        scale = b.numbers(tensor.scale, np.float32)
        zero_point = b.numbers(np.full(tensor.scale.shape, tensor.zero_point), np.int64)
        fields = None, None, scale, zero_point, None, None, ("Int32", tensor.axis)
        quantization = "UOffsetTRelative", b.table(*fields)
    shape, name = b.numbers(tensor.shape, np.int32), b.string(tensor.name)
    dtype = "Int8", TENSOR_TYPE[tensor.dtype]
    return b.table(shape, dtype, ("Uint32", buffer), name, quantization)


def write_operator(b, op, opcode_index, tensor_index):
    inputs = b.numbers([tensor_index[t.name] for t in op.inputs], np.int32)
    outputs = b.numbers([tensor_index[op.output.name]], np.int32)
    options = "UOffsetTRelative", write_options(b, op)
    options_type = "Uint8", BUILTIN[op.kind][2]
    return b.table(("Uint32", opcode_index), inputs, outputs, options_type, options)


def write_buffer(b, data):
    b.Prep(16, data.nbytes)  # the schema's force_align: 16
    return b.table(b.numbers(np.frombuffer(data.tobytes(), np.uint8), np.uint8))


def serialize(operators):
    """The .tflite file: a Model of one SubGraph. FlatBuffers are written leaves first."""
    tensors = {t.name: t for op in operators for t in [*op.inputs, op.output]}
    tensor_index = {name: i for i, name in enumerate(tensors)}
    constants = [t for t in tensors.values() if t.data is not None]
    # Buffer 0 is empty by convention: it belongs to every tensor without data.
    buffer_index = {t.name: i for i, t in enumerate(constants, start=1)}
    kinds = list(dict.fromkeys(op.kind for op in operators))

    b = Writer(1 << 16)
    buffers = b.tables([b.table(), *(write_buffer(b, t.data) for t in constants)])
    tensor_tables = b.tables(
        [write_tensor(b, t, buffer_index.get(t.name, 0)) for t in tensors.values()])
    operator_tables = b.tables(
        [write_operator(b, op, kinds.index(op.kind), tensor_index) for op in operators])
    inputs = b.numbers([tensor_index["input"]], np.int32)
    outputs = b.numbers([tensor_index[operators[-1].output.name]], np.int32)
    subgraph = b.table(tensor_tables, inputs, outputs, operator_tables, b.string("main"))
    # The code is written twice: as a byte for old readers, as an int32 for those of schema 3a on.
    is_float = operators[0].output.dtype is np.float32
    codes = [
        b.table(("Int8", code), None, ("Int32", 1 if is_float else version), ("Int32", code))
        for code, version, _ in (BUILTIN[kind] for kind in kinds)
    ]
    codes, subgraphs = b.tables(codes), b.tables([subgraph])
    description = b.string("octet digits example")
    b.Finish(b.table(("Uint32", SCHEMA_VERSION), codes, subgraphs, description, buffers),
             file_identifier=FILE_IDENTIFIER)
    return bytes(b.Output())
