// What people do with what they said: edit it, delete it.

import { outgoing } from "./composer.js";
import { confirmed, open } from "./dialogs.js";
import { h, icon } from "./dom.js";
import { unescape } from "./mrkdwn.js";
import { person, state } from "./state.js";
import { deleteMessage, editMessage } from "./sync.js";

/** Buttons for one's own messages; nothing for others'. */
export function ownTools(message) {
  if (message.user !== state.me.id) return [];
  const tool = (label, mark, act) => h("button", { type: "button", class: "icon quick", title: label, "aria-label": label, click: () => act(message) }, icon(mark));
  return [tool("Edit", "edit", edit), tool("Delete", "delete", remove)];
}

function edit(message) {
  const text = h("textarea", { rows: 4, autofocus: true, "aria-label": "Message" });
  text.value = asTyped(message.text);
  const save = async (event) => {
    event.preventDefault();
    dialog.close();
    if (text.value.trim()) await editMessage(message, outgoing(text.value.trim()));
  };
  const form = h("form", { submit: save }, h("div", { class: "field" }, text),
    h("footer", {}, h("button", { type: "button", class: "button", click: () => dialog.close() }, "Cancel"), h("button", { class: "button primary" }, "Save")));
  const dialog = open({ title: ["Edit the message"], kind: "small", body: [form] });
}

async function remove(message) {
  const plain = (text) => ({ type: "plain_text", text });
  const agreed = await confirmed({ title: plain("Delete the message?"), text: { type: "mrkdwn", text: message.text }, confirm: plain("Delete"), deny: plain("Keep"), style: "danger" });
  if (agreed) await deleteMessage(message);
}

function asTyped(text) {
  return unescape(text.replace(/<@([A-Z0-9]+)>/g, (whole, id) => (person(id) ? `@${person(id).name}` : whole)));
}
