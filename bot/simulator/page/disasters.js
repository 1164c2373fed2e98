// The ways to lose the demo's data. Outside Slack, and outside the bot, which has no command for them.

import { post } from "./api.js";
import { open } from "./dialogs.js";
import { byId, fill, h } from "./dom.js";
import { state } from "./state.js";

const WORDS = {
  truncate: ["Empty every table", "Every table but the migration history is emptied. The tables stay, the rows are gone."],
  "re-migrate": ["Apply every migration again", "The incident itself: all tables are dropped and all 22 migrations run again from init. One “Legacy Account” is all that is left."],
  "drop-table": ["Drop one table", "The table “Payment” is dropped, with all its rows."],
  "drop-database": ["Drop the database", "The whole database is dropped. Its server still runs; the application can no longer connect."],
  "fresh-server": ["A fresh server in its place", "On the same address a new server answers, with the same logins and an empty database of that name. The old one is stopped, and does not come back."],
  "wrong-schema": ["Deploy into the wrong schema", "“public” is renamed, and all 22 migrations run in a new, empty one. To the application every table is at 0; the rows are elsewhere on the server."],
};

let running = null;
let outcome = null;
let dialog = null;

export function openDisasters() {
  dialog = open({ title: ["Disasters"], kind: "sheet danger", label: "demo only", closed: () => { dialog = null; } });
  list();
}

function list() {
  dialog?.show(
    h("p", { class: "lead" }, "These really happen to the demo's own database, behind the bot's back, as an accident would. The bot has no command for them; it can only find out."),
    outcome && h("p", { class: outcome.failed ? "outcome failed" : "outcome", role: "status" }, outcome.words),
    h("div", { class: "rows" }, ...state.disasters.map(offer)),
    h("p", { class: "small" }, "The data comes back by /restore and another member's check mark."));
}

function offer(kind) {
  const [title, words] = WORDS[kind] ?? [kind, ""];
  const row = h("div", { class: "disaster" });
  const first = h("button", { type: "button", class: "button danger-soft", disabled: Boolean(running), click: () => fill(row, ...text, question) },
    running === kind ? "Happening …" : "Let it happen …");
  const text = [h("div", { class: "choice-words" }, h("strong", {}, title), " ", h("code", {}, kind), h("p", {}, words))];
  const question = h("div", { class: "question", role: "group", "aria-label": "Are you sure?" },
    h("span", {}, "Are you sure?"),
    h("button", { type: "button", class: "button danger", click: () => strike(kind, title) }, "Yes, lose it"),
    h("button", { type: "button", class: "button", click: () => fill(row, ...text, first) }, "No"));
  fill(row, ...text, first);
  if (running === kind) row.classList.add("busy");
  return row;
}

async function strike(kind, title) {
  running = kind;
  outcome = null;
  tell(`${title} (${kind}): happening …`, "running");
  list();
  try {
    await post("disaster", { kind });
    outcome = { words: `${title}: it has happened. Now ask the bot: /verify` };
    tell(`${title}: it has happened. Now /verify`, "done");
    document.dispatchEvent(new CustomEvent("disaster", { detail: { kind } }));
  } catch (refusal) {
    outcome = { failed: true, words: [`${title}: it did not work: ${refusal.message}`, refusal.hint].filter(Boolean).join(". ") };
    tell(outcome.words, "failed");
  }
  running = null;
  list();
}

function tell(words, how) {
  const line = byId("happening");
  line.className = `happening ${how}`;
  line.hidden = false;
  fill(line, h("span", {}, words), how !== "running" && h("button", { type: "button", "aria-label": "Dismiss", click: () => { line.hidden = true; } }, "×"));
}
