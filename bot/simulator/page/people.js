// Who one acts as.

import { avatar } from "./avatars.js";
import { open } from "./dialogs.js";
import { byId, fill, h } from "./dom.js";
import { state } from "./state.js";

const KINDS = {
  member: "member", guest: "guest: sees only some channels", stranger: "of another company, by a shared channel", bot: "a bot",
};

export function drawPerson() {
  const { me } = state;
  const button = byId("open-people");
  button.ariaLabel = `Acting as ${me.name}, ${me.kind}. Change`;
  fill(button, avatar(me), h("span", { class: "person-words" },
    h("small", {}, "acting as"), h("strong", {}, me.name), h("span", { class: `kind ${me.kind}` }, me.kind)));
}

export function choosePerson(become) {
  const one = (person) => h("button", {
    type: "button", class: "choice-row", "aria-current": person === state.me ? "true" : null, autofocus: person === state.me,
    click: () => { dialog.close(); become(person); },
  }, avatar(person), h("span", { class: "choice-words" },
    h("strong", {}, person.name), h("small", {}, KINDS[person.kind] ?? person.kind)),
  h("span", { class: "groups" }, ...person.groups.map((group) => h("span", { class: "tag" }, `@${group}`))));
  const dialog = open({
    title: ["Act as"], kind: "sheet",
    body: [h("p", { class: "lead" }, "In the simulated Slack you may be anybody: ask as one person, look as another."), h("div", { class: "rows" }, ...state.people.map(one))],
  });
}
