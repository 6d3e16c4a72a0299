// Makes the requests of one page, one after another, and tells when it begins and the results. It is put into the page
// as it stands; `steps`, `settleMs` and `next` (the address to go on to, or null) come before it.
(async () => {
  const LIMIT = 12000;
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  const tell = (what) => {
    const line = "recorder:" + JSON.stringify(what);
    // Firefox keeps what script prints apart from what the browser itself has to say.
    if (navigator.userAgent.includes("Firefox")) window.dump(line + "\n");
    else console.log(line);
  };
  const thrown = (error) => ({ ok: false, error: error.name, message: error.message });

  let errorSeen = null;
  window.onerror = (message) => {
    errorSeen = String(message);
  };

  const body = (given) => {
    switch (given?.kind) {
      case undefined: return undefined;
      case "urlencoded": return new URLSearchParams(given.value);
      case "blob": return new Blob([given.value], given.type === undefined ? {} : { type: given.type });
      case "arraybuffer": return new TextEncoder().encode(given.value).buffer;
      case "formdata": {
        const form = new FormData();
        for (const [name, value] of given.value) form.append(name, value);
        return form;
      }
      case "stream":
        return new ReadableStream({
          start(controller) {
            controller.enqueue(new TextEncoder().encode(given.value));
            controller.close();
          },
        });
      default: return given.value;
    }
  };

  const INIT = ["method", "mode", "credentials", "redirect", "cache", "referrerPolicy", "keepalive",
    "integrity", "duplex", "headers", "targetAddressSpace"];

  const byFetch = async (request) => {
    const init = {};
    for (const member of INIT) if (request[member] !== undefined) init[member] = request[member];
    if (request.body) init.body = body(request.body);
    const response = await fetch(request.url, init);
    const { type, status, statusText, redirected, url } = response;
    const text = await response.text();
    return { ok: true, type, status, statusText, redirected, url, headers: [...response.headers], body: text };
  };

  const byXhr = (request) => new Promise((done) => {
    const xhr = new XMLHttpRequest();
    const options = request.xhr ?? {};
    xhr.onload = () => {
      const lines = xhr.getAllResponseHeaders().split("\r\n").filter((line) => line !== "");
      const headers = lines.map((line) => {
        const colon = line.indexOf(": ");
        return [line.slice(0, colon), line.slice(colon + 2)];
      });
      const { status, statusText, responseURL } = xhr;
      done({ ok: true, status, statusText, url: responseURL, headers, body: xhr.responseText });
    };
    for (const event of ["error", "abort", "timeout"])
      xhr["on" + event] = () => done({ ok: false, error: event, status: xhr.status });
    xhr.open(request.method ?? "GET", request.url);
    if (options.withCredentials !== undefined) xhr.withCredentials = options.withCredentials;
    for (const [name, value] of request.headers ?? []) xhr.setRequestHeader(name, value);
    if (options.uploadListener) xhr.upload.onprogress = () => {};
    xhr.send(body(request.body));
  });

  const element = (name, address, request, events, look) => new Promise((done) => {
    const node = document.createElement(name);
    for (const attribute of ["crossorigin", "integrity", "referrerpolicy"])
      if (request[attribute] !== undefined) node.setAttribute(attribute, request[attribute]);
    if (name !== "link" && request.type !== undefined) node.type = request.type;
    if (name === "link") node.rel = "stylesheet";
    const [good, bad] = events;
    node.addEventListener(good, () => done({ ok: true, event: good, ...look(node) }));
    node.addEventListener(bad, () => done({ ok: false, event: bad, ...look(node) }));
    if (good === "loadedmetadata") node.preload = "auto";
    node[address] = request.url;
    document.head.append(node);
  });

  const picture = (request) => element("img", "src", request, ["load", "error"], (img) => {
    const seen = { width: img.naturalWidth };
    if (seen.width === 0) return seen;
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d");
    context.drawImage(img, 0, 0);
    try {
      context.getImageData(0, 0, 1, 1);
      seen.readable = true;
    } catch {
      seen.readable = false;
    }
    return seen;
  });

  const script = async (request) => {
    window.__ran = false;
    errorSeen = null;
    const seen = await element("script", "src", request, ["load", "error"], () => ({}));
    return { ...seen, ran: !!window.__ran, errorSeen };
  };

  const stylesheet = (request) => element("link", "href", request, ["load", "error"], (link) => {
    if (link.sheet === null) return {};
    try {
      return { readable: link.sheet.cssRules.length >= 0 };
    } catch {
      return { readable: false };
    }
  }).then((seen) => {
    if (!seen.ok) delete seen.readable;
    return seen;
  });

  const media = (name) => (request) =>
    element(name, "src", request, ["loadedmetadata", "error"], () => ({}));

  const font = async (request) => {
    await new FontFace("recorded", `url(${JSON.stringify(request.url)})`).load();
    return { ok: true };
  };

  const eventSource = (request) => new Promise((done) => {
    const source = new EventSource(request.url, { withCredentials: request.credentials === "include" });
    let opened = false;
    source.onopen = () => {
      opened = true;
    };
    source.onmessage = (event) => {
      done({ ok: true, opened, data: event.data });
      source.close();
    };
    source.onerror = () => {
      done({ ok: false, opened, readyState: source.readyState, error: "error" });
      source.close();
    };
  });

  const beacon = async (request) => {
    const returned = navigator.sendBeacon(request.url, body(request.body));
    return { ok: returned, returned };
  };

  const webSocket = (request) => new Promise((done) => {
    const socket = new WebSocket(request.url);
    socket.onopen = () => {
      done({ ok: true, event: "open" });
      socket.close();
    };
    socket.onclose = (event) => done({ ok: false, error: "close", code: event.code });
  });

  const WAYS = {
    fetch: byFetch, xhr: byXhr, img: picture, script, stylesheet, audio: media("audio"), video: media("video"),
    font, eventsource: eventSource, beacon, websocket: webSocket,
  };

  // What a console says of the page itself comes before the first request.
  await pause(50);
  tell({ begin: Date.now() });
  const results = [];
  for (const request of steps) {
    if (request.waitMs) await pause(request.waitMs);
    const late = pause(LIMIT).then(() => ({ ok: false, error: "Timeout" }));
    results.push(await Promise.race([WAYS[request.api](request).catch(thrown), late]));
  }
  await pause(settleMs);
  tell({ results });
  if (next !== null) window.top.location.replace(next);
})();
