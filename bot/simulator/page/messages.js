// The messages of a place, and those of its open thread.

import { avatar } from "./avatars.js";
import { bare, blocks } from "./blocks.js";
import { attached } from "./controls.js";
import { clock, day, full } from "./dates.js";
import { byId, fill, h, icon, swap } from "./dom.js";
import { emoji, QUICK } from "./emoji.js";
import { ownTools } from "./own.js";
import { appName, author, DIRECT, draw, HOME, person, state, writeAddress } from "./state.js";
import { messageAction, toggleReaction } from "./sync.js";

const SAME_BREATH = 300;
const NEAR_THE_END = 80;
/** lists whose end is being read */
const followed = new Set();

/** Whoever reads the end of a list stays there when the list gets another size. */
export function staysAtItsEnd(list) {
  let size = "";
  const measure = () => `${list.clientWidth} ${list.clientHeight}`;
  list.addEventListener("scroll", () => {
    // While the size changes, nobody has scrolled.
    if (measure() === size) follow(list, list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_THE_END);
  });
  new ResizeObserver(() => {
    size = measure();
    if (followed.has(list)) list.scrollTop = list.scrollHeight;
  }).observe(list);
}

function follow(list, whether) {
  if (whether) followed.add(list);
  else followed.delete(list);
}

export function drawTimeline() {
  if (state.place === HOME) return;
  const items = [...state.messages, ...notices(null)].sort(byTime);
  show(byId("timeline"), `${state.place} ${state.me.id}`, items, empty);
}

export function drawThread() {
  const root = state.thread && state.place !== HOME ? state.messages.find(({ ts }) => ts === state.thread) : null;
  const panel = byId("thread");
  panel.hidden = !root;
  document.body.classList.toggle("with-thread", Boolean(root));
  if (!root) return;
  const items = [root, ...[...(root.replies ?? []), ...notices(state.thread)].sort(byTime)];
  byId("thread-about").textContent = state.place === DIRECT ? appName() : `#${state.place}`;
  show(byId("thread-messages"), `${state.thread} ${state.me.id}`, items, () => null);
}

export function openThread(ts) {
  state.thread = ts;
  writeAddress();
  draw();
}

function notices(thread) {
  return state.notices
    .filter((item) => item.place === state.place && item.person === state.me.id && item.thread === thread)
    .map((item) => ({ ...item, is_ephemeral: true, username: "Slack", local: true }));
}

function byTime(a, b) {
  return Number(a.ts) - Number(b.ts);
}

/** Draws messages into a list; what did not change keeps its nodes, and who reads the end stays there. */
function show(list, identity, messages, nothing) {
  const moved = list.dataset.identity !== identity;
  const follows = moved || followed.has(list);
  const grew = !moved && messages.length > list.childElementCount;
  list.ariaBusy = String(moved);
  if (moved) fill(list);
  list.dataset.identity = identity;
  reconcile(list, messages.length ? withDays(messages, list) : [{ key: "empty", signature: "empty", make: nothing }]);
  follow(list, follows);
  if (follows) list.scrollTop = list.scrollHeight;
  if (list.id === "timeline") byId("newer").hidden = follows || !(grew || !byId("newer").hidden);
}

function withDays(messages, list) {
  const inThread = list.id === "thread-messages";
  return messages.flatMap((message, index) => {
    const before = messages[index - 1];
    const newDay = !inThread && (!before || day(before.ts) !== day(message.ts));
    const compact = !newDay && joins(before, message) && !(inThread && index === 1);
    const signature = JSON.stringify([message, compact, state.me.id, state.people.length]);
    const item = { key: message.ts + (message.local ? " local" : ""), signature, make: () => one(message, { compact, inThread }) };
    return newDay ? [divider(message), item] : [item];
  });
}

function joins(before, message) {
  return before && author(before).id === author(message).id && author(before).name === author(message).name &&
    Boolean(before.is_ephemeral) === Boolean(message.is_ephemeral) && message.ts - before.ts < SAME_BREATH;
}

function divider({ ts }) {
  const name = day(Number(ts));
  return { key: `day ${name}`, signature: name, make: () => h("div", { class: "day", role: "separator" }, h("span", {}, name)) };
}

