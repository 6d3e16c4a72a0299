#!/usr/bin/env python3
"""Makes docs/screen.svg: runs corscope in a pseudo-terminal, sends the first lesson, draws what is seen.

    cargo build --release && pip install pyte && docs/picture.py

Nothing is staged: the picture is the program's own output, cell by cell.
"""

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from html import escape
from pathlib import Path

import pyte

COLUMNS, ROWS = 120, 36
CELL_WIDTH, CELL_HEIGHT, FONT_SIZE = 8.4, 18, 14
BACKGROUND, FOREGROUND = "#10121a", "#d0d4dc"
NAMED = {
    "black": "#1c1f26", "red": "#e06c75", "green": "#98c379", "brown": "#e5c07b", "blue": "#61afef",
    "magenta": "#c678dd", "cyan": "#56b6c2", "white": "#d0d4dc",
}
F5, SEND_DEADLINE = b"\x1b[15~", 10.0


def colour(name, default):
    if name == "default":
        return default
    return NAMED.get(name, f"#{name}")


def look(program, keys, awaited):
    """The screen once `awaited` has appeared after `keys` were typed."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", CORSCOPE_HISTORY="off")
        os.execv(program, [program])
    try:
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        read_until(terminal, stream, lambda: "F5" in "".join(screen.display))
        os.write(terminal, keys)
        read_until(terminal, stream, lambda: awaited in "\n".join(screen.display))
        return screen
    finally:
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)


def read_until(terminal, stream, seen):
    end = time.monotonic() + SEND_DEADLINE
    while not seen():
        left = end - time.monotonic()
        if left <= 0:
            sys.exit("the awaited text did not appear")
        if select.select([terminal], [], [], left)[0]:
            stream.feed(os.read(terminal, 65536))


def runs(row):
    """Neighbouring cells of one look, as (column, text, foreground, background, bold)."""
    current = None
    for column in range(COLUMNS):
        cell = row[column]
        fg, bg = colour(cell.fg, FOREGROUND), colour(cell.bg, BACKGROUND)
        if cell.reverse:
            fg, bg = bg, fg
        look_of_cell = (fg, bg, cell.bold)
        if current and current[2] == look_of_cell:
            current[1].append(cell.data)
        else:
            if current:
                yield current[0], "".join(current[1]), *current[2]
            current = (column, [cell.data], look_of_cell)
    yield current[0], "".join(current[1]), *current[2]


def draw(screen):
    width, height = COLUMNS * CELL_WIDTH, ROWS * CELL_HEIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" font-size="{FONT_SIZE}" '
        'font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,DejaVu Sans Mono,monospace">',
        f'<rect width="{width:g}" height="{height:g}" fill="{BACKGROUND}"/>',
    ]
    for line in range(ROWS):
        top = line * CELL_HEIGHT
        for column, text, fg, bg, bold in runs(screen.buffer[line]):
            left, length = column * CELL_WIDTH, len(text) * CELL_WIDTH
            if bg != BACKGROUND:
                parts.append(
                    f'<rect x="{left:g}" y="{top}" width="{length:g}" height="{CELL_HEIGHT}" fill="{bg}"/>'
                )
            if text.strip():
                weight = ' font-weight="bold"' if bold else ""
                parts.append(
                    f'<text x="{left:g}" y="{top + FONT_SIZE}" textLength="{length:g}" fill="{fg}"{weight} '
                    f'xml:space="preserve">{escape(text)}</text>'
                )
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    here = Path(__file__).resolve().parent
    program = str(here.parent / "target" / "release" / "corscope")
    (here / "screen.svg").write_text(draw(look(program, F5, "BLOCKED")))
