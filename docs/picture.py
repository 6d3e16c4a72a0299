#!/usr/bin/env python3
"""Makes the pictures of the README: runs corscope in a pseudo-terminal, plays the first lesson, draws what is seen.

    cargo build --release && pip install pyte && docs/picture.py [PROGRAM]

docs/screen.svg is the lesson blocked; docs/tour-*.svg show the fix, the fix applied as a what-if, and the
repaired server; docs/engines-*.svg are lessons on which browsers part. Nothing is staged: a picture is the
program's own output, cell by cell.
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
SEND_DEADLINE = 10.0
QUIET = 0.3
F2, F3, F5, ENTER = b"\x1bOQ", b"\x1bOR", b"\x1b[15~", b"\r"
DOWN, RIGHT, DETAIL = b"\x1b[B", b"\x1b[C", b"\x1b3"


def engines(lesson, ended, told, name):
    """A lesson, counted from 1, sent, and what each engine says of it."""
    return [
        (F2 + DOWN * (lesson - 1) + ENTER + F5, ended, None),
        (DETAIL + RIGHT * 3, told, name),
    ]


# Runs of the program: what is typed, what then is awaited, and the picture's name.
RUNS = [
    [
        (F5, "BLOCKED", "screen"),
        (RIGHT + DETAIL, "applies it as a what-if", "tour-2-fix"),
        (b"f", "ALLOWED", "tour-3-what-if"),
        (F3 + F5, "The page can read the answer", "tour-4-allowed"),
    ],
    engines(2, "BLOCKED", "WebKit checks the status", "engines-preflight-405"),
    engines(13, "ALLOWED", "wants Authorization listed", "engines-authorization"),
    engines(14, "DEPENDS", "has no Local Network Access", "engines-local-network"),
]


def colour(name, default):
    if name == "default":
        return default
    return NAMED.get(name, f"#{name}")


def looks(program, steps):
    """The name and the screen of each step that has a name, once what it awaits has appeared."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", CORSCOPE_HISTORY="false")
        os.execv(program, [program])
    try:
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        read_until(terminal, stream, lambda: "F5" in "".join(screen.display))
        for keys, awaited, name in steps:
            os.write(terminal, keys)
            read_until(terminal, stream, lambda: awaited in "\n".join(screen.display))
            if name:
                yield name, screen
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
    # A picture may come in parts.
    while select.select([terminal], [], [], QUIET)[0]:
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
    built = here.parent / "target" / "release" / "corscope"
    program = os.path.abspath(sys.argv[1]) if sys.argv[1:] else str(built)
    for name, screen in (look for steps in RUNS for look in looks(program, steps)):
        (here / f"{name}.svg").write_text(draw(screen))