function reconcile(list, items) {
  const present = new Map([...list.children].map((node) => [node.dataset.item, node]));
  items.forEach(({ key, signature, make }, index) => {
    let node = present.get(key);
    if (node?.signature !== signature) {
      const fresh = make();
      if (!fresh) return;
      fresh.dataset.item = key;
      fresh.signature = signature;
      if (node) swap(node, fresh);
      node = fresh;
    }
    present.delete(key);
    if (list.children[index] !== node) list.insertBefore(node, list.children[index] ?? null);
  });
  for (const gone of present.values()) gone.remove();
}

function one(message, { compact, inThread }) {
  const who = author(message);
  const kinds = [compact && "compact", message.is_ephemeral && "ephemeral", message.local && "local"].filter(Boolean);
  const isRoot = inThread && message.ts === state.thread;
  return h("article", { class: ["message", ...kinds].join(" "), "aria-label": `${who.name}, ${clock(message.ts)}` },
    h("div", { class: "gutter", "aria-hidden": "true" }, compact ? time(message) : avatar(who)),
    h("div", { class: "body" },
      message.is_ephemeral && !compact && h("p", { class: "only-you" }, "Only visible to you"),
      !compact && h("header", {}, h("strong", {}, who.name), who.isApp && h("span", { class: "tag" }, "app"), time(message)),
      message.pinned_to && h("p", { class: "pinned" }, emoji("pushpin"), " Pinned"),
      content(message),
      ...(message.files ?? []).map(attached),
      message.hint && h("p", { class: "hint" }, message.hint),
      message.edited && h("small", { class: "edited" }, "(edited)"),
      h("div", { class: "below" },
        ...(message.reactions ?? []).map((reaction) => chip(message, reaction)),
        !message.is_ephemeral && tools(message, inThread)),
      !inThread && message.replies?.length > 0 && summary(message)),
    isRoot && message.replies?.length > 0 && h("p", { class: "count" }, replies(message.replies.length)));
}

function content(message) {
  if (message.local) return h("div", { class: "words" }, message.text);
  if (!message.blocks?.length) return bare(message.text);
  return blocks(message.blocks, { act: (element, value, block) => messageAction(message, element, value, block) });
}

function time({ ts }) {
  return h("time", { datetime: new Date(ts * 1000).toISOString(), title: full(ts) }, clock(ts));
}

function chip(message, { name, users, count }) {
  const mine = users.includes(state.me.id);
  const who = users.map((id) => person(id)?.name ?? (message.user === id ? author(message).name : id)).join(", ");
  return h("button", {
    type: "button", class: "chip", "aria-pressed": String(mine), title: `${who}: ${name}`, "data-key": `reaction ${name}`,
    "aria-label": `${name.replaceAll("_", " ")}, ${count}: ${who}`, click: () => toggleReaction(message, name),
  }, emoji(name), h("span", {}, String(count)));
}

function tools(message, inThread) {
  const toggle = h("button", { type: "button", class: "icon more", "aria-label": "React, edit or delete", "aria-expanded": "false", click: () => {
    const expanded = node.classList.toggle("expanded");
    toggle.ariaExpanded = String(expanded);
  } }, icon("smile"));
  const quick = QUICK.map((name) => h("button", {
    type: "button", class: "icon quick", title: `:${name}:`, "aria-label": `React with ${name.replaceAll("_", " ")}`,
    "data-key": `quick ${name}`, click: () => toggleReaction(message, name),
  }, emoji(name)));
  const reply = !inThread && h("button", { type: "button", class: "icon", title: "Reply in a thread", "aria-label": "Reply in a thread", click: () => openThread(message.ts) }, icon("reply"));
  const node = h("div", { class: "tools", role: "group", "aria-label": "Message" }, toggle, ...quick, reply, ...ownTools(message));
  return node;
}

function summary({ ts, replies: list }) {
  return h("button", { type: "button", class: "replies", "data-key": "replies", click: () => openThread(ts) },
    h("span", { class: "faces", "aria-hidden": "true" }, ...[...new Map(list.map((reply) => [author(reply).id, author(reply)])).values()].slice(0, 3).map(avatar)),
    h("strong", {}, replies(list.length)), h("span", {}, `last at ${clock(list.at(-1).ts)}`));
}

function replies(number) {
  return number === 1 ? "1 reply" : `${number} replies`;
}

function empty() {
  const words = state.place === DIRECT
    ? `This is your conversation with ${appName()}. Type / to see its commands.`
    : `This is the beginning of #${state.place}. Type / to see the commands.`;
  return h("div", { class: "empty" }, h("h3", {}, "Quiet so far"), h("p", {}, words));
}
