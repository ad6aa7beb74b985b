"""Stand-ins for libraries that only draw, where they are not installed: a graph needs no picture.

Whatever is asked of one gives another: `plt.figure().add_subplot(111).plot(xs)` runs and does nothing.
"""

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Iterator, MutableSequence, Sequence
from types import ModuleType, TracebackType
from typing import Any

DRAWING = ("matplotlib", "graphviz", "seaborn", "plotly", "pydot", "IPython", "tqdm", "mpl_toolkits")


class Nothing(ModuleType):
    """Can be called, asked and iterated over; a call with a list to go through gives the list back."""

    __path__: MutableSequence[str] = []  # noqa: RUF012

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Nothing(name)

    def __call__(self, *args: Any, **options: Any) -> Any:
        goes_through = self.__name__.rpartition(".")[2] in ("tqdm", "trange")
        if goes_through and args:
            return range(args[0]) if isinstance(args[0], int) else args[0]
        return Nothing("call")

    def __iter__(self) -> Iterator[Any]:
        return iter((Nothing("figure"), Nothing("axes")))

    def __getitem__(self, key: Any) -> Any:
        return Nothing("item")

    def __setitem__(self, key: Any, value: Any) -> None: ...

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: object) -> None: ...


class StandIns(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """The last finder of modules, while a program runs."""

    def __enter__(self) -> None:
        sys.meta_path.append(self)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        sys.meta_path.remove(self)

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Find what draws and could not be found."""
        if name.partition(".")[0] not in DRAWING:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        """Make one that does nothing."""
        return Nothing(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing to be run."""
