"""safetensors files: u64 length (little endian) of a JSON header {name: {dtype, shape, data_offsets}}, then the data.

Float16, and float32 for writing. Written by hand, because the library is not in Debian 12; the header is filled with spaces to a
multiple of 8, as the library does.
"""
import json
import struct

import torch

# Trained weights are multiples of 2^-18 = 2^-24 (the smallest float16 step) x 2^6 (the largest factor outliers.py divides a column by),
# those of q, which it divides along rows by up to 2^4 as well, of 2^-14.
STEP, QUERY_STEP = 2.0**-18, 2.0**-14


def on_grid(weights):
    """Trained weights as such multiples; a weight of 0.05 keeps 11 bits in float16 and 9.7 in the grid of q."""
    steps = {name: QUERY_STEP if "q_proj" in name else STEP for name in weights}
    return {name: (tensor / steps[name]).round() * steps[name] for name, tensor in weights.items()}


def rounded(weights):
    """The weights as the file holds them: float16, refused where that overflows."""
    halves = {name: tensor.half() for name, tensor in weights.items()}
    lost = [name for name, tensor in halves.items() if not torch.isfinite(tensor).all()]
    if lost:
        raise SystemExit(f"beyond the range of float16: {', '.join(lost)}")
    return halves


STORED = {torch.float16: ("F16", "<f2"), torch.float32: ("F32", "<f4")}


def write(path, tensors, metadata):
    """float16 or float32 tensors in the order of the dictionary; `metadata` maps strings to strings."""
    header, begin = {"__metadata__": metadata}, 0
    for name, tensor in tensors.items():
        end = begin + tensor.numel() * tensor.element_size()
        header[name] = {"dtype": STORED[tensor.dtype][0], "shape": list(tensor.shape), "data_offsets": [begin, end]}
        begin = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            file.write(tensor.contiguous().numpy().astype(STORED[tensor.dtype][1]).tobytes())


def read(path, dtype=torch.float32):
    """Tensors of a file, converted."""
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    weights = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        stored = torch.frombuffer(bytearray(data[begin:end]), dtype=torch.float16)
        weights[name] = stored.view(entry["shape"]).to(dtype)
    return weights
