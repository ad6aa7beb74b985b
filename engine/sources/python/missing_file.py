"""A file that a program wants and has not got, by itself or by a failed download: which, and where to."""

import linecache
import re
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

NETWORK = ("urllib", "http", "socket", "ssl", "requests", "httpx", "urllib3", "aiohttp")
AROUND = 6
"""Lines before and after the one that downloads, in which the file is named."""
_OPENED = re.compile(
    r"""(?:open|exists|isfile|isdir|Path|urlretrieve|read_text)\(\s*(?:[^'"()]*,\s*)?["']([^"'\n:]+\.\w{1,5})["']"""
)
_NAMED = re.compile(r"""["']([\w./-]+\.(?:txt|csv|json|tsv|npy|npz|gz|zip|bin|pkl))["']""")


def missing_file(error: BaseException) -> str:
    """Return the sentence that says which file to put where; "" where the error is about other things."""
    if isinstance(error, FileNotFoundError) and isinstance(error.filename, str):
        return f"there is no {error.filename}: put a file of that name into {_folder(error.filename)}"
    if not _of_network(error):
        return ""
    said = f"a download failed ({type(error).__name__}: {str(error)[:100]})"
    name = next(_names(error.__traceback__), "")
    return f"{said}: put {name} into {_folder(name)} by hand" if name else said


def _of_network(error: BaseException) -> bool:
    modules = (kind.__module__.partition(".")[0] for kind in type(error).__mro__)
    return isinstance(error, ConnectionError | TimeoutError) or any(name in NETWORK for name in modules)


def _folder(name: str) -> str:
    return str(Path(name).absolute().parent)


def _names(tb: TracebackType | None) -> Iterator[str]:
    """Yield what the download was to become: where it was to be written, or what is named nearby."""
    places = []
    while tb is not None:
        held = tb.tb_frame.f_locals.get("filename")
        if tb.tb_frame.f_code.co_name == "urlretrieve" and isinstance(held, str):
            yield held
        places.append((tb.tb_frame.f_code.co_filename, tb.tb_lineno))
        tb = tb.tb_next
    for pattern in (_OPENED, _NAMED):
        for file, line in places:
            lines = (linecache.getline(file, n) for n in range(max(1, line - AROUND), line + AROUND + 1))
            text = "".join(lines)
            if "site-packages" not in file and "/lib/python" not in file:
                yield from (found for found in pattern.findall(text) if "://" not in found)
