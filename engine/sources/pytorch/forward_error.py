"""An error while a forward pass ran: the line, the shapes of its operands, the graph up to there."""

import ast
import linecache
from collections.abc import Iterator, Mapping
from types import CodeType, FrameType
from typing import Any

import torch

from ...recording.tensor import TensorRecording
from .described import Described
from .forward import ForwardNotes
from .graph import Graph, edge_of
from .lines import is_theirs
from .modules import Modules
from .refused import Refused
from .summary import dtype_name, shape_of

MOST = 8


def frames_of_error(error: BaseException) -> list[tuple[FrameType, int, int]]:
    """Return the frames of a traceback, outermost first, with the instruction and line each was at."""
    found, tb = [], error.__traceback__
    while tb is not None:
        found.append((tb.tb_frame, tb.tb_lasti, tb.tb_lineno))
        tb = tb.tb_next
    return found


def scopes_of(error: BaseException) -> list[tuple[dict[str, Any], CodeType]]:
    """Return the names and the code of the functions that ran, the innermost first."""
    return [(frame.f_locals, frame.f_code) for frame, _, _ in reversed(frames_of_error(error))]


def operands(error: BaseException) -> str:
    """Return the failing expression and the shapes of what stands in it; "" where no tensor does."""
    theirs = [each for each in frames_of_error(error) if is_theirs(each[0].f_code.co_filename)]
    if not theirs:
        return ""
    frame, instruction, line = theirs[-1]
    text = _text_at(frame.f_code, instruction, line)
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except SyntaxError:
        return ""
    shapes = list(dict.fromkeys(_shapes(tree, frame)))[:MOST]
    return f"{ast.unparse(tree)}, where {', '.join(shapes)}" if shapes else ""


def graph_up_to(
    error: BaseException, held: Mapping[str, Any], notes: ForwardNotes | None
) -> TensorRecording | None:
    """Return the nodes that had been made, without a pass; None where there are none."""
    frames = (frame for frame, _, _ in frames_of_error(error))
    tensors = [value for frame in frames for value in list(frame.f_locals.values()) if _has_graph(value)]
    if not tensors:
        return None
    try:
        graph = Graph(list(dict.fromkeys(map(edge_of, tensors))))
        nodes = Described(graph, Modules(held), notes).nodes()
    except Refused:
        return None
    used = {parent for node in nodes for parent in node.parents}
    roots = tuple(node.id for node in nodes if node.id not in used)
    return TensorRecording(str(torch.__version__), "dry", roots, nodes, (), ())


def _has_graph(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and value.grad_fn is not None


def _text_at(code: CodeType, instruction: int, line: int) -> str:
    """The expression that an instruction is of; the whole line, where Python does not tell."""
    first, last, start, end = list(code.co_positions())[instruction // 2]
    if first is None or last is None or start is None or end is None:
        return linecache.getline(code.co_filename, line)
    lines = [linecache.getline(code.co_filename, n).encode() for n in range(first, last + 1)]
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][start:]
    return b"".join(lines).decode("utf-8", "replace")


def _shapes(tree: ast.AST, frame: FrameType) -> Iterator[str]:
    """Yield `x is 5x8`, and of a module that is called the shapes of its own parameters."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute):
            value = _value(node, frame)
            if isinstance(value, torch.Tensor):
                yield f"{ast.unparse(node)} is {_shape(value)}"
            elif isinstance(value, torch.nn.Module):
                for name, parameter in value.named_parameters(recurse=False):
                    yield f"{ast.unparse(node)}.{name} is {_shape(parameter)}"


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
