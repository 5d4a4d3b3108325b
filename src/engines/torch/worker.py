"""The process of the torch engine: runs programs that it is sent, on PyTorch. It needs nothing but `torch`.

Arguments: the path of the exchange file, and options as JSON.
Messages come on standard input and go to standard output, after a greeting, one reply to each, in order: 4 bytes with the length of a text, 8 bytes with the
length of what follows it (both little-endian), the text (JSON), and that many bytes of numbers. What a run reads and gives lies in the
exchange, a file that both processes map.
"""

import json
import mmap
import os
import re
import signal
import struct
import sys
import threading
import time
import warnings
import weakref

GREETING = b"\0hpo-torch-1\n"
HEADER = struct.Struct("<IQ")
# Of PyTorch: older ones lack what programs use.
OLDEST = (2, 1)
# Runs of a program before it is captured as a CUDA graph: libraries choose their algorithms and take their memory meanwhile.
RUNS_BEFORE_CAPTURE = 3
# Of what is free on a GPU, rows may take so much: steps need the rest.
SHARE_OF_ROWS = 0.5
# Where captured steps have their arrays. One replays at a time, and its results are read before the next one, so that all can share it: with
# pools of their own, each would keep what its step needs at most. It ends with the last of them: then CUDA takes its handle no more.
shared_pool = None


def watch_parent():
    """A parent that dies is noticed by this process's having another one, also while its main thread is in native code."""
    # Not the process that started it all: a Python may be a script that starts the Python.
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(1)


def read_fully(stream, count):
    """`count` bytes, writable; None where the stream ends before."""
    data = bytearray(count)
    view = memoryview(data)
    while view:
        got = stream.readinto(view)
        if not got:
            return None
        view = view[got:]
    return data


class Channel:
    def __init__(self):
        # Whatever else prints goes to standard error.
        self.output = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)
        self.input = sys.stdin.buffer
        self.output.write(GREETING)

    def receive(self):
        header = read_fully(self.input, HEADER.size)
        if header is None:
            return None, None
        length, size = HEADER.unpack(header)
        text = read_fully(self.input, length)
        payload = read_fully(self.input, size)
        if text is None or payload is None:
            return None, None
        return json.loads(text), payload

    def send(self, message, arrays=()):
        text = json.dumps(message).encode()
        views = [memoryview(array).cast("B") for array in arrays]
        self.output.write(HEADER.pack(len(text), sum(len(view) for view in views)))
        self.output.write(text)
        for view in views:
            self.output.write(view)
        self.output.flush()


channel = Channel()
exchange_path, options = sys.argv[1], json.loads(sys.argv[2])
if os.name != "nt":
    threading.Thread(target=watch_parent, daemon=True).start()
# Ctrl-C is the parent's business.
signal.signal(signal.SIGINT, signal.SIG_IGN)


def check_version(version):
    found = re.match(r"(\d+)\.(\d+)", version)
    if found and tuple(int(part) for part in found.groups()) < OLDEST:
        raise RuntimeError("expected PyTorch %s or later, found %s" % (".".join(map(str, OLDEST)), version))


try:
    import torch

    check_version(torch.__version__)
    import torch.nn.functional as F
    from torch.nn.grad import conv2d_weight
except Exception as error:  # whatever a broken installation throws
    channel.send({"error": "PyTorch does not load: %s: %s" % (type(error).__name__, error)})
    sys.exit(1)


def choose_device(wanted):
    if wanted != "auto":
        return wanted
    if torch.cuda.is_available():
        return "cuda"
    if torch.backends.mps.is_available():
        return "mps"
    return "cpu"


def name_of(kind):
    if kind == "cuda":
        return torch.cuda.get_device_name()
    return {"mps": "Apple GPU"}.get(kind, "processor")


def configure(kind):
    """The same numbers from the same inputs, and float32 as it is; both at whatever it costs, unless asked otherwise."""
    torch.use_deterministic_algorithms(True)
    # It is for finding faults: every new array would be filled. PyTorch 2.1 does not have it.
    if hasattr(torch.utils, "deterministic"):
        torch.utils.deterministic.fill_uninitialized_memory = False
    # A device without a precision would compute in float32, and only a warning would tell.
    warnings.filterwarnings("error", message=r"In \w+ autocast, but the target dtype")
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.allow_tf32 = options["tf32"]
    torch.backends.cuda.matmul.allow_tf32 = options["tf32"]
    torch.set_num_threads(options["threads"])
    torch.set_num_interop_threads(1)
    if kind != "cuda":
        return None
    # The default stream cannot be captured.
    stream = torch.cuda.Stream()
    torch.cuda.set_stream(stream)
    return stream


