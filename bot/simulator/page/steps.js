// "What now?": the first steps through the demo, ticked off as they are taken.

import { byId, fill, h, icon } from "./dom.js";
import { region, state } from "./state.js";

const STORE = "secondkey-demo-steps";

/** `told`: an answer that shows the step was taken, here or elsewhere; with it all steps before it were. */
const STEPS = [
  { title: "Adopt the database", words: "Look at it, then tap “accept” in the answer.", line: "/verify", told: /^🟢 Accepted/u },
  { title: "Back it up", words: "Every backup is proven by restoring it.", line: "/backup projectledger before the release", told: /^🟢 Backed up/u },
  { title: "Lose the data", words: "One of six ways, behind the bot's back.", disaster: true },
  { title: "Find out", words: "The bot says so in #incidents and opens a channel. This shows what is gone.", line: "/verify", told: /^🔴 .*(blocked|data is missing)/u },
  { title: "Ask for it back", words: "A copy is restored beside, and proven at once.", line: "/restore projectledger the data is gone", told: /Restore requested ·/u },
  { title: "Turn the second key", words: "Act as another member who is in @dba, and tap the check mark below the request.", told: /^🟢 Restored/u },
  { title: "Close the incident", words: "Its report becomes a canvas in its channel: what is known, and what is for people to answer.", line: "/incident close the data is back", told: /^✅ Closed/u },
];

const remembered = read();

/** `actions`: {put(line), disasters()}. */
export function steps(actions) {
  const toggle = (hidden) => {
    remember({ hidden });
    draw();
  };
  const draw = () => {
    byId("open-steps").hidden = !state.disasters.length || !remembered.hidden;
    byId("steps").hidden = !state.disasters.length || remembered.hidden;
    fill(byId("steps"),
      h("details", { open: !narrow() },
        h("summary", {}, h("strong", {}, "What now?"), h("span", { class: "next" }, next())),
        h("ol", {}, ...STEPS.map(step)),
        h("button", { type: "button", class: "quiet", click: () => toggle(true) }, "Hide this")));
  };
  const step = (one, index) => h("li", { class: progress(index) },
    h("span", { class: "tick", "aria-hidden": "true" }, index < remembered.done ? icon("check") : String(index + 1)),
    h("div", {}, h("strong", {}, one.title), h("p", {}, one.words),
      tryIt(one)));
  const tryIt = (one) => {
    if (one.disaster) return h("button", { type: "button", class: "try danger", click: () => actions.disasters() }, "Choose a disaster …");
    return one.line && h("button", { type: "button", class: "try", click: () => actions.put(one.line) }, h("code", {}, one.line));
  };
  byId("open-steps").addEventListener("click", () => toggle(false));
  document.addEventListener("command", ({ detail: { command, text } }) => advance(`${command} ${text}`.trim(), draw));
  document.addEventListener("disaster", () => advance("disaster", draw));
  region(() => catchUp(draw));
  catchUp(draw);
  draw();
}

function advance(deed, draw) {
  const wanted = STEPS[remembered.done];
  const fits = wanted?.disaster ? deed === "disaster" : wanted?.line && deed.startsWith(wanted.line.split(" ")[0]);
  if (!fits) return;
  remember({ done: remembered.done + 1 });
  draw();
}

function catchUp(draw) {
  const done = STEPS.findLastIndex(({ told }) => told && state.messages.some(({ bot_id: app, text }) => app && told.test(text))) + 1;
  if (done <= remembered.done) return;
  remember({ done });
  draw();
}

function progress(index) {
  return index < remembered.done ? "done" : index === remembered.done ? "next" : "";
}

function next() {
  const step = STEPS[remembered.done];
  return step ? `${remembered.done + 1} of ${STEPS.length}: ${step.title}` : "all steps taken";
}

function narrow() {
  return matchMedia("(max-width: 1100px)").matches;
}

function read() {
  try {
    return { done: 0, hidden: false, ...JSON.parse(sessionStorage.getItem(STORE) ?? "{}") };
  } catch {
    return { done: 0, hidden: false };
  }
}

function remember(change) {
  Object.assign(remembered, change);
  sessionStorage.setItem(STORE, JSON.stringify(remembered));
}
