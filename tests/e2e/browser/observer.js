// SPDX-License-Identifier: Apache-2.0

// Runs inside Firefox with the rights of the browser and writes a line of JSON
// to a file whenever what a person sees changes: the dialogs and the page.
// Firefox answers no remote command while a prompt is open, but timers go on.
// It only looks: keys come from outside. arguments: path of the file.
const [path] = arguments;
const { setInterval } = ChromeUtils.importESModule("resource://gre/modules/Timer.sys.mjs");
const main = Services.wm.getMostRecentWindow("navigator:browser");

function write(line) {
  const file = Cc["@mozilla.org/file/local;1"].createInstance(Ci.nsIFile);
  file.initWithPath(path);
  const out = Cc["@mozilla.org/network/file-output-stream;1"].createInstance(Ci.nsIFileOutputStream);
  out.init(file, 0x02 | 0x08 | 0x10, 0o600, 0); // write, create, append
  const text = Cc["@mozilla.org/intl/converter-output-stream;1"].createInstance(Ci.nsIConverterOutputStream);
  text.init(out, "UTF-8");
  text.writeString(line + "\n");
  text.close();
}

// Every window in which a dialog can be: top level windows, and dialogs drawn
// inside a window or a tab.
function windows() {
  const found = [];
  for (const w of Services.wm.getEnumerator(null)) {
    found.push(w);
    if (w.gDialogBox?.isOpen) {
      found.push(w.gDialogBox.dialog?.frameContentWindow);
    }
    for (const browser of w.gBrowser?.browsers ?? []) {
      const box = w.gBrowser.getTabDialogBox(browser);
      for (const manager of [box.getTabDialogManager(), box.getContentDialogManager()]) {
        for (const dialog of manager.dialogs) {
          found.push(dialog.frameContentWindow ?? dialog._frame?.contentWindow);
        }
      }
    }
  }
  return found.filter(w => w?.document?.readyState == "complete");
}

let last = 0;
const ids = new WeakMap();

function describe(w) {
  const document = w.document;
  const dialog = document.querySelector("dialog");
  const at = document.documentURI;
  if (at.includes("browser.xhtml") || at.includes("hiddenWindow") || (!dialog && !at.includes("ialog"))) {
    return null;
  }
  if (!ids.has(document)) {
    ids.set(document, ++last);
  }
  const accept = dialog?.getButton?.("accept");
  const seen = { id: ids.get(document), kind: "other", at, title: document.title, text: "", ready: false, typed: 0 };
  const enabled = !!accept && !accept.disabled;
  if (at.includes("clientauthask")) {
    seen.kind = "chooser";
    seen.text = ["clientAuthCertDetailsIssuedTo", "clientAuthCertDetailsStoredOn"]
      .map(id => document.getElementById(id).textContent).join(" | ");
    seen.items = [...document.querySelectorAll("#nicknames menuitem")].map(i => i.label);
    // The dialog takes no answer before the arguments of its last line are set.
    const { storedOn } = document.l10n.getAttributes(document.getElementById("clientAuthCertDetailsStoredOn")).args;
    seen.ready = enabled && !!storedOn && seen.text.includes(storedOn)
      && Services.focus.activeWindow == w.browsingContext.topChromeWindow;
  } else if (at.includes("commonDialog")) {
    const box = document.getElementById("password1Textbox");
    seen.text = document.getElementById("infoBody")?.textContent ?? "";
    if (box && !document.getElementById("password1Container")?.hidden) {
      seen.kind = "pin";
      seen.typed = box.value.length;
      seen.ready = enabled && document.activeElement == box
        && Services.focus.activeWindow == w.browsingContext.topChromeWindow;
    } else {
      seen.ready = enabled;
    }
  }
  return seen;
}

let previous = "";
main.tscnsObserver = setInterval(() => {
  let state;
  try {
    const browser = main.gBrowser.selectedBrowser;
    state = {
      dialogs: windows().map(describe).filter(d => d),
      page: { at: browser.currentURI.spec, document: browser.documentURI?.spec ?? "", title: browser.contentTitle,
              busy: browser.webProgress?.isLoadingDocument ?? false },
    };
  } catch (e) {
    state = { error: String(e) };
  }
  const line = JSON.stringify(state);
  if (line != previous) {
    previous = line;
    write(line);
  }
}, 40);
return true;