def dense(x, *devices):
    """
    Channels before pixels in memory, on devices whose kernels are wrong for the other order: gradients of average pools within margins on
    CUDA (pytorch/pytorch#188344), of pools and BatchNorm on MPS (#175189, #175190). The same tensor elsewhere.
    """
    return x.contiguous() if device.type in devices else x


def batch_norm(x, gamma, beta, epsilon):
    """BatchNorm in training of [batch, channels, height, width], and the batch's mean and biased variance."""
    x = dense(x, "mps")
    channels = x.shape[1]
    if x.numel() == channels:
        # PyTorch has no variance of a single number.
        zeros = x - x
        mean, variance = (part.detach().reshape(channels) for part in (x, zeros))
        return zeros * gamma.view(1, -1, 1, 1) + beta.view(1, -1, 1, 1), mean, variance
    mean, variance = (torch.zeros(channels, dtype=torch.float32, device=device) for _ in range(2))
    y = F.batch_norm(x, mean, variance, gamma, beta, True, 1.0, epsilon)
    count = x.numel() // channels
    return y, mean, variance * ((count - 1) / count)


def leaf(value):
    return value if value.requires_grad else value.detach().requires_grad_()


# How a program uses arrays of each role, as the order of their dimensions in memory; see `laid_out`.
ORDERS = {"kernel": (3, 0, 1, 2), "depthwiseKernel": (2, 0, 1, 3)}


def laid_out(tensor, role):
    """The same array; kernels lie in memory as channels_last convolutions take them."""
    order = ORDERS.get(role)
    if order is None:
        return tensor
    back = [order.index(axis) for axis in range(4)]
    return tensor.permute(order).contiguous().permute(back)


def array_of(data, offset, shape, role):
    count = 1
    for dimension in shape:
        count *= dimension
    if count == 0:
        return torch.empty(shape, device=device)
    numbers = torch.frombuffer(data, dtype=torch.float32, count=count, offset=offset)
    return laid_out(numbers.view(shape), role).to(device, copy=True)


class Exchange:
    """The file that both processes map. `generation` tells when views of it are to be made anew."""

    def __init__(self, path):
        self.path = path
        self.file = open(path, "r+b")
        self.generation = 0
        self.map = None

    def resize(self, path, size):
        if path != self.path:
            self.file.close()
            self.path, self.file = path, open(path, "r+b")
        # Views of the old map may still be alive, so it is not closed: it goes with the last of them.
        self.map = mmap.mmap(self.file.fileno(), size)
        self.generation += 1

    def view(self, port):
        kind = torch.uint8 if port["type"] == "uint8" else torch.float32
        count = 1
        for dimension in port["shape"]:
            count *= dimension
        return torch.frombuffer(self.map, dtype=kind, count=count, offset=port["offset"]).view(port["shape"])


class State:
    """Arrays by name, each of its canonical shape. On CUDA they keep their places, since captured programs know them by these."""

    def __init__(self):
        self.tensors = {}
        self.captures = {}

    def write(self, entries, payload):
        offset = 0
        for entry in entries:
            tensor = array_of(payload, offset, entry["shape"], entry["role"])
            offset += 4 * tensor.numel()
            self.put(entry["name"], tensor)

    def put(self, name, tensor):
        if device.type == "cuda" and name in self.tensors:
            self.tensors[name].copy_(tensor)
        else:
            self.tensors[name] = tensor


class Rows:
    """Rows of numbers that many runs read, of images in the order in which convolutions take them."""

    def __init__(self, count, shape):
        self.is_images = len(shape) == 3
        if self.is_images:
            channels, height, width = shape
            shape = [height, width, channels]
        self.tensor = torch.empty([count] + shape, dtype=torch.float32, device=device)
        self.bytes = bytes_in(count, shape)

    def write(self, positions, payload):
        shape = list(self.tensor.shape[1:])
        if self.is_images:
            shape = shape[-1:] + shape[:-1]
        numbers = torch.frombuffer(payload, dtype=torch.float32).view([len(positions)] + shape).to(device)
        self.tensor.index_copy_(0, indices_of(positions), numbers.permute(0, 2, 3, 1) if self.is_images else numbers)

    def at(self, positions):
        """As an input has them: images as [batch, channels, height, width], in whatever order in memory."""
        rows = self.tensor.index_select(0, indices_of(positions))
        return rows.permute(0, 3, 1, 2) if self.is_images else rows


