// Suggestions while typing in a search box, as the combobox of the ARIA Authoring Practices: a text box that owns a
// list, keyboard focus staying in the box. Without this script, or without an answer, the box is a plain search.
const WAIT_MS = 120;
const listened = new WeakSet();
let number = 0;

// Make the search box of a form with data-suggest (the address that suggests) a combobox; harmless when repeated.
export function suggest(form) {
  const box = form.querySelector("input[type=search]");
  if (!box) return;
  const list = form.querySelector(".anju-suggest") ?? newList(box, form);
  set(box, {
    role: "combobox",
    autocomplete: "off",
    "aria-autocomplete": "list",
    "aria-controls": list.id,
    "aria-expanded": "false",
  });
  if (listened.has(box)) return;
  listened.add(box);
  listen(form, box);
}

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
}

function newList(box, form) {
  const list = document.createElement("ul");
  number += 1;
  set(list, { id: `suggest-${number}`, class: "anju-suggest", role: "listbox", "aria-label": form.dataset.suggestLabel });
  list.hidden = true;
  const status = document.createElement("span");
  set(status, { class: "govuk-visually-hidden anju-suggest-status", role: "status" });
  box.after(list, status);
  return list;
}

function listen(form, box) {
  let timer;
  let request;
  const list = () => form.querySelector(".anju-suggest");
  const options = () => [...list().children];

  function close() {
    clearTimeout(timer);
    request?.abort();
    list().hidden = true;
    list().replaceChildren();
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  }

  async function ask() {
    request?.abort();
    request = new AbortController();
    const typed = box.value.trim();
    if (!typed) return close();
    try {
      const answer = await fetch(`${form.dataset.suggest}?${new URLSearchParams({ q: typed })}`, {
        signal: request.signal,
      });
      if (answer.ok && document.activeElement === box) show((await answer.json()).suggestions);
      else close();
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
  }

  function show(suggestions) {
    if (!suggestions.length) return close();
    const kinds = JSON.parse(form.dataset.suggestKinds);
    list().replaceChildren(...suggestions.map((one, place) => option(list().id, place, one, kinds, form)));
    list().hidden = false;
    box.setAttribute("aria-expanded", "true");
    box.removeAttribute("aria-activedescendant");
    form.querySelector(".anju-suggest-status").textContent = form.dataset.suggestStatus.replace("{}", suggestions.length);
  }

  function move(step) {
    const all = options();
    const here = all.findIndex((one) => one.getAttribute("aria-selected") === "true");
    const next = here < 0 && step < 0 ? all.length - 1 : (here + step + all.length) % all.length;
    all.forEach((one, place) => one.setAttribute("aria-selected", String(place === next)));
    all[next].scrollIntoView({ block: "nearest" });
    box.setAttribute("aria-activedescendant", all[next].id);
  }

  function choose(one) {
    box.value = one.dataset.name;
    close();
    form.requestSubmit();
  }

  box.addEventListener("input", (event) => {
    clearTimeout(timer);
    // What an input method is still composing is not typed yet.
    if (!event.isComposing) timer = setTimeout(ask, WAIT_MS);
  });
  box.addEventListener("compositionend", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT_MS);
  });
  box.addEventListener("keydown", (event) => {
    if (event.isComposing || list().hidden) return;
    const chosen = list().querySelector("[aria-selected=true]");
    if (event.key === "ArrowDown") move(1);
    else if (event.key === "ArrowUp") move(-1);
    else if (event.key === "Escape") close();
    else if (event.key === "Enter" && chosen) choose(chosen);
    else return;
    event.preventDefault();
  });
  box.addEventListener("blur", close);
  // A press on the list must not take the focus, and with it the list, away.
  form.addEventListener("mousedown", (event) => {
    if (event.target.closest(".anju-suggest")) event.preventDefault();
  });
  form.addEventListener("click", (event) => {
    const one = event.target.closest(".anju-suggest > li");
    if (one) choose(one);
  });
}

function option(listId, place, one, kinds, form) {
  const item = document.createElement("li");
  set(item, { id: `${listId}-${place}`, role: "option", "aria-selected": "false", "data-name": one.name });
  const name = document.createElement("span");
  name.className = "anju-suggest__name";
  name.textContent = one.name;
  const facts = document.createElement("span");
  facts.className = "anju-suggest__facts";
  facts.textContent = ` ${kinds[one.kind]} · ${form.dataset.suggestCount.replace("{}", one.homes)}`;
  item.append(name, facts);
  return item;
}
