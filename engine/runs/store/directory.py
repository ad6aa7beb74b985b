"""The directory of runs: list it, find a run by name, make one with a free name, delete one."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TypeVar

from .lock import Lock, held
from .looks import KEPT, kept_folder
from .names import exists, free_name, path_of, quoted
from .schema import BadRun, check_ours, no_directory, plainly
from .store import Store

Made = TypeVar("Made")


@dataclass(frozen=True)
class Found:
    """A file in the directory of runs: its store, or why it is none."""

    path: Path
    store: Store | None
    refusal: str = ""


def runs_directory(given: str | Path | None = None) -> Path:
    """Return `given`, or what MICROGRAD_TUI_RUNS says, or the user's state directory."""
    if named := given or os.environ.get("MICROGRAD_TUI_RUNS"):
        return Path(named).expanduser().absolute()
    from platformdirs import user_state_path

    return user_state_path("micrograd-tui", appauthor=False) / "runs"


def runs(directory: Path) -> list[Found]:
    """Return what is in the directory, the newest run first, what cannot be read last."""
    found = [_opened(path) for path in _files(directory)]
    return sorted(found, key=lambda one: one.store.facts["created"] if one.store else -1, reverse=True)


def _files(directory: Path) -> Iterator[Path]:
    try:
        yield from sorted(path for path in directory.iterdir() if path.suffix == ".sqlite")
    except FileNotFoundError:
        return  # no run has been made there yet
    except NotADirectoryError:
        raise no_directory(directory) from None
    except OSError as error:
        raise BadRun(f"{directory}: {error.strerror or error}") from None


def _opened(path: Path) -> Found:
    try:
        return Found(path, Store.open(path))
    except BadRun as error:
        return Found(path, None, str(error))


def find_run(directory: Path, name: str | None = None) -> Store:
    """Return the run of this name, or the newest; raise BadRun where there is none."""
    if name is not None:
        path = path_of(directory, name)
        if not exists(path):
            raise BadRun(f"there is no run called {name}{_similar(directory, name)}")
        return Store.open(path)
    for found in runs(directory):
        if found.store:
            return found.store
    raise BadRun("there are no runs yet; `micrograd-tui train moons` starts one")


def _similar(directory: Path, name: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, [path.stem for path in _files(directory)], 1, 0.6)
    return f"; did you mean {close[0]}?" if close else f" in {directory}"


def create_named(directory: Path, name: str, make: Callable[[Path, str], Made]) -> Made:
    """Make a run by `make(path, name)`; raise BadRun if the name is taken."""
    path = path_of(directory, name)
    if exists(path):
        command = f"`micrograd-tui resume {quoted(name)}`"
        raise BadRun(f"there is a run called {name} already; {command} goes on with it")
    return make(path, name)


def create_unique(
    directory: Path, basis: str, make: Callable[[Path, str], Made], number: bool = True
) -> Made:
    """Make a run by `make(path, name)` under a free name: `basis-1` and on, or else `basis` first."""
    while True:
        name = free_name(directory, basis, number)
        try:
            return make(path_of(directory, name), name)
        except BadRun as error:
            if not isinstance(error.__cause__, FileExistsError) or not directory.is_dir():
                raise
            # Another process took the name in between.


def named_runs(directory: Path, names: Sequence[str]) -> list[Path]:
    """Return the files of runs by names, or patterns such as `moons-*`; raise BadRun for none."""
    found: dict[Path, None] = {}
    for name in names:
        if set(name) & set("*?["):
            matched = [path for path in _files(directory) if fnmatchcase(path.stem, name)]
            if not matched:
                raise BadRun(f"no run matches {name}")
        else:
            matched = [path_of(directory, name)]
            if not exists(matched[0]):
                raise BadRun(f"there is no run called {name}{_similar(directory, name)}")
        found |= dict.fromkeys(matched)
    return list(found)


def rename(store_path: Path, name: str) -> Path:
    """Give a run another name; raise BadRun while it is held, and where the name is taken."""
    path = path_of(store_path.parent, name)
    check_ours(store_path)
    if exists(path) and not (path != store_path and path.samefile(store_path)):
        raise BadRun(f"there is a run called {name} already")
    lock = Lock(store_path)
    with plainly(store_path):
        if held(store_path) or not lock.acquire():
            raise BadRun(f"{store_path.stem} is running; stop it first")
        try:
            for suffix in (*_SUFFIXES, KEPT):
                if (old := store_path.with_suffix(suffix)).exists():
                    old.rename(path.with_suffix(suffix))
        finally:
            lock.release()
    return path


_SUFFIXES = (".sqlite", ".sqlite-wal", ".sqlite-shm", ".sqlite-journal", ".log", ".lock")


def delete(store_path: Path) -> None:
    """Remove a run, or what is left of one; raise BadRun while its trainer lives, and for other files."""
    check_ours(store_path)
    if held(store_path):
        raise BadRun(f"{store_path.stem} is being trained; stop it first")
    lock = Lock(store_path)
    try:
        if not lock.acquire():
            raise BadRun(f"{store_path.stem} is being trained; stop it first")
        for suffix in _SUFFIXES:
            store_path.with_suffix(suffix).unlink(missing_ok=True)
        _delete_kept(kept_folder(store_path))
    except OSError as error:
        raise BadRun(f"{store_path}: {error.strerror or error}") from None
    finally:
        lock.release()


def _delete_kept(folder: Path) -> None:
    """Remove a run's recordings, and their folder if nothing else is in it."""
    if folder.is_dir() and not folder.is_symlink():
        for file in folder.glob("*.json"):
            file.unlink()
        if not any(folder.iterdir()):
            folder.rmdir()
