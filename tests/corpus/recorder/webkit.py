"""WebKitGTK in its MiniBrowser; one start for each scenario, so that each has a browser of its own."""

import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from queue import Empty, Queue

PREFIX = "recorder:"
MINI_BROWSER = "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser"
LINE = re.compile(r"^(?:\S*:\d+(?::\d+)?: )?CONSOLE (?:([A-Z]+) )?(LOG|WARN|ERROR|DEBUG|INFO) (.*)$")
WARNING = re.compile(r"^\(.+:\d+\): .+-(WARNING|CRITICAL|Message)")  # GLib's, with an empty line before it.
LEVELS = {"LOG": "log", "WARN": "warning", "ERROR": "error", "DEBUG": "debug", "INFO": "info"}


class WebKit:
    name = "webkit"

    def __init__(self, folder):
        self.folder = folder
        shows, displays = os.pipe()
        self.screen = subprocess.Popen(
            ["Xvfb", "-displayfd", str(displays), "-screen", "0", "800x600x24", "-nolisten", "tcp"],
            pass_fds=(displays,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(displays)
        with os.fdopen(shows) as reader:
            self.display = ":" + reader.readline().strip()

    def play(self, play, limit):
        home = self.folder / "home"
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir()
        environment = {
            "PATH": os.environ["PATH"], "DISPLAY": self.display, "HOME": str(home), "LANG": "en_US.UTF-8",
            "XDG_RUNTIME_DIR": str(home), "WEBKIT_DISABLE_COMPOSITING_MODE": "1", "NO_AT_BRIDGE": "1",
            "GIO_USE_VFS": "local", "GSETTINGS_BACKEND": "memory",
        }
        process = subprocess.Popen(
            [MINI_BROWSER, "--ignore-tls-errors", "--enable-write-console-messages-to-stdout=true",
             "--autoplay-policy=allow", play.start()],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, start_new_session=True)
        lines = Queue()
        threading.Thread(target=read, args=(process.stdout, lines), daemon=True).start()
        told, console = [], []
        end = time.monotonic() + limit
        while (left := end - time.monotonic()) > 0:
            try:
                line = lines.get(timeout=left)
            except Empty:
                break
            if PREFIX in line:
                said = json.loads(line.partition(PREFIX)[2])
                if "results" in said:
                    told.append(said["results"])
                elif not told:
                    console.clear()
                if len(told) == len(play.parts):
                    end = min(end, time.monotonic() + 0.12)
            elif found := LINE.match(line):
                source, level, text = found.groups()
                console.append({"level": LEVELS[level], "source": source or "", "text": text})
            elif not line and console:
                console[-1]["text"] += "\n"  # Some texts end with one.
            elif WARNING.match(line) and console:
                console[-1]["text"] = console[-1]["text"].removesuffix("\n")
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        return told, console

    def stop(self):
        self.screen.terminate()
        self.screen.wait(10)


def read(stream, lines):
    try:
        for line in stream:
            lines.put(line.decode(errors="replace").rstrip("\n"))
    except ValueError:
        pass  # Closed when the scenario was over.
