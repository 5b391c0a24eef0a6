// What the keys do, and the list of them.

import { byId, el, put } from "./elements.js";

export function listenToKeys(verbs) {
  const keys = new Map(verbs.flatMap(({ keys: all, does }) => all.map((key) => [key, does])));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const does = keys.get(event.key);
    if (!does || (byId("keys").open && event.key !== "?")) return;
    event.preventDefault();
    does(event.key);
  });
}

function isTyping(element) {
  return element.matches?.("input:not([type=range]), select, textarea") ?? false;
}

export function listKeys(verbs) {
  put(
    byId("key-list"),
    verbs.map(({ keys: all, says }) => [
      el(
        "dt",
        {},
        all.slice(0, 2).map((key) => el("kbd", {}, NAMES[key] ?? key)),
      ),
      el("dd", {}, says),
    ]),
  );
}

const NAMES = { ArrowRight: "→", ArrowLeft: "←", 1: "1 … 9" };
