// Modals and the app's Home.

import { post } from "./api.js";
import { blocks } from "./blocks.js";
import { open } from "./dialogs.js";
import { byId, fill, h } from "./dom.js";
import { plainText } from "./emoji.js";
import { HOME, state } from "./state.js";
import { act, refresh } from "./sync.js";

let shown = null;
/** Ids of views that the person closed: they are not opened again. */
const closed = new Set();

/** Shows the newest of the person's open modals, or closes the one that is gone. */
export function showModals(views) {
  const view = views.filter(({ id }) => !closed.has(id)).at(-1);
  const signature = view ? JSON.stringify([view.id, view.blocks, view.title]) : null;
  if (shown?.signature === signature) return;
  const old = shown;
  shown = null;
  old?.dialog.close();
  if (view) shown = { signature, id: view.id, dialog: modal(view) };
}

function modal(view) {
  const fields = new Map();
  const surface = { fields, act: (element, value, block) => viewAction(view, element, value, block) };
  const general = h("p", { class: "problem", role: "alert", hidden: true });
  const send = h("button", { class: "button primary" }, ...(view.submit ? plainText(view.submit) : ["Submit"]));
  const form = h("form", { novalidate: true, submit: (event) => submit(event, view, fields, { general, send }) },
    blocks(view.blocks, surface), general,
    h("footer", {},
      h("button", { type: "button", class: "button", click: () => dialog.close() }, ...(view.close ? plainText(view.close) : ["Cancel"])),
      view.submit && send));
  const dialog = open({ title: plainText(view.title), kind: "modal", label: "simulated Slack", body: [form], closed: () => dismissed(view) });
  return dialog;
}

function dismissed(view) {
  if (shown?.id !== view.id) return;
  shown = null;
  closed.add(view.id);
}

async function submit(event, view, fields, { general, send }) {
  event.preventDefault();
  if (!complete(fields)) return;
  send.disabled = true;
  try {
    const answer = await post("submit", { user: state.me.id, view_id: view.id, values: collected(fields) });
    tell(fields, general, answer?.errors ?? answer?.response?.errors ?? {});
  } catch (refusal) {
    general.textContent = [refusal.message, refusal.hint].filter(Boolean).join(": ");
    general.hidden = false;
  } finally {
    send.disabled = false;
  }
  await refresh();
}

function complete(fields) {
  let whole = true;
  for (const { optional, value, problem, label } of fields.values()) {
    const held = value();
    problem.hidden = optional || !(held === null || held.length === 0);
    problem.textContent = problem.hidden ? "" : `${label}: please fill this in`;
    whole &&= problem.hidden;
  }
  return whole;
}

/** Block id → action id → value: a string, or a list for checkboxes. */
function collected(fields) {
  return Object.fromEntries([...fields].map(([block, { element, value }]) => [block, { [element.action_id]: value() }]));
}

function tell(fields, general, errors) {
  for (const [block, words] of Object.entries(errors)) {
    const problem = fields.get(block)?.problem ?? general;
    problem.textContent = words;
    problem.hidden = false;
  }
}

function viewAction(view, element, value, block) {
  return act("action", { view_id: view.id, block_id: block.block_id, action_id: element.action_id, value });
}

let drawn = "";

/** The app's Home tab in the place of the messages. */
export function drawHome() {
  if (state.place !== HOME) {
    drawn = "";
    return;
  }
  const signature = JSON.stringify([state.me.id, state.home]);
  if (signature === drawn) return;
  drawn = signature;
  const surface = { act: (element, value, block) => viewAction(state.home, element, value, block) };
  const body = state.home
    ? h("div", { class: "home" }, blocks(state.home.blocks, surface))
    : h("div", { class: "empty" }, h("h3", {}, "Nothing here yet"), h("p", {}, "The app has not published its Home for you."));
  fill(byId("timeline"), body);
}
