// SPDX-License-Identifier: Apache-2.0
"use strict";
(() => {
  const body = document.body, main = document.getElementById("main"), base = body.dataset.base, screen = body.dataset.screen;
  const live = document.getElementById("live");
  let news = +body.dataset.news, sending = false, over = false;
  const changes = +body.dataset.changes;

  const focus = () => { const h = main.querySelector("h1"); if (h) h.focus(); };

  // show puts one of the texts that wait in the page in the place of the screen.
  const show = id => {
    over = true;
    main.replaceChildren(document.getElementById(id).content.cloneNode(true));
    document.title = main.querySelector("h1").textContent + " - TS-CNS";
    focus();
  };

  // refresh takes the screen anew from the server, without moving who reads it.
  let refreshing = Promise.resolve();
  const refresh = () => {
    refreshing = refreshing.then(() => fetch(location.href)).then(r => r.ok ? r.text() : Promise.reject()).then(text => {
      if (over) return;
      const next = new DOMParser().parseFromString(text, "text/html"), fresh = next.getElementById("main");
      const title = next.querySelector("main h1").textContent;
      const same = title === main.querySelector("h1").textContent, inside = main.contains(document.activeElement);
      news = +next.body.dataset.news;
      if (fresh.innerHTML === main.innerHTML) return; // the focus stays where it is
      document.title = next.title;
      main.replaceChildren(...fresh.childNodes);
      if (inside) focus();
      if (!same) live.textContent = title;
    }).catch(() => {});
  };

  const events = new EventSource(base + "events");
  events.onmessage = e => {
    if (over) return;
    const [n, c] = e.data.split(" ").map(Number);
    if (screen === "card" && n !== news) refresh();
    if (screen === "pin" && c !== changes && !sending) { clear(); show("taken"); }
  };
  events.addEventListener("ended", () => { events.close(); if (!sending) show("over"); });
  events.addEventListener("moved", () => { events.close(); if (!sending) { clear(); show("moved"); } });
  events.onerror = () => { if (events.readyState === EventSource.CLOSED && !over && !sending) show("over"); else lost(); };
  // lost finds out whether the program is still there: a stream tries again for ever.
  const lost = () => {
    fetch(base + "assets/icon.svg").catch(() => { events.close(); if (!over && !sending) show("over"); });
  };
  addEventListener("pagehide", () => events.close());
  addEventListener("pageshow", e => { if (e.persisted) location.reload(); }); // as it was, without a stream

  const post = (to, body, type) => fetch(base + to, {method: "POST", body, headers: {"Content-Type": type}});

  // The form of a PIN: what is typed comes from the frame, which is of no origin.
  const form = document.getElementById("form"), frame = document.getElementById("fields");
  const clear = () => { if (frame && frame.contentWindow) frame.contentWindow.postMessage({clear: true}, "*"); };
  const say = error => {
    if (frame) frame.contentWindow.postMessage({error}, "*");
    else document.getElementById("wrong").textContent = error;
  };
  const send = (typed, text) => {
    if (sending || over) return;
    sending = true;
    live.textContent = text;
    const box = document.getElementById("understood");
    const lines = [form.dataset.operation, box && box.checked ? "1" : "0", ...typed];
    post("pin/send", lines.join("\n"), "application/x-tscns-pin").then(r => r.json()).then(a => {
      if (a.next) { location.replace(a.next); return; }
      sending = false;
      live.textContent = "";
      if (a.operation) form.dataset.operation = a.operation;
      const tick = box && !box.checked;
      if (box) document.getElementById("tick").textContent = tick ? a.error : "";
      say(tick ? "" : a.error); // one message, where the focus is
      if (tick) box.focus();
    }).catch(() => { sending = false; show("over"); });
  };
  addEventListener("message", e => {
    if (!frame || e.source !== frame.contentWindow || e.origin !== "null") return;
    if (e.data.height) frame.style.height = Math.min(e.data.height, 4000) + "px";
    if (e.data.typed) send(e.data.typed, form.dataset.sending);
  });
  const keypad = document.getElementById("keypad");
  if (keypad) keypad.addEventListener("click", () => send([], form.dataset.waiting));

  // The examination begins by itself.
  const examining = document.getElementById("examining");
  const examine = () => {
    if (sending) return;
    sending = true;
    examining.textContent = examining.dataset.text;
    post("doctor/run", "", "text/plain").then(r => r.json()).then(a => {
      sending = false;
      if (a.next) location.replace(a.next); else examining.textContent = a.error;
    }).catch(() => { sending = false; show("over"); });
  };
  if (examining) {
    const again = document.getElementById("examine");
    if (again) again.addEventListener("click", examine);
    if (examining.dataset.run === "yes") examine();
  }
  focus();
})();
