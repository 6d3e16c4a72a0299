#!/usr/bin/env python3
"""Records what a browser does with scenarios.

    record.py BROWSER IN OUT [--jobs N]

BROWSER is chromium, firefox or webkit. IN has one scenario a line, without `outcome`; OUT gets the same
lines with the browser's outcome, in the order in which they were played. Runs as root on Linux: each job
has network and mounts of its own, where every name of the scenarios is 127.0.0.1 and nothing else is reached.
"""

import argparse
import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from chromium import Chromium
from firefox import Firefox
from server import Play, Server
from webkit import WebKit

BROWSERS = {"chromium": Chromium, "firefox": Firefox, "webkit": WebKit}
WORD = re.compile(r"[A-Za-z0-9_.-]+")
OWN_DOMAINS = (".test", ".example", ".localhost", ".local")
ADDRESSES = {
    "www.public.example": "203.0.113.10", "cdn.public.example": "203.0.113.11",
    "intra.corp.test": "192.168.77.5", "nas.corp.test": "192.168.77.5", "nas.local": "192.168.77.5",
    "printer.local": "192.168.77.5",
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("browser", choices=BROWSERS)
    parser.add_argument("scenarios", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside:
        return record(arguments.browser, arguments.scenarios, arguments.out)
    lines = arguments.scenarios.read_text().splitlines()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "hosts").write_text(hosts("\n".join(lines)))
        jobs = []
        for job in range(arguments.jobs):
            part, out = folder / f"{job}.jsonl", folder / f"{job}.out"
            part.write_text("".join(line + "\n" for line in lines[job :: arguments.jobs]))
            jobs.append((out, apart(arguments.browser, part, out, folder / "hosts")))
        try:
            failed = [process.wait() for _, process in jobs]
        finally:
            for _, process in jobs:
                process.kill()
        with arguments.out.open("w") as whole:
            for out, _ in jobs:
                if out.exists():
                    whole.write(out.read_text())
    return max(failed)


def hosts(text):
    """A hosts file in which every name of the scenarios is there."""
    words = {word.lower().strip(".") for word in WORD.findall(text)}
    names = sorted(word for word in words if word.endswith(OWN_DOMAINS))
    lines = ["127.0.0.1 localhost localhost.", "::1 localhost localhost."]
    lines += [f"{ADDRESSES.get(name, '127.0.0.1')} {name} {name}." for name in names]
    return "\n".join(lines) + "\n"


def apart(browser, part, out, names):
    """Starts a recorder with a network and mounts of its own."""
    addresses = " && ".join(f"ip address add {address}/32 dev lo" for address in sorted(set(ADDRESSES.values())))
    # Without a way out a browser says that it is offline; this one leads nowhere.
    away = ("ip link add away type veth peer name nowhere && ip link set nowhere up && ip address add 198.18.0.1/24 dev away && ip link set away up"
            " && ip route add default via 198.18.0.2")
    shell = f'ip link set lo up && {addresses} && {away} && mount --bind "$1" /etc/hosts && shift && exec "$@"'
    return subprocess.Popen(["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
                             "sh", "-c", shell, "sh", names, sys.executable, __file__, browser, part, out, "--inside"])


def record(name, scenarios, out):
    folder = Path(tempfile.mkdtemp())
    try:
        server = Server(folder)
        browser = BROWSERS[name](folder)
        with out.open("w") as lines:
            for number, line in enumerate(scenarios.read_text().splitlines()):
                scenario = json.loads(line)
                try:
                    outcome = play(server, browser, scenario)
                except (RuntimeError, OSError) as error:
                    print(f"{scenario['id']}: {error}", file=sys.stderr)
                    browser.stop()
                    shutil.rmtree(folder / "profile", ignore_errors=True)
                    browser = BROWSERS[name](folder)
                    continue
                lines.write(json.dumps({**scenario, "outcome": {name: outcome}}, ensure_ascii=False) + "\n")
                lines.flush()
                if number % 100 == 99:
                    print(f"{name}: {number + 1}", file=sys.stderr)
        browser.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def play(server, browser, scenario):
    server.play = Play(scenario)
    waits = sum(request.get("waitMs", 0) for request in scenario["requests"]) / 1000
    limit = 6 + waits + 12.5 * len(scenario["requests"])
    told, console = browser.play(server.play, limit)
    played, server.play = server.play, None
    return {"results": [result for part in told for result in part], "console": console, "wire": played.wire}


if __name__ == "__main__":
    # So that a recorder that is ended ends its jobs.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(main())
