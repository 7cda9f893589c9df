"""Writes the fixtures of this folder and, beside each, what PyTorch and NumPy say of its tensors: name, shape, SHA-256 of the contiguous elements.

Run with PyTorch 1.13.1 and NumPy 1.24 (Debian 12): python3 make.py
"""
import hashlib
import os
import zipfile
from collections import OrderedDict

import numpy as np
import torch

FOLDER = os.path.dirname(os.path.abspath(__file__))
torch.manual_seed(20210405)


def state():
    base = torch.randn(6, 8)
    tensors = OrderedDict(
        f32=base, transposed=base.t(), part=base[1:5:2, 2:6], row=base[3], scalar=torch.tensor(3.5), column=base[:, 2],
        f64=torch.randn(3, 2, dtype=torch.float64), f16=torch.randn(5).half(), bf16=torch.randn(5, 3).bfloat16(),
        i64=torch.arange(7), i32=torch.arange(7, dtype=torch.int32), i16=torch.arange(7, dtype=torch.int16),
        i8=torch.arange(-3, 4, dtype=torch.int8), u8=torch.arange(7, dtype=torch.uint8), truth=torch.tensor([True, False, True]),
        complex=torch.randn(2, 2, dtype=torch.complex64), permuted=torch.randn(2, 3, 4).permute(2, 0, 1), empty=torch.zeros(0, 4),
        parameter=torch.nn.Parameter(torch.randn(2, 2)))
    tensors["é\n"] = torch.ones(2)
    tensors["nested"] = {
        "list": [torch.ones(1), (torch.zeros(2), {5: torch.ones(3)})], "none": None, "true": True, "big": 2**80, "negative": -5, "float": 1.5,
        "text": "x" * 300, "bytes": b"abc", "set": {1, 2}, "scalar": np.float64(2.5), "array": np.arange(4), "device": torch.device("cpu"),
        "dtype": torch.float16, "size": torch.Size([1, 2])}
    return tensors


def tensors_of(value, name=""):
    if isinstance(value, (torch.Tensor, np.ndarray)):
        yield name, value
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(item, np.ndarray):
                yield from tensors_of(item, f"{name}.{key}" if name else str(key))
    elif isinstance(value, (list, tuple)) and not isinstance(value, torch.Size):
        for position, item in enumerate(value):
            yield from tensors_of(item, f"{name}[{position}]")


def elements(value):
    if isinstance(value, np.ndarray):
        return np.ascontiguousarray(value).astype(value.dtype.newbyteorder("<")).tobytes()
    value = value.detach().contiguous()
    return (value.view(torch.int16) if value.dtype == torch.bfloat16 else value).numpy().tobytes()


def expect(file, tensors):
    with open(os.path.join(FOLDER, file + ".tsv"), "w", newline="\n") as lines:
        for name, value in tensors:
            shape = "x".join(map(str, value.shape))
            lines.write(f"{name.encode('unicode_escape').decode()}\t{shape}\t{hashlib.sha256(elements(value)).hexdigest()}\n")


def save(file, value, tensors=None, **options):
    torch.save(value, os.path.join(FOLDER, file), **options)
    expect(file, tensors if tensors is not None else tensors_of(value))


# Protocol 0 writes storages as texts, which PyTorch itself can't load.
for protocol in range(1, 6):
    save(f"zip-{protocol}.pt", state(), pickle_protocol=protocol)
    save(f"legacy-{protocol}.pt", state(), pickle_protocol=protocol, _use_new_zipfile_serialization=False)

model = torch.nn.Sequential(torch.nn.EmbeddingBag(10, 4), torch.nn.Linear(4, 3))
parameters = [(f"_modules.{k}._parameters.{name}", value) for k, layer in enumerate(model) for name, value in layer.named_parameters()]
save("model.pt", model, parameters)
save("model-4.pt", model, parameters, pickle_protocol=4)

optimizer = torch.optim.Adam(model.parameters())
model(torch.tensor([[1, 2], [3, 4]])).sum().backward()
optimizer.step()
save("training.pt", {"state_dict": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3})

script = torch.jit.script(torch.nn.Linear(4, 3))
script.save(os.path.join(FOLDER, "script.pt"))
expect("script.pt", [(name, value) for name, value in script.named_parameters()])

with zipfile.ZipFile(os.path.join(FOLDER, "zip-2.pt")) as source, zipfile.ZipFile(os.path.join(FOLDER, "zip-deflated.pt"), "w", zipfile.ZIP_DEFLATED) as target:
    for entry in source.infolist():
        with target.open(entry.filename, "w", force_zip64=True) as copy:
            copy.write(source.read(entry))
with open(os.path.join(FOLDER, "zip-2.pt.tsv")) as lines, open(os.path.join(FOLDER, "zip-deflated.pt.tsv"), "w", newline="\n") as copy:
    copy.write(lines.read())

fortran = np.asfortranarray(np.arange(12, dtype=">f8").reshape(3, 4))
np.save(os.path.join(FOLDER, "fortran.npy"), fortran)
expect("fortran.npy", [("fortran", fortran)])
arrays = {"counts": np.arange(5, dtype="<i4"), "half": np.eye(3, dtype="<f2"), "scalar": np.array(3, dtype="<f4")}
np.savez(os.path.join(FOLDER, "arrays.npz"), **arrays)
expect("arrays.npz", arrays.items())
compressed = {"table": np.arange(4000, dtype="<i8").reshape(500, 8)}
np.savez_compressed(os.path.join(FOLDER, "compressed.npz"), **compressed)
expect("compressed.npz", compressed.items())