def indices_of(positions):
    return torch.tensor(positions, dtype=torch.int64).to(device)


def bytes_in(count, shape):
    for dimension in shape:
        count *= dimension
    return 4 * count


def has_room(wanted):
    if options["room"] != "auto":
        return wanted + sum(rows.bytes for rows in kept.values()) <= options["room"]
    return device.type == "cuda" and wanted <= SHARE_OF_ROWS * torch.cuda.mem_get_info()[0]


def keep(identity, count, shape):
    """Whether there is room for so many rows."""
    if not has_room(bytes_in(count, shape)):
        return False
    try:
        kept[identity] = Rows(count, shape)
    except torch.cuda.OutOfMemoryError:
        return False
    return True


class Capture:
    """A step as a CUDA graph: its operations in one launch, on arrays that keep their places."""

    alive = weakref.WeakSet()
    works = True

    def __init__(self, program, state, inputs):
        global shared_pool
        if not Capture.alive:
            shared_pool = torch.cuda.graph_pool_handle()
        self.inputs = [given.to(device, copy=True) for given in inputs]
        self.graph = torch.cuda.CUDAGraph()
        torch.cuda.synchronize()
        with torch.cuda.graph(self.graph, pool=shared_pool):
            self.outputs = program.step(self.inputs, state)
        Capture.alive.add(self)

    def run(self, inputs):
        for place, given in zip(self.inputs, inputs):
            place.copy_(given)
        self.graph.replay()
        return self.outputs


class Program:
    def __init__(self, request, payload):
        space = {"torch": torch, "F": F, "conv2d_weight": conv2d_weight, "batch_norm": batch_norm, "dense": dense, "leaf": leaf}
        exec(compile(request["source"], "<step>", "exec"), space)
        self.function = space["step"]
        self.ports = request["inputs"], request["outputs"]
        self.parameters = request["parameters"]
        self.updates = request["updates"]
        self.threads = request["threads"]
        self.constants = []
        for constant in request["constants"]:
            kind, offset, shape = constant["type"], constant["offset"], constant["shape"]
            if kind == "int32":
                indices = torch.frombuffer(payload, dtype=torch.int32, count=shape[0], offset=offset)
                self.constants.append(indices.to(torch.int64).to(device))
            else:
                self.constants.append(array_of(payload, offset, shape, constant["role"]))
        self.generation = -1
        self.runs = 0
        self.captures = device.type == "cuda" and options["capture"]

    def look(self):
        if self.generation == exchange.generation:
            return
        inputs, outputs = self.ports
        self.inputs = [exchange.view(port) for port in inputs]
        self.outputs = [exchange.view(port) for port in outputs]
        self.generation = exchange.generation

    def step(self, inputs, state):
        """One run; the state holds the updates afterwards."""
        entries = [state.tensors[name] for name in self.parameters]
        outputs, updates = self.function(inputs, entries, self.constants, device)
        for name, tensor in zip(self.updates, updates):
            state.put(name, tensor)
        return outputs

    def run(self, identity, state, rows):
        """`rows`: by name, inputs that are not in the exchange."""
        self.look()
        self.runs += 1
        inputs = [rows.get(port["name"], view) for port, view in zip(self.ports[0], self.inputs)]
        if device.type == "cpu":
            if torch.get_num_threads() != self.threads:
                torch.set_num_threads(self.threads)
            results = self.step(inputs, state)
        else:
            # A program without outputs gives none of them: that is not the same as not being captured.
            results = self.captured(identity, state, inputs)
            if results is None:
                results = self.step([given.to(device) for given in inputs], state)
        for place, result in zip(self.outputs, results):
            place.copy_(result)

    def captured(self, identity, state, inputs):
        """The results of the captured step; None where it is not captured, or cannot be."""
        if not (self.captures and Capture.works) or self.runs <= RUNS_BEFORE_CAPTURE:
            return None
        capture = state.captures.get(identity)
        if capture is None:
            try:
                capture = state.captures[identity] = Capture(self, state, inputs)
            except RuntimeError as error:
                self.captures = False
                # A capture that fails may leave its own stream as the current one.
                torch.cuda.set_stream(stream)
                torch.cuda.synchronize()
                # A capture takes its memory beside what the steps before it have left; operation by operation there may be enough.
                if isinstance(error, torch.cuda.OutOfMemoryError):
                    torch.cuda.empty_cache()
                else:
                    # PyTorch's allocator may believe from now on that a capture is under way, and let no other end.
                    Capture.works = False
                notes.append("a step runs operation by operation, since CUDA does not capture it: %s" % first_line(error))
                return None
        return capture.run(inputs)


