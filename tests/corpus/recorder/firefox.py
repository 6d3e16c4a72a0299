"""Firefox, driven by Marionette from its own privileged side; each scenario in a container of its own."""

import json
import socket
import subprocess
import threading
import time
from queue import Empty, Queue

PREFIX = "recorder:"
PREFERENCES = {
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.chrome.site_icons": False,
    "browser.dom.window.dump.enabled": True,
    "browser.safebrowsing.downloads.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.search.update": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "dom.security.https_first": False,
    "dom.security.https_first_schemeless": False,
    "extensions.getAddons.cache.enabled": False,
    "extensions.systemAddon.update.enabled": False,
    "intl.accept_languages": "en-US, en",
    "media.autoplay.default": 0,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.trr.mode": 5,
    "services.settings.server": "data:,",
    "toolkit.telemetry.reportingpolicy.firstRun": False,
}

LISTEN = """
const overrides = Cc["@mozilla.org/security/certoverride;1"].getService(Ci.nsICertOverrideService);
overrides.setDisableAllSecurityChecksAndLetAttackersInterceptMyData(true);
window.recorderLines = [];
Services.console.registerListener({ observe(message) {
  if (!(message instanceof Ci.nsIScriptError)) return;
  const level = message.flags & 8 ? "info" : message.flags & 1 ? "warning" : "error";
  const { category, errorMessage, sourceName } = message;
  const own = /^(chrome|resource|moz-extension|file|jar):/;
  if (category.includes("chrome") || own.test(sourceName)) return;
  window.recorderLines.push([Date.now(), { level, source: category, text: errorMessage }]);
} });
// Nobody is there to type a name and a password.
Services.obs.addObserver((dialog) => dialog.document.querySelector("dialog").cancelDialog(), "common-dialog-loaded");
"""

VISIT = """
const [address, container] = arguments;
window.recorderLines.length = 0;
const options = { userContextId: container, triggeringPrincipal: Services.scriptSecurityManager.getSystemPrincipal() };
const tab = gBrowser.addTab(address, options);
gBrowser.selectedTab = tab;
for (const other of [...gBrowser.tabs]) if (other !== tab) gBrowser.removeTab(other);
"""

FORGET = """
gBrowser.selectedTab = gBrowser.addTab("about:blank", {
  triggeringPrincipal: Services.scriptSecurityManager.getSystemPrincipal() });
for (const other of [...gBrowser.tabs]) if (other !== gBrowser.selectedTab) gBrowser.removeTab(other);
Cc["@mozilla.org/ssservice;1"].getService(Ci.nsISiteSecurityService).clearAll();
const auth = Cc["@mozilla.org/network/http-auth-manager;1"].getService(Ci.nsIHttpAuthManager);
auth.clearAll();
return window.recorderLines.splice(0);
"""


class Firefox:
    name = "firefox"

    def __init__(self, folder):
        profile = folder / "profile"
        profile.mkdir()
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items()]
        (profile / "user.js").write_text("\n".join(lines))
        self.process = subprocess.Popen(
            ["firefox-esr", "--headless", "--marionette", "--remote-allow-system-access", "--no-remote",
             "--profile", profile],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.told = Queue()
        threading.Thread(target=self.read, daemon=True).start()
        self.connection = self.connect().makefile("rwb")
        self.number = 0
        self.container = 100
        self.receive()
        self.call("WebDriver:NewSession", capabilities={"alwaysMatch": {"acceptInsecureCerts": True}})
        self.call("Marionette:SetContext", value="chrome")
        self.script(LISTEN)

    def read(self):
        for line in self.process.stdout:
            _, found, told = line.decode(errors="replace").partition(PREFIX)
            if found:
                self.told.put(json.loads(told))

    @staticmethod
    def connect():
        for _ in range(300):
            try:
                return socket.create_connection(("127.0.0.1", 2828))
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("Firefox did not listen for Marionette within 30 seconds")

    def receive(self):
        size = b""
        while (byte := self.connection.read(1)) != b":":
            size += byte
        return json.loads(self.connection.read(int(size)))

    def call(self, command, **params):
        self.number += 1
        message = json.dumps([0, self.number, command, params]).encode()
        self.connection.write(b"%d:%s" % (len(message), message))
        self.connection.flush()
        _, _, error, result = self.receive()
        if error:
            raise RuntimeError(f"{command}: {error['message']}")
        return result

    def script(self, text, *arguments):
        return self.call("WebDriver:ExecuteScript", script=text, args=list(arguments))["value"]

    def play(self, play, limit):
        self.container += 1
        self.script(VISIT, play.start(), self.container)
        told, begins = [], []
        end = time.monotonic() + limit
        while len(told) < len(play.parts) and (left := end - time.monotonic()) > 0:
            try:
                said = self.told.get(timeout=left)
                if "results" in said:
                    told.append(said["results"])
                else:
                    begins.append(said["begin"])
            except Empty:
                break
        # Lines of other processes come shortly after.
        time.sleep(0.12)
        lines = self.script(FORGET)
        while not self.told.empty():
            self.told.get()
        return told, [line for at, line in lines if begins and at >= begins[0]]

    def stop(self):
        self.process.terminate()
        self.process.wait(20)
