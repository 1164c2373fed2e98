// The page of the simulated Slack: reads the address, wires the regions, follows what happens.

import { follow, get, Refusal } from "./api.js";
import { composer } from "./composer.js";
import { choosePerson, drawPerson } from "./people.js";
import { openDisasters } from "./disasters.js";
import { byId, fill, h, icon } from "./dom.js";
import { drawThread, drawTimeline, staysAtItsEnd } from "./messages.js";
import { heading, sidebar, visibleChannels } from "./sidebar.js";
import { DIRECT, draw, HOME, isMember, person, readAddress, region, state, writeAddress } from "./state.js";
import { drawShelf } from "./shelf.js";
import { steps } from "./steps.js";
import { act, changed, refresh } from "./sync.js";
import { drawHome } from "./views.js";

let unfollow = () => {};

start().catch((problem) => {
  console.error(problem);
  fill(byId("timeline"), h("div", { class: "empty" }, h("h3", {}, problem instanceof Refusal ? problem.message : "This page broke"), h("p", {}, problem.hint ?? String(problem))));
});

async function start() {
  drawIcons();
  await load();
  const main = composer(byId("composer"), "composer", () => null);
  const reply = composer(byId("thread-composer"), "thread-composer", () => state.thread);
  staysAtItsEnd(byId("timeline"));
  staysAtItsEnd(byId("thread-messages"));
  region(drawPerson);
  region(() => sidebar(go));
  region(heading);
  region(drawShelf);
  region(drawHome);
  region(drawTimeline);
  region(drawThread);
  region(() => { byId("composer").hidden = state.place === HOME; });
  region(() => main.draw());
  region(() => reply.draw());
  follows();
  listen();
  await go(state.place, state.thread);
  steps({ put: (line) => typed(main, line), disasters: openDisasters });
}

async function load() {
  const [people, groups, channels, commands, disasters] = await Promise.all([
    get("people"), get("groups"), get("channels"), get("commands"), get("disasters").catch(() => []),
  ]);
  Object.assign(state, { people, groups, channels, commands, disasters });
  const { as, place, thread } = readAddress();
  state.me = person(as) ?? people.find(({ kind }) => kind === "member") ?? people[0];
  if (!state.me) throw new Refusal("nobody is in this workspace", "give the simulator a workspace with people and a channel");
  state.place = known(place) ?? firstPlace();
  state.thread = thread;
  byId("open-disasters").hidden = disasters.length === 0;
}

function known(place) {
  return [DIRECT, HOME, ...visibleChannels().map(({ name }) => name)].find((name) => name === place);
}

function firstPlace() {
  const own = visibleChannels();
  return (own.find(({ name }) => name === "ops" && isMember(name)) ?? own[0])?.name ?? DIRECT;
}

async function go(place, thread = null) {
  if (place !== state.place) state.messages = [];
  Object.assign(state, { place, thread });
  state.unread.delete(place);
  narrowSidebar(false);
  writeAddress();
  draw();
  if (place === HOME) await act("home", {});
  else await refresh();
}

async function become(person) {
  Object.assign(state, { me: person, messages: [], home: null });
  state.unread.clear();
  follows();
  await go(known(state.place) ?? firstPlace());
}

function follows() {
  unfollow();
  unfollow = follow(state.me.id, {
    changed: (place) => changed(place).catch(console.error),
    connected: (whether) => {
      byId("connection").hidden = whether;
      if (whether) refresh().catch(console.error);
    },
  });
}

async function typed(box, line) {
  if (state.place === HOME || state.place === DIRECT) await go(firstPlace());
  if (state.thread) closeThread();
  box.put(line);
}

function listen() {
  byId("open-people").addEventListener("click", () => choosePerson(become));
  byId("open-disasters").addEventListener("click", openDisasters);
  byId("open-sidebar").addEventListener("click", () => narrowSidebar(!document.body.classList.contains("with-sidebar")));
  byId("shade").addEventListener("click", () => narrowSidebar(false));
  byId("close-thread").addEventListener("click", closeThread);
  byId("newer").addEventListener("click", () => { byId("timeline").scrollTop = byId("timeline").scrollHeight; });
  byId("timeline").addEventListener("scroll", ({ target }) => {
    if (target.scrollHeight - target.scrollTop - target.clientHeight < 80) byId("newer").hidden = true;
  });
  addEventListener("hashchange", () => {
    const { as, place, thread } = readAddress();
    const other = person(as);
    if (other && other !== state.me) return become(other).then(() => go(known(place) ?? firstPlace(), thread));
    return go(known(place) ?? state.place, thread);
  });
  addEventListener("keydown", ({ key }) => {
    if (key === "Escape" && !document.querySelector("dialog[open]")) stepBack();
  });
}

function stepBack() {
  if (document.body.classList.contains("with-sidebar")) narrowSidebar(false);
  else if (state.thread) closeThread();
}

function closeThread() {
  state.thread = null;
  writeAddress();
  draw();
  byId("composer-text").focus();
}

function narrowSidebar(open) {
  document.body.classList.toggle("with-sidebar", open);
  byId("open-sidebar").ariaExpanded = String(open);
  byId("shade").hidden = !open;
  if (open) byId("sidebar").querySelector("[aria-current]")?.focus();
}

function drawIcons() {
  fill(byId("open-sidebar"), icon("menu"));
  fill(byId("close-thread"), icon("close"));
}
