"""Times the works of `dlrm bench --peers` in PyTorch, one request a line.

A request is a JSON object on one line of standard input:
    {"work": "ttm-forward", "threads": 1, "seconds": 0.05, ... what the work needs ...}
The answer is a JSON object on one line of standard output:
    {"milliseconds": [...], "check": 1.25}
or {"error": "..."}. The first request for a work builds it and warms it up; the next one with the same settings goes on with it.
"check" is a number that every program must find for the same input: a wrong peer is no peer.

Every work takes its ids from a binary file of int64 (batches x ids), so that all programs see the same ones.
Only operations that ship with PyTorch are used, in the idiom of its documentation: gather by index, bmm, autograd, torch.optim.SGD.
"""

import ctypes
import json
import sys
import time

import torch
from torch import nn


def set_threads(count):
    """Sets the threads of PyTorch and of the OpenBLAS below it, which has threads of its own."""
    torch.set_num_threads(count)
    try:
        ctypes.CDLL("libopenblas.so.0").openblas_set_num_threads(count)
    except (OSError, AttributeError):
        pass


def read(path, kind, *shape):
    size = 1
    for length in shape:
        size *= length
    return torch.from_file(path, shared=False, size=size, dtype=kind).view(*shape)


def pattern(*shape):
    """Numbers that every program can make: ((i * 7919) mod 1000) / 1000 - 0.5."""
    size = 1
    for length in shape:
        size *= length
    return (((torch.arange(size, dtype=torch.int64) * 7919) % 1000).float() / 1000 - 0.5).view(*shape)


def ttm_rows(ids, cores, row_modes, column_modes, ranks):
    """Rows of a TT-matrix: gathers a slab of every core for each id, and multiplies them with bmm."""
    digits = []
    rest = ids
    for mode in reversed(row_modes[1:]):
        digits.append(rest % mode)
        rest = torch.div(rest, mode, rounding_mode="floor")
    digits.append(rest)
    digits.reverse()
    product = cores[0][digits[0]].view(ids.numel(), column_modes[0], ranks[1])
    for k in range(1, len(cores)):
        slab = cores[k][digits[k]].view(ids.numel(), ranks[k], column_modes[k] * ranks[k + 1])
        product = torch.bmm(product, slab).view(ids.numel(), -1, ranks[k + 1])
    return product.reshape(ids.numel(), -1)


