"""The scripted server: answers as the scenario says, byte for byte, and keeps what it was asked."""

import base64
import hashlib
import json
import re
import socket
import ssl
import subprocess
import threading
from pathlib import Path

HTTP_PORTS = (80, 8080, 8081)
HTTPS_PORTS = (443, 8443)
RUNNER = Path(__file__).with_name("runner.js").read_text()
BOUNDARY = re.compile(rb"(----(?:WebKitFormBoundary|geckoformboundary))[0-9A-Za-z]+")
# How TLS begins, which the ports for http do not speak.
TLS_HANDSHAKE = b"\x16"
UNSCRIPTED = {
    "status": 404,
    "reason": "Not Found",
    "headers": [["Content-Type", "text/plain"]],
    "body": "unscripted",
}


class Play:
    """One scenario while a browser plays it: where the browser goes, what the server was asked."""

    def __init__(self, scenario):
        self.scenario = scenario
        self.used = [0] * len(scenario["server"])
        self.wire = []
        self.lock = threading.Lock()
        page = scenario["page"]
        self.page = page if isinstance(page, dict) else {"origin": page}
        # Consecutive requests of one page are made by one visit to it.
        self.parts = []
        for request in scenario["requests"]:
            origin = request.get("page", self.page["origin"])
            if not self.parts or self.parts[-1][0] != origin:
                self.parts.append((origin, []))
            self.parts[-1][1].append(request)
        self.cookies = scenario.get("cookies", [])
        self.visits = [cookie["origin"] + "/__cookie" for cookie in self.cookies]
        self.visits += [origin + self.opened() for origin, _ in self.parts]
        self.visited = 0

    def opened(self):
        """The path of what a visit opens: the page, or what has it in a sandboxed frame."""
        return "/__framing" if self.page.get("sandbox") else "/__page"

    def start(self):
        """The address to open first."""
        return self.visits[0]

    def reply(self, scheme, host, path, method):
        """What the scenario answers; each reply is used in turn, the last one again and again."""
        for number, rule in enumerate(self.scenario["server"]):
            fits = rule.get("scheme", "http") == scheme and rule["host"] == host and rule["path"] == path
            if fits and rule["method"] in ("*", method):
                turn = min(self.used[number], len(rule["replies"]) - 1)
                self.used[number] += 1
                return rule["replies"][turn]
        return UNSCRIPTED

    def next_visit(self):
        """The address of the visit after the one that is answered now, or None."""
        return self.visits[self.visited] if self.visited < len(self.visits) else None

    def own_page(self, path):
        """The answer to a path of the recorder's own: its headers and its HTML."""
        if path in ("/__page", "/__frame"):
            # A frame's page belongs to the visit of what frames it.
            if path == "/__page":
                self.visited += 1
            part = self.visited - len(self.cookies) - 1
            steps = self.parts[part][1]
            settle = self.scenario.get("settleMs") or 60
            script = f"const steps = {in_script(steps)}, settleMs = {settle}, next = {in_script(self.next_visit())};"
            return self.page_headers(), f"<script>{script}\n{RUNNER}</script>"
        self.visited += 1
        if path == "/__framing":
            return [], '<iframe sandbox="allow-scripts" src="/__frame"></iframe>'
        line = self.cookies[self.visited - 1]["set"]
        go_on = f"<script>location.replace({in_script(self.next_visit())})</script>"
        return [["Set-Cookie", line]], go_on

    def page_headers(self):
        names = {
            "csp": "Content-Security-Policy",
            "cspReportOnly": "Content-Security-Policy-Report-Only",
            "coep": "Cross-Origin-Embedder-Policy",
            "referrerPolicy": "Referrer-Policy",
        }
        headers = []
        for member, name in names.items():
            values = self.page.get(member, [])
            headers += [[name, value] for value in ([values] if isinstance(values, str) else values)]
        return headers


def in_script(value):
    """A value as a JavaScript literal that cannot end the script element."""
    return json.dumps(value).replace("<", "\\u003c")


