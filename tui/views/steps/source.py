"""The source of a step: the program's lines that it ran, lit among those around them."""

from ....engine.recording.log import Recording, Step
from ....engine.recording.playback import Playback
from ...text.format import plain
from ...text.glyphs import Glyphs
from ...text.lines import Line
from .source_line import place_of, shown_source, source_lines

NUMBER = 5  # cells of a line's number
TAB = 4


def has_source(recording: Recording) -> bool:
    """Whether a recording knows any line of the program it is of."""
    return bool(recording.sources or recording.write_sources)


def step_sources(recording: Recording, step: Step | None) -> list[str]:
    """Return the places in the program that a step is of: of its writes, else where its node was made."""
    if step is None:
        node = recording.root
    else:
        written = [write.source for write in step.writes if write.source]
        if written:
            return list(dict.fromkeys(written))
        node = recording.root if step.node is None else step.node
    source = recording.sources.get(node, "")
    return [source] if source else []


def lit_lines(playback: Playback) -> tuple[str, list[int]]:
    """Return the file and the lines to light; those of other files are left out."""
    places = [place_of(source) for source in step_sources(playback.recording, playback.step)]
    file = places[0][0] if places else ""
    return file, sorted(line for other, line in places if other == file)


def source_title(playback: Playback) -> str:
    """Return what stands over the lines: their file."""
    sources = step_sources(playback.recording, playback.step)
    return f"source: {shown_source(sources[0])}" if sources else "source"


def code_lines(
    file: str, lit: list[int], first: int, width: int, height: int, glyphs: Glyphs
) -> list[Line]:
    """Return the lines of a file from `first` on, a line a line, those that ran marked and lit.

    What all of them are indented by is left out where a lit line would be cut otherwise.
    """
    text = [line.expandtabs(TAB).rstrip() for line in source_lines(file)]
    if not text:
        return [((_why_none(file), "dim"),)]
    shown = range(max(1, first), min(len(text), first + height - 1) + 1)
    room = width - NUMBER - 3
    longest = max((len(text[n - 1]) for n in lit if n in shown), default=0)
    indents = [len(text[n - 1]) - len(text[n - 1].lstrip()) for n in shown if text[n - 1]]
    out = min(indents, default=0) if longest > room else 0
    return [_line(n, text[n - 1][out:], n in lit, glyphs) for n in shown]


def _line(number: int, text: str, lit: bool, glyphs: Glyphs) -> Line:
    mark = glyphs.current if lit else " "
    return (
        (f"{mark} ", "changed"),
        (f"{number:>{NUMBER - 1}}  ", "changed" if lit else "dim"),
        (plain(text), "strong changed" if lit else ""),
    )


def _why_none(file: str) -> str:
    return f"{plain(file)} cannot be read" if file else "no line of the program is known here"