class Ttm:
    """A table as a TT-matrix: forward alone, or forward, autograd and SGD."""

    def __init__(self, request, is_step):
        self.shape = (request["rowModes"], request["columnModes"], request["ranks"])
        row_modes, column_modes, ranks = self.shape
        dim = 1
        for mode in column_modes:
            dim *= mode
        self.ids = read(request["ids"], torch.int64, request["batches"], request["batch"])
        lengths = [row_modes[k] * ranks[k] * column_modes[k] * ranks[k + 1] for k in range(len(row_modes))]
        values = read(request["cores"], torch.float32, sum(lengths)).split(lengths)
        self.cores = [value.clone().view(row_modes[k], -1).requires_grad_(is_step) for k, value in enumerate(values)]
        self.is_step = is_step
        self.rate = request.get("learningRate", 0)
        if is_step:
            gradient = pattern(request["batch"], dim)
            self.gradients = (gradient, -gradient)
            self.optimizer = torch.optim.SGD(self.cores, lr=self.rate)

    def rows(self, batch):
        return ttm_rows(self.ids[batch], self.cores, *self.shape)

    def run(self, repetition):
        batch = repetition % len(self.ids)
        if not self.is_step:
            with torch.no_grad():
                self.rows(batch)
            return
        self.optimizer.zero_grad(set_to_none=True)
        self.rows(batch).backward(self.gradients[repetition // len(self.ids) % 2])
        self.optimizer.step()

    def check(self):
        with torch.no_grad():
            before = self.rows(0).double()
        if not self.is_step:
            return (before * before).sum().item()
        self.run(0)
        with torch.no_grad():
            after = self.rows(0).double()
        return ((after - before) * self.gradients[0].double()).sum().item() / self.rate


class Bag:
    """One nn.EmbeddingBag(sparse=True): forward, backward and SGD."""

    def __init__(self, request):
        self.ids = read(request["ids"], torch.int64, request["batches"], request["batch"])
        self.offsets = torch.arange(request["batch"], dtype=torch.int64)
        self.bag = nn.EmbeddingBag(request["rows"], request["dim"], mode="sum", sparse=True)
        self.gradient = pattern(request["batch"], request["dim"]) * 1e-3
        self.optimizer = torch.optim.SGD(self.bag.parameters(), lr=0.01)

    def run(self, repetition):
        self.optimizer.zero_grad(set_to_none=True)
        self.bag(self.ids[repetition % len(self.ids)], self.offsets).backward(self.gradient)
        self.optimizer.step()

    def check(self):
        return float(self.bag.weight.numel())


class TtmBag(nn.Module):
    """A TT-matrix table of one id a bag, by autograd."""

    def __init__(self, table):
        super().__init__()
        self.shape = (table["rowModes"], table["columnModes"], table["ranks"])
        row_modes, column_modes, ranks = self.shape
        self.cores = nn.ParameterList(
            nn.Parameter(torch.randn(row_modes[k], ranks[k] * column_modes[k] * ranks[k + 1]) * 0.1) for k in range(len(row_modes))
        )

    def forward(self, ids, offsets):
        return ttm_rows(ids, list(self.cores), *self.shape)


def tower(inputs, sizes, is_last_linear):
    layers = []
    for position, outputs in enumerate(sizes):
        layers.append(nn.Linear(inputs, outputs))
        if not is_last_linear or position + 1 < len(sizes):
            layers.append(nn.ReLU())
        inputs = outputs
    return nn.Sequential(*layers)


class Dlrm:
    """A whole training step of DLRM: both towers, tables, dot interaction, binary cross-entropy, SGD."""

    def __init__(self, request):
        batches, batch, dense, dim = request["batches"], request["batch"], request["dense"], request["dim"]
        tables = request["tables"]
        self.ids = read(request["ids"], torch.int64, batches, len(tables), batch)
        self.dense = read(request["inputs"], torch.float32, batches, batch, dense)
        self.labels = read(request["labels"], torch.float32, batches, batch)
        self.offsets = torch.arange(batch, dtype=torch.int64)
        self.bags = nn.ModuleList(
            TtmBag(table) if "ranks" in table else nn.EmbeddingBag(table["rows"], dim, mode="sum", sparse=True) for table in tables
        )
        vectors = len(tables) + 1
        self.bottom = tower(dense, request["bottom"], False)
        self.top = tower(dim + vectors * (vectors - 1) // 2, request["top"] + [1], True)
        self.lower = torch.tril_indices(vectors, vectors, offset=-1)
        self.loss = nn.BCEWithLogitsLoss()
        self.parameters = [*self.bottom.parameters(), *self.top.parameters(), *self.bags.parameters()]
        self.optimizer = torch.optim.SGD(self.parameters, lr=0.01)

    def run(self, repetition):
        batch = repetition % len(self.ids)
        first = self.bottom(self.dense[batch])
        vectors = [first] + [bag(self.ids[batch, t], self.offsets) for t, bag in enumerate(self.bags)]
        stacked = torch.stack(vectors, dim=1)
        products = torch.bmm(stacked, stacked.transpose(1, 2))
        pairs = products[:, self.lower[0], self.lower[1]]
        logits = self.top(torch.cat([first, pairs], dim=1)).view(-1)
        loss = self.loss(logits, self.labels[batch])
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        loss.item()

    def check(self):
        return float(sum(parameter.numel() for parameter in self.parameters))


class Sgemm:
    """C = A B, by torch.mm."""

    def __init__(self, request):
        self.a = pattern(request["m"], request["k"])
        self.b = pattern(request["k"], request["n"])
        self.c = torch.empty(request["m"], request["n"])

    def run(self, repetition):
        torch.mm(self.a, self.b, out=self.c)

    def check(self):
        self.run(0)
        return (self.c.double() ** 2).sum().item()


WORKS = {
    "ttm-forward": lambda request: Ttm(request, is_step=False),
    "ttm-step": lambda request: Ttm(request, is_step=True),
    "embedding-bag": Bag,
    "dlrm-dense": Dlrm,
    "dlrm-ttm": Dlrm,
    "sgemm": Sgemm,
}


class Session:
    """The works that are open, by the name that the request gives them."""

    def __init__(self):
        self.open = {}

    def answer(self, request):
        if request["work"] == "close":
            self.open.pop(request["name"], None)
            return {}
        set_threads(request["threads"])
        answer = {}
        if request["name"] not in self.open:
            work = WORKS[request["work"]](request)
            answer["check"] = work.check()
            self.open[request["name"]] = [work, 0]
        entry = self.open[request["name"]]
        times = []
        end = time.perf_counter() + request["seconds"]
        while not times or time.perf_counter() < end:
            start = time.perf_counter()
            entry[0].run(entry[1])
            times.append(1e3 * (time.perf_counter() - start))
            entry[1] += 1
        answer["milliseconds"] = times
        return answer


def main():
    session = Session()
    print(json.dumps({"version": f"PyTorch {torch.__version__}"}), flush=True)
    for line in sys.stdin:
        try:
            answer = session.answer(json.loads(line))
        except Exception as problem:  # The asking program tells it; this one goes on.
            answer = {"error": f"{type(problem).__name__}: {problem}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
