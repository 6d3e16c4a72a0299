"""Chromium, driven by the DevTools Protocol over a pipe.

A browser context of its own for each scenario would cost a window; scenarios that leave nothing behind but cookies
share one, as no two of them ask the same URL.
"""

import json
import os
import re
import subprocess
import threading
import time
from queue import Empty, Queue

PREFIX = "recorder:"
FLAGS = [
    "--headless=new", "--no-sandbox", "--remote-debugging-pipe", "--no-first-run", "--disable-gpu",
    "--disable-background-networking", "--disable-component-update", "--disable-default-apps",
    "--disable-sync", "--no-default-browser-check", "--ignore-certificate-errors", "--lang=en-US",
    "--autoplay-policy=no-user-gesture-required", "--disable-dev-shm-usage", "--no-proxy-server",
    "--disable-features=HttpsUpgrades,HttpsFirstBalancedMode,HttpsFirstBalancedModeAutoEnable,"
    "OptimizationHints,MediaRouter,Translate,PreloadTopChromeWebUI,InitialWebUI,WebUIReloadButton",
    "--disable-extensions", "--window-size=400,300",
]


# What answers can leave in a context beside cookies and what is kept by URL.
LEAVES = re.compile(r"strict-transport-security|www-authenticate|accept-ch|clear-site-data|alt-svc|://[^/\"]*@|"
                    r"no-vary-search|critical-ch|set-login|permission", re.IGNORECASE)


class Chromium:
    name = "chromium"

    def __init__(self, folder):
        # What is not stored for good blocks cookies of other sites, unless it is told not to.
        preferences = folder / "profile" / "Default" / "Preferences"
        preferences.parent.mkdir(parents=True)
        preferences.write_text(json.dumps({"profile": {"cookie_controls_mode": 0}}))
        mine_in, theirs_out = os.pipe()
        theirs_in, mine_out = os.pipe()
        command = ["bash", "-c", f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}', "sh", "/usr/lib/chromium/chromium", *FLAGS,
                   f"--user-data-dir={folder / 'profile'}", "about:blank"]
        self.process = subprocess.Popen(command, pass_fds=(theirs_in, theirs_out),
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(theirs_in)
        os.close(theirs_out)
        self.pipe = mine_out
        self.messages = Queue()
        self.number = 0
        self.context = None
        threading.Thread(target=self.read, args=(mine_in,), daemon=True).start()

    def read(self, pipe):
        with os.fdopen(pipe, "rb") as reader:
            rest = b""
            while chunk := reader.read1(1 << 16):
                *whole, rest = (rest + chunk).split(b"\0")
                for message in whole:
                    self.messages.put(json.loads(message))

    def send(self, method, session=None, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self.pipe, json.dumps(message).encode() + b"\0")
        return self.number

    def call(self, method, session=None, **params):
        """Sends and waits; events that come meanwhile are kept."""
        number = self.send(method, session, **params)
        kept = []
        while True:
            message = self.messages.get(timeout=20)
            if message.get("id") == number:
                break
            kept.append(message)
        for event in kept:
            self.messages.put(event)
        if "error" in message:
            raise RuntimeError(f"{method}: {message['error']['message']}")
        return message["result"]

    def shared(self):
        if self.context is None:
            self.context = self.call("Target.createBrowserContext")["browserContextId"]
            # A window of a context is open as long as one of its pages is.
            self.call("Target.createTarget", url="about:blank", browserContextId=self.context)
        return self.context

    def watch(self, session):
        # Issues are told of requests that are watched only.
        for domain in ("Runtime", "Log", "Audits", "Network"):
            self.send(f"{domain}.enable", session)
        self.send("Target.setAutoAttach", session, autoAttach=True, waitForDebuggerOnStart=True, flatten=True)
        self.send("Runtime.runIfWaitingForDebugger", session)

    def play(self, play, limit):
        alone = LEAVES.search(json.dumps(play.scenario))
        context = self.call("Target.createBrowserContext")["browserContextId"] if alone else self.shared()
        target = self.call("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.watch(session)
        self.call("Page.enable", session)
        self.send("Page.navigate", session, url=play.start())
        told, console = [], []
        end = time.monotonic() + limit
        while (left := end - time.monotonic()) > 0:
            try:
                message = self.messages.get(timeout=left)
            except Empty:
                break
            self.take(message, told, console)
            if len(told) == len(play.parts):
                # What the last request left is told shortly after.
                end = min(end, time.monotonic() + 0.12)
        if alone:
            self.call("Target.disposeBrowserContext", browserContextId=context)
        else:
            self.call("Target.closeTarget", targetId=target)
            self.call("Storage.clearCookies", browserContextId=context)
        while not self.messages.empty():
            self.messages.get()
        return told, console

    def take(self, message, told, console):
        params = message.get("params", {})
        match message.get("method"):
            case "Target.attachedToTarget":
                self.watch(params["sessionId"])
            case "Runtime.consoleAPICalled":
                value = params["args"][0].get("value", "") if params["args"] else ""
                if str(value).startswith(PREFIX):
                    said = json.loads(value[len(PREFIX):])
                    if "results" in said:
                        told.append(said["results"])
                    elif not told:
                        console.clear()
            case "Runtime.exceptionThrown":
                details = params["exceptionDetails"]
                first = details.get("exception", {}).get("description", "").split("\n")[0]
                text = f"{details['text']} {first}".strip()
                console.append({"level": "error", "source": "exception", "text": text})
            case "Log.entryAdded":
                entry = params["entry"]
                line = {"level": entry["level"], "source": entry["source"], "text": entry["text"]}
                if "url" in entry:
                    line["url"] = entry["url"]
                if not line.get("url", "").endswith("/favicon.ico"):
                    console.append(line)
            case "Audits.issueAdded":
                details = params["issue"]["details"].get("corsIssueDetails")
                if details:
                    status = details["corsErrorStatus"]
                    console.append({
                        "issue": status["corsError"], "parameter": status["failedParameter"],
                        "warning": details["isWarning"], "url": details["request"]["url"],
                    })

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
