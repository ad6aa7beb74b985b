"""The kernel imports the standard library and nothing else."""

import subprocess
import sys

import pytest

# What a fresh interpreter holds before (an editable install's finder, say) is not the kernel's doing.
CODE = """
import sys
before = set(sys.modules)
import {module}
tops = {{name.partition(".")[0] for name in set(sys.modules) - before}}
print(sorted(tops - set(sys.stdlib_module_names) - {{"micrograd_tui"}}))
print(sorted(m for m in sys.modules if m.startswith(("micrograd_tui.tui", "micrograd_tui.datasets"))))
"""

MODULES = [
    "", ".sources.expression", ".recording.json_file", ".recording.conditions", ".sources.examples", ".nn",
    ".learning.descent",
]  # fmt: skip


@pytest.mark.parametrize("module", MODULES)
def test_a_module_of_the_engine_loads_the_standard_library_alone(module: str) -> None:
    code = CODE.format(module=f"micrograd_tui.engine{module}")
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert shown.stdout.split("\n") == ["[]", "[]", ""]


def test_the_names_the_package_promises_are_there() -> None:
    import micrograd_tui.engine as engine

    assert all(hasattr(engine, name) for name in engine.__all__)
    assert sorted(engine.__all__) == engine.__all__
