"""Starting a process that outlives its starter: with a session of its own, no terminal can end it."""

import subprocess
import sys
from typing import Any


def detached() -> dict[str, Any]:
    """Return what `subprocess.Popen` must be given for that, on this system."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}
