"""Runs the worker on processors as if they were a GPU, so that what CUDA graphs do is tested without one.

A capture records operations; writing into arrays waits for the replay. A replay runs what was recorded, from and into the same arrays.
Arguments: the worker's path, and its own.
"""

import itertools
import os
import runpy
import sys

import torch
from torch.utils._python_dispatch import TorchDispatchMode


class FakeDevice:
    type = "cuda"


fake, real = FakeDevice(), torch.device("cpu")


class DeviceType(type):
    def __instancecheck__(cls, value):
        return isinstance(value, type(real))


class Device(metaclass=DeviceType):
    """In the place of torch.device, which PyTorch itself uses as a type."""

    def __new__(cls, *kind):
        return fake if kind == ("cuda",) else type(real)(*kind)


class Recorder(TorchDispatchMode):
    def __init__(self, calls):
        super().__init__()
        self.calls = calls

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        is_write = function is torch.ops.aten.copy_.default
        result = args[0] if is_write else function(*args, **(kwargs or {}))
        self.calls.append((function, args, kwargs or {}, result))
        return result


uses = {}


class Graph:
    """A pool belongs to the graphs that were captured into it, and ends with the last of them (CUDACachingAllocator.cpp)."""

    def __init__(self):
        self.calls = []
        self.pool = None

    def enter(self, pool):
        if uses.get(pool) == 0:
            raise RuntimeError("it->second->use_count > 0 INTERNAL ASSERT FAILED")
        uses[pool] = uses.get(pool, 0) + 1
        self.pool = pool

    def __del__(self):
        if self.pool is not None:
            uses[self.pool] -= 1

    def replay(self):
        with torch.no_grad():
            for function, args, kwargs, result in self.calls:
                again = function(*args, **kwargs)
                before, after = (list(one) if isinstance(one, (tuple, list)) else [one] for one in (result, again))
                for place, tensor in zip(before, after):
                    if torch.is_tensor(place) and place.data_ptr() != tensor.data_ptr():
                        place.copy_(tensor)


class Capture:
    def __init__(self, graph, pool):
        self.recorder = Recorder(graph.calls)
        self.graph = graph
        self.pool = pool

    def __enter__(self):
        print("captures into pool %d" % self.pool, file=sys.stderr, flush=True)
        if os.environ.get("FAKE_CUDA_IS_FULL"):
            raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        if os.environ.get("FAKE_CUDA_LOSES_CAPTURES"):
            raise RuntimeError("CUDA error: operation failed due to a previous error during capture")
        self.graph.enter(self.pool)
        self.recorder.__enter__()

    def __exit__(self, *error):
        self.recorder.__exit__(*error)


def on_processor(function):
    def called(*args, **kwargs):
        if kwargs.get("device") is fake:
            kwargs["device"] = real
        return function(*args, **kwargs)

    return called


def to(tensor, *args, **kwargs):
    if args and args[0] is fake:
        return move(tensor, real, copy=True)
    return move(tensor, *args, **kwargs)


move = torch.Tensor.to
torch.Tensor.to = to
for name in ("empty", "full", "ones", "tensor", "zeros"):
    setattr(torch, name, on_processor(getattr(torch, name)))
torch.device = Device
torch.cuda.is_available = lambda: True
torch.cuda.get_device_name = lambda: "a processor"
torch.cuda.Stream = object
torch.cuda.set_stream = lambda stream: None


def synchronize():
    if os.environ.get("FAKE_CUDA_IS_BROKEN"):
        raise RuntimeError("CUDA error: an illegal memory access was encountered")


torch.cuda.synchronize = synchronize
torch.cuda.CUDAGraph = Graph
torch.cuda.empty_cache = lambda: print("empties the cache", file=sys.stderr, flush=True)
pools = itertools.count(1)
torch.cuda.mem_get_info = lambda: (1 << 20, 1 << 30)
softmax = torch.softmax


def softmax_where_there_is_memory(*given):
    synchronize()
    if os.environ.pop("FAKE_CUDA_IS_FULL_ONCE", None):
        raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
    return softmax(*given)


torch.softmax = softmax_where_there_is_memory
torch.cuda.graph_pool_handle = lambda: next(pools)
torch.cuda.graph = Capture

sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
