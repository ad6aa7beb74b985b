"""A class of the program's own, like micrograd's `Value`, as a kind of graph."""

import inspect
import sys
import sysconfig
from collections.abc import Iterable, Mapping
from typing import Any

from ...recording.log import Recording
from ..learner.discover import backward_methods, discover, looks_like_engine, plain_methods
from ..learner.engine import Engine, NotAnEngine
from ..learner.origins import Origins
from ..learner.record import BackwardFailed, record_learner
from .kinds import Call
from .refusal import Refusal, what_went_wrong

LIBRARY = sysconfig.get_path("stdlib")


class LearnerValue:
    """Classes that add, multiply and have a way back, whatever their parts are called."""

    def __init__(self) -> None:
        self._origins = Origins()
        self._engines: dict[type, Engine | Refusal] = {}

    def made_before(self) -> Iterable[type]:
        """There are none before the program makes them."""
        return ()

    def backward_names(self, cls: type) -> tuple[str, ...]:
        """Return the methods whose names have to do with the way back; any, of the program's own."""
        if looks_like_engine(cls):
            return tuple(backward_methods(cls))
        arithmetic = (vars(cls).get(name) for name in ("__add__", "__mul__"))
        own = all(map(inspect.isfunction, arithmetic)) and not _is_of_library(cls)
        return tuple(plain_methods(cls)) if own else ()

    def looks_like_one(self, cls: type) -> bool:
        """Whether the names of a class say that it is one."""
        return looks_like_engine(cls)

    def is_backward(self, cls: type, method: str) -> bool:
        """Whether trying the class has shown that; a class that cannot be read is refused later."""
        try:
            return self._engine(cls).backward == method
        except Refusal:
            return looks_like_engine(cls)

    def backward_of(self, cls: type) -> str:
        """Return the name of the method that trying the class has shown."""
        return self._engine(cls).backward

    def start(self, cls: type) -> None:
        """Note for every node of a class where it is made."""
        self._origins.watch(cls)

    def stop(self) -> None:
        """Leave the classes as they were."""
        self._origins.unwatch()

    def record(self, call: Call, names: Mapping[str, Any]) -> tuple[Recording, str]:
        """Record the program's own pass; one that ends by an error is shown as far as it came."""
        engine = self._engine(type(call.root))
        try:
            return record_learner(call.root, engine, call.go, self._origins, names), ""
        except NotAnEngine as error:
            raise Refusal(str(error)) from None
        except BackwardFailed as failed:
            refusal = what_went_wrong(failed.error)
            if not _went_back(failed.recording):
                raise refusal from None
            return failed.recording, f"{call.method}() ended here by an error, {refusal}"

    def _engine(self, cls: type) -> Engine:
        if cls not in self._engines:
            try:
                self._engines[cls] = discover(cls)
            except NotAnEngine as error:
                self._engines[cls] = Refusal(str(error))
        found = self._engines[cls]
        if isinstance(found, Refusal):
            raise found
        return found


def _is_of_library(cls: type) -> bool:
    """Whether a class is one of the standard library or of an installed package."""
    file = getattr(sys.modules.get(cls.__module__), "__file__", None) or ""
    return "site-packages" in file or file.startswith(LIBRARY)


def _went_back(log: Recording) -> bool:
    return any(phase.name == "backward" and phase.end > phase.start for phase in log.phases)
