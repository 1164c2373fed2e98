// The places one can go to, as the acting person sees them.

import { appAvatar } from "./avatars.js";
import { byId, fill, h, icon } from "./dom.js";
import { appName, DIRECT, HOME, isMember, state } from "./state.js";

/** Channels that the person may open: public ones for full members, their own for everybody. */
export function visibleChannels() {
  const isFull = state.me.kind === "member";
  return state.channels.filter(({ name, is_private: isPrivate }) => isMember(name) || (isFull && !isPrivate));
}

export function sidebar(go) {
  const place = (name, label, mark, about = "") => h("li", {}, h("button", {
    type: "button", class: state.unread.has(name) ? "place unread" : "place", "data-key": `place ${name}`,
    "aria-current": name === state.place ? "page" : null, click: () => go(name),
  }, h("span", { class: "mark", "aria-hidden": "true" }, mark), h("span", { class: "label" }, label),
  state.unread.has(name) && h("span", { class: "new" }, "new"), about && h("small", {}, about)));
  const focused = document.activeElement?.dataset.key;
  fill(byId("sidebar"),
    h("div", { class: "workspace" }, h("strong", {}, "Your team"), h("span", {}, "a workspace that exists only here")),
    h("h2", {}, "Channels"),
    h("ul", {}, ...visibleChannels().map(({ name, is_private: isPrivate }) =>
      place(name, name, isPrivate ? "◆" : "#", isMember(name) ? "" : "not in it"))),
    h("h2", {}, "App"),
    h("ul", {}, place(DIRECT, appName(), appAvatar(), "direct messages"), place(HOME, "Home", icon("home"), `of ${appName()}`)));
  [...byId("sidebar").querySelectorAll("[data-key]")].find((node) => node.dataset.key === focused)?.focus();
}

/** The line above the messages. */
export function heading() {
  const channel = state.channels.find(({ name }) => name === state.place);
  const titles = { [DIRECT]: appName(), [HOME]: `${appName()} · Home` };
  byId("place-title").textContent = titles[state.place] ?? `# ${state.place}`;
  byId("place-about").textContent = channel ? [people(channel), channel.is_archived && "archived", channel.topic].filter(Boolean).join(" · ") : { [DIRECT]: "direct messages with the app", [HOME]: "what the app shows to you" }[state.place];
  document.title = `${titles[state.place] ?? `#${state.place}`} · simulated Slack`;
}

function people({ members, is_private: isPrivate }) {
  const number = members.length === 1 ? "1 member" : `${members.length} members`;
  return `${number}${isPrivate ? " · private" : ""}${isMember(state.place) ? "" : ` · ${state.me.name} is not in this channel`}`;
}
