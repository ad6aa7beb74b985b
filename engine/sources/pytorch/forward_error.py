"""An error while a forward pass ran: the line, the shapes of its operands, the graph up to there."""

import ast
import itertools
import linecache
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import CodeType, FrameType
from typing import Any

import torch

from ...recording.tensor import Failure, TensorRecording
from . import forward_values
from .described import Described
from .forward import ForwardNotes
from .graph import Graph, edge_of
from .lines import is_theirs
from .modules import Modules
from .not_finite import not_finite
from .refused import Refused
from .summary import dtype_name, shape_of

MOST = 8
TO_DEVICE = ("_lazy_init", "_apply")
"""Functions of PyTorch's that bring tensors to a device: what fails there is no op."""


def frames_of_error(error: BaseException) -> list[tuple[FrameType, int, int]]:
    """Return the frames of a traceback, outermost first, with the instruction and line each was at.

    Where we watch an op begins what the op is made of, which is no longer the program's affair.
    """
    found, tb = [], error.__traceback__
    while tb is not None and tb.tb_frame.f_code.co_filename != forward_values.__file__:
        found.append((tb.tb_frame, tb.tb_lasti, tb.tb_lineno))
        tb = tb.tb_next
    return found


def scopes_of(error: BaseException) -> list[tuple[dict[str, Any], CodeType]]:
    """Return the names and the code of the functions that ran, the innermost first."""
    return [(frame.f_locals, frame.f_code) for frame, _, _ in reversed(frames_of_error(error))]


def failure(error: BaseException) -> Failure | None:
    """Return the failing expression and the shapes of what stands in it; None where no tensor does."""
    frames = frames_of_error(error)
    if any(frame.f_code.co_name in TO_DEVICE for frame, _, _ in frames):
        return None
    theirs = [place for place, each in enumerate(frames) if is_theirs(each[0].f_code.co_filename)]
    if not theirs:
        return None
    frame, instruction, line = frames[theirs[-1]]
    text = _text_at(frame.f_code, instruction, line).strip()
    try:
        tree = ast.parse(text)  # an expression, or a statement such as `w += 1`
        text = ast.unparse(tree)
        named = list(_operands(tree, frame))
    except SyntaxError:
        named = []
    named += _inside(frame for frame, _, _ in frames[theirs[-1] + 1 :])
    if not named:
        return None
    first = str(error).strip().partition("\n")[0][:300]
    said = f"{type(error).__name__}: {first}" if first else type(error).__name__
    return Failure(said, f"{frame.f_code.co_filename}:{line}", text, tuple(_phrases(named)))


def _phrases(named: Iterable[tuple[str, Any]]) -> Iterator[str]:
    """Yield `x is 5x8` of each tensor, once; and its device, where there are several."""
    found: dict[int, tuple[str, Any]] = {}
    for name, tensor in named:
        found.setdefault(id(tensor), (name, tensor))
    several = len({tensor.device for _, tensor in found.values()}) > 1
    for name, tensor in itertools.islice(found.values(), MOST):
        yield f"{name} is {_shape(tensor)}{f' on {tensor.device}' if several else ''}"


def graph_up_to(
    error: BaseException, failed: Failure, held: Mapping[str, Any], notes: ForwardNotes | None
) -> TensorRecording | None:
    """Return the nodes that had been made, without a pass; None where there are none.

    Where the first op failed already those are the leaves that it was to take.
    """
    frames = [frame for frame, _, _ in frames_of_error(error)]
    held_there = [value for frame in frames for value in list(frame.f_locals.values())]
    inner = (tensor for value in held_there for _, tensor in _tensors_of("", value))
    values = [*held_there, *inner]
    tensors = list(filter(_has_graph, values)) or list(_leaves(values))
    if not tensors:
        return None
    try:
        graph = Graph(list(dict.fromkeys(map(edge_of, tensors))))
        nodes = Described(graph, Modules(held), notes).nodes()
    except Refused:
        return None
    used = {parent for node in nodes for parent in node.parents}
    roots = tuple(node.id for node in nodes if node.id not in used)
    bad = not_finite(graph, notes)
    return TensorRecording(
        str(torch.__version__), "dry", roots, nodes, (), (), not_finite=bad, failed=failed
    )


def _has_graph(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and value.grad_fn is not None


def _leaves(values: Sequence[Any]) -> Iterator[Any]:
    """Yield the leaves among some values: of modules those that they hold themselves."""
    for value in values:
        own = value.parameters(recurse=False) if isinstance(value, torch.nn.Module) else (value,)
        yield from (each for each in own if isinstance(each, torch.Tensor) and each.requires_grad)


def _inside(frames: Iterable[FrameType]) -> list[tuple[str, Any]]:
    """Return what the innermost function of PyTorch's was given that was given tensors, by name."""
    found: list[tuple[str, Any]] = []
    for frame in frames:
        code = frame.f_code
        given = {name: frame.f_locals.get(name) for name in code.co_varnames[: code.co_argcount]}
        tensors = {name: value for name, value in given.items() if isinstance(value, torch.Tensor)}
        if tensors and isinstance(module := given.get("self"), torch.nn.Module):
            tensors |= dict(module.named_parameters(recurse=False))
        where = getattr(code, "co_qualname", code.co_name)
        found = [(f"{where}'s {name}", value) for name, value in tensors.items()] or found
    return found


def _text_at(code: CodeType, instruction: int, line: int) -> str:
    """The expression that an instruction is of; the whole line, where Python does not tell."""
    first, last, start, end = list(code.co_positions())[instruction // 2]
    if first is None or last is None or start is None or end is None:
        return linecache.getline(code.co_filename, line)
    lines = [linecache.getline(code.co_filename, n).encode() for n in range(first, last + 1)]
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][start:]
    return b"".join(lines).decode("utf-8", "replace")


def _operands(tree: ast.AST, frame: FrameType) -> Iterator[tuple[str, Any]]:
    """Yield the tensors of an expression by name, and of a module that is called its own parameters."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute):
            value = _value(node, frame)
            yield from _tensors_of(ast.unparse(node), value)
            if isinstance(value, torch.nn.Module):
                for name, parameter in value.named_parameters(recurse=False):
                    yield f"{ast.unparse(node)}.{name}", parameter


def _tensors_of(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield a tensor, or those of a list or a dict, by what the program would write for each."""
    if isinstance(value, torch.Tensor):
        yield name, value
    elif type(value) in (list, tuple, dict):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in itertools.islice(items, MOST):
            if isinstance(item, torch.Tensor):
                yield f"{name}[{key!r}]", item


def _value(node: ast.AST, frame: FrameType) -> Any:
    """What a name, or an attribute of one, holds; no other code of the program's runs for that."""
    if isinstance(node, ast.Name):
        return frame.f_locals.get(node.id, frame.f_globals.get(node.id))
    if isinstance(node, ast.Attribute):
        owner = _value(node.value, frame)
        if isinstance(owner, torch.nn.Module):
            for held in (owner._parameters, owner._buffers, owner._modules, vars(owner)):
                if node.attr in held:
                    return held[node.attr]
        return getattr(owner, "__dict__", {}).get(node.attr)
    return None


def _shape(tensor: Any) -> str:
    shape = "x".join(map(str, shape_of(tensor))) or "scalar"
    return shape if tensor.dtype == torch.float32 else f"{shape} {dtype_name(tensor.dtype)}"