def first_line(error):
    return str(error).strip().split("\n")[0]


def run_somehow(program, identity, state, rows):
    """Whether the rows had to be dropped, for the memory that the run needs. What throws has not touched the state."""
    selected = {name: kept[one["rows"]].at(one["positions"]) for name, one in rows.items()}
    try:
        run(program, identity, state, selected)
        return False
    except torch.cuda.OutOfMemoryError:
        if not kept:
            raise
    selected = {name: tensor.to("cpu") for name, tensor in selected.items()}
    kept.clear()
    torch.cuda.empty_cache()
    run(program, identity, state, selected)
    return True


def run(program, identity, state, rows):
    try:
        program.run(identity, state, rows)
    except RuntimeError as error:
        if "deterministic" not in str(error) or torch.is_deterministic_algorithms_warn_only_enabled():
            raise
        # The operation has thrown before the state was touched.
        torch.use_deterministic_algorithms(True, warn_only=True)
        notes.append("numbers may differ in their last bits from one run to the next: %s" % first_line(error))
        program.run(identity, state, rows)


def handle(message, payload):
    """What to answer: the text of the reply, and arrays."""
    kind = message["op"]
    if kind == "run":
        identity = message["program"]
        dropped = run_somehow(programs[identity], identity, states[message["state"]], message.get("rows", {}))
        return {"dropped": True} if dropped else {}, []
    if kind == "read":
        tensors = states[message["state"]].tensors
        return {}, [tensors[name].contiguous().to("cpu") for name in message["names"]]
    if kind == "keep":
        return {"kept": keep(message["rows"], message["count"], message["shape"])}, []
    if kind == "compile":
        if "exchange" in message:
            exchange.resize(**message["exchange"])
        programs[message["program"]] = Program(message, payload)
    elif kind == "write":
        states.setdefault(message["state"], State()).write(message["entries"], payload)
    elif kind == "write rows":
        kept[message["rows"]].write(message["positions"], payload)
    elif kind == "forget program":
        programs.pop(message["program"], None)
        for state in states.values():
            state.captures.pop(message["program"], None)
    elif kind == "forget state":
        states.pop(message["state"], None)
        # Others on this GPU may want what the trial had.
        if device.type == "cuda" and Capture.works:
            torch.cuda.empty_cache()
    elif kind == "forget rows":
        kept.pop(message["rows"], None)
    else:
        raise ValueError("unknown message %s" % kind)
    return {}, []


def end_if_broken(error):
    """After some errors a GPU does nothing more for a process: an access out of bounds, memory that fails. Another process starts anew."""
    if device.type != "cuda":
        return
    try:
        torch.cuda.synchronize()
    except Exception:
        print(first_line(error), file=sys.stderr, flush=True)
        os._exit(1)


def bytes_of(tensor):
    """The memory of an array on the processor, without numpy."""
    import ctypes

    size = tensor.numel() * tensor.element_size()
    return (ctypes.c_char * size).from_address(tensor.data_ptr()) if size > 0 else b""


try:
    device = torch.device(choose_device(options["device"]))
    stream = configure(device.type)
    hello = {"torch": torch.__version__, "device": device.type, "name": name_of(device.type)}
    torch.ones(1, device=device).add_(1)
except Exception as error:
    channel.send({"error": "PyTorch finds no device that works: %s" % first_line(error)})
    sys.exit(1)

exchange = Exchange(exchange_path)
programs, states, kept, notes = {}, {}, {}, []
channel.send(hello)
with torch.no_grad():
    while True:
        message, payload = channel.receive()
        if message is None:
            break
        try:
            reply, tensors = handle(message, payload)
            if notes:
                reply["notes"] = notes
            channel.send(reply, [bytes_of(tensor) for tensor in tensors])
            notes.clear()
        except Exception as error:
            end_if_broken(error)
            channel.send({"error": "%s: %s" % (type(error).__name__, error)})