class Server:
    """Listens on the ports of the corpus; answers for one `Play` at a time."""

    def __init__(self, folder):
        self.play = None
        context = self.tls(folder)
        for port in HTTP_PORTS + HTTPS_PORTS:
            for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
                listener = socket.socket(family, socket.SOCK_STREAM)
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                listener.bind((address, port))
                listener.listen(64)
                own = context if port in HTTPS_PORTS else None
                threading.Thread(target=self.accept, args=(listener, own), daemon=True).start()

    @staticmethod
    def tls(folder):
        key, certificate = folder / "key.pem", folder / "certificate.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=recorder",
             "-addext", "subjectAltName=DNS:*.test,DNS:*.shop.test,DNS:*.other.test,DNS:localhost",
             "-keyout", key, "-out", certificate],
            check=True, capture_output=True,
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        return context

    def accept(self, listener, context):
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=self.serve, args=(connection, context), daemon=True).start()

    def serve(self, connection, context):
        try:
            connection.settimeout(30)
            if context:
                connection = context.wrap_socket(connection, server_side=True)
            self.exchange(connection, "https" if context else "http")
        except (OSError, ValueError):
            pass  # The browser went away, or spoke something else than HTTP.
        finally:
            connection.close()

    def exchange(self, connection, scheme):
        reader = connection.makefile("rb")
        if reader.peek(1)[:1] == TLS_HANDSHAKE:
            return
        method, path, _ = reader.readline().decode("latin-1").split(" ", 2)
        headers = []
        while (line := reader.readline()) not in (b"\r\n", b"\n", b""):
            name, _, value = line.decode("latin-1").rstrip("\r\n").partition(":")
            headers.append([name, value.strip(" \t")])
        body = self.body(reader, headers)
        given = {name.lower(): value for name, value in headers}
        play = self.play
        if play is None or path == "/favicon.ico":
            answer(connection, method, UNSCRIPTED, given)
            return
        if path in ("/__page", "/__frame", "/__framing", "/__cookie"):
            own, html = play.own_page(path)
            own = [["Content-Type", "text/html; charset=utf-8"], ["Cache-Control", "no-store"], *own]
            html = {"status": 200, "reason": "OK", "headers": own, "body": "<!doctype html>" + html}
            answer(connection, method, html, given)
            return
        host = given.get("host", "")
        asked = {"method": method, "host": host, "path": path, "headers": [
            [name, BOUNDARY.sub(rb"\1", value.encode("latin-1")).decode("latin-1")] for name, value in headers
        ]}
        if body:
            asked["body"] = text(BOUNDARY.sub(rb"\1", body))
        if scheme == "https":
            asked["scheme"] = scheme
        with play.lock:
            play.wire.append(asked)
            reply = play.reply(scheme, host, path, method)
        answer(connection, method, reply, given)

    @staticmethod
    def body(reader, headers):
        given = {name.lower(): value for name, value in headers}
        if given.get("transfer-encoding", "").lower() != "chunked":
            return reader.read(int(given.get("content-length") or 0))
        body = b""
        while size := int(reader.readline().split(b";")[0], 16):
            body += reader.read(size)
            reader.readline()
        reader.readline()
        return body


def text(body):
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body.decode("latin-1")


def answer(connection, method, reply, asked):
    """Sends a reply as it is scripted, and ends the connection."""
    if reply.get("close"):
        return
    if "raw" in reply:
        connection.sendall(reply["raw"].encode("latin-1"))
        end(connection)
        return
    body = base64.b64decode(reply["bodyBase64"]) if "bodyBase64" in reply else reply.get("body", "").encode()
    status = reply["status"]
    lines = [f"HTTP/1.1 {status} {reply.get('reason', '')}"]
    lines += [f"{name}: {value}" for name, value in reply["headers"]]
    switches = status == 101 and "sec-websocket-key" in asked
    if switches:
        key = asked["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        lines.append(f"Sec-WebSocket-Accept: {accept}")
    elif status not in (204, 304):
        lines.append(f"Content-Length: {len(body)}")
    if not switches:
        lines.append("Connection: close")
    head = "\r\n".join(lines) + "\r\n\r\n"
    with_body = method != "HEAD" and status not in (204, 304)
    connection.sendall(head.encode("latin-1") + (body if with_body else b""))
    if switches:
        # Stays open until the browser closes it.
        while connection.recv(4096):
            pass
        return
    end(connection)


def end(connection):
    try:
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(1)
        while connection.recv(4096):
            pass
    except OSError:
        pass
