"""The durations and rates of the scheduler, each with the reason for its value.

Figures are those of two shared cores, where one interpreter draws, reads and computes: what does one of
these keeps the others waiting (tests/benchmarks/results/live.md).
"""

# Keys
KEY_ANSWER = 0.03
"""Seconds that live work waits behind a key: its answer alone is drawn, 95% of answers are by then."""
KEY_TURN = 0.001
"""Seconds between two pieces of live work: long enough for a key to be noticed."""
KEY_DRAWN = 0.002
"""Seconds from a key's end to the next one typed ahead: what it changed is drawn first."""
KEY_PATIENCE = 0.3
"""Seconds that a key waits before Esc or Ctrl+C abandons it: in a packet, Esc is but one of the keys."""
KEY_LOST = 5.0
"""Seconds after which a key that was never done keeps those after it back no longer."""

# Live frames
FRAMES_NEAR, FRAMES_REMOTE = 10, 5
"""Frames a second at the desk and where the terminal may be far away: 14 and 6 KB/s at most."""
FRAMES_LEAST, FRAMES_MOST = 1, 60
"""Frames a second that can be asked for."""
FRAME_LOST = 3.0
"""Seconds after which the terminal's answer to a frame is no longer waited for."""
FRAME_GUESSED = 1.0
"""Seconds at most that a frame waits for an imagined link: a large picture would have taken 3."""
FRAME_PROMPT = 0.1
"""Seconds: a terminal that answers a live frame so soon is near, or on a good link."""
FRAME_BYTES = 1000
"""Bytes of a live frame on any other link: an eighth of a second at 64 kbit/s."""
FRAME_HERE = 0.25
"""Seconds that a live frame waits at most inside a multiplexer that is here: it answers for its terminal
and holds back what that cannot take, and the plot is to be a second behind at most."""
LINK_BYTES = 5000
"""Bytes a second that a poor link is sure to carry, with what a multiplexer adds."""

# Readings
READ_PIECES = 80
"""Pieces of what is new, 2 ms each, that are read for one live frame: a second of fast training."""
READ_ENDED = 80
"""Pieces of a run that has ended: nothing else is to be drawn, and keys come between any two of them."""
STATE_NEAR, STATE_REMOTE = 0.4, 1.2
"""Seconds from one look at the parameters to the next: a boundary is many cells to send."""

# Work in a thread beside the screen
REST = 0.3
"""Seconds without a key before the state at the cursor is computed: a held bracket comes every 0.03."""
TYPING = 1.0
"""Seconds after a key in which the next one is likely: a thread takes every third turn only."""
THREAD_TURN = 0.001
"""Seconds, about, that a piece of work in a thread takes, and that it waits for a key to be answered."""
COMPUTE_SHARE = 40
"""A run that trains is looked at no more often than this times what a look takes."""

# The garbage collector
COLLECT = 0.25
"""Seconds from one look at what is to be collected to the next."""
COLLECT_REST = 1.0
"""Seconds without a key before a full collection, which takes 40 to 60 ms."""
