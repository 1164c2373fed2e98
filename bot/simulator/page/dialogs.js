// Dialogs: the browser's own, which keep the focus inside and close with Escape.

import { fill, h, icon } from "./dom.js";
import { plainText } from "./emoji.js";
import { textObject } from "./text.js";

/**
 * Opens a dialog with a title and a body; `closed()` runs however it is closed.
 * Returns the dialog, with `show(...nodes)` to replace the body.
 */
export function open({ title, kind = "", label = "simulated Slack", body = [], closed = () => {} }) {
  const content = h("div", { class: "dialog-body" });
  const heading = h("h2", {}, ...title);
  const close = h("button", { type: "button", class: "icon", "aria-label": "Close", click: () => dialog.close() }, icon("close"));
  const dialog = h("dialog", { class: `dialog ${kind}`, close: () => { dialog.remove(); closed(); }, click: outside },
    h("header", {}, heading, h("span", { class: "tag" }, label), close), content);
  dialog.ariaLabel = heading.textContent;
  dialog.show = (...nodes) => fill(content, ...nodes);
  dialog.show(...body);
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Slack's confirm object: resolves to whether the person agreed. */
export function confirmed(confirm) {
  return new Promise((resolve) => {
    let agreed = false;
    const answer = (value) => () => {
      agreed = value;
      dialog.close();
    };
    const dialog = open({
      title: plainText(confirm.title), kind: "small",
      body: [
        h("div", { class: "words" }, ...textObject(confirm.text)),
        h("footer", {},
          h("button", { type: "button", class: "button", click: answer(false) }, ...plainText(confirm.deny)),
          h("button", { type: "button", class: `button ${confirm.style ?? "primary"}`, autofocus: true, click: answer(true) }, ...plainText(confirm.confirm))),
      ],
      closed: () => resolve(agreed),
    });
  });
}

function outside(event) {
  if (event.target === event.currentTarget) event.currentTarget.close();
}
