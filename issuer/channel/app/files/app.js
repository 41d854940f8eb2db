// The app: one view at a time, drawn from what the issuer says.
import { canSeal } from "/assets/seal.js";
import * as api from "/app/api.js";

const [view, title, back, tabs, toast] = ["view", "title", "back", "tabs", "toast"].map((id) => document.getElementById(id));
const state = { name: "", cards: [], pins: new Map(), stop: null, here: () => {}, ref: "" };

// el makes an element: el("p.big", {id: "x"}, "text", child...).
function el(kind, attributes = {}, ...content) {
  const [tag, ...classes] = kind.split(".");
  const node = document.createElement(tag);
  node.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick" || name === "onsubmit") node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...content.filter((part) => part !== null && part !== undefined));
  return node;
}

const sentence = (text) => (text ? text.split("; ").map((part) => part[0].toUpperCase() + part.slice(1) + ".").join(" ") : "");

function show(heading, content, { tab = "", before = null } = {}) {
  title.textContent = heading;
  toast.textContent = "";
  view.replaceChildren(...content);
  back.hidden = !before;
  back.onclick = before;
  tabs.hidden = !state.name;
  for (const button of tabs.children) {
    if (button.dataset.tab === tab) button.setAttribute("aria-current", "page");
    else button.removeAttribute("aria-current");
  }
  window.scrollTo(0, 0);
  title.focus();
}

function tell(text, bad = false) {
  toast.textContent = text;
  toast.className = bad ? "bad" : "good";
}

// attempt does something, and tells what goes wrong.
async function attempt(work) {
  try {
    await work();
  } catch (error) {
    if (error.status === 401 && state.name) return leave("Your login has ended. Log in again.");
    tell(error instanceof api.Refused ? `${sentence(error.message)} ${sentence(error.next)}` : "The issuer can not be reached. Try again.", true);
  }
}

function field(id, text, attributes = {}) {
  return el("div.field", {}, el("label", { for: id }, text), el("input", { id, name: id, required: "", ...attributes }));
}

function showLogin() {
  const form = el("form", { onsubmit: (event) => {
    event.preventDefault();
    const { name, password } = form.elements;
    attempt(async () => {
      const login = await api.login(name.value, password.value);
      password.value = "";
      await enter(login);
    });
  } },
  field("name", "Login name", { autocomplete: "username", autocapitalize: "none", maxlength: "64" }),
  field("password", "Password", { type: "password", autocomplete: "current-password", maxlength: "256" }),
  el("button.main", {}, "Log in"));
  show("till card", [el("p.lead", {}, "Your card and its PIN, in your hand."), form,
    el("button.plain", { onclick: showRegister }, "New here? Register your card")]);
}

function showRegister() {
  const form = el("form", { autocomplete: "off", onsubmit: (event) => {
    event.preventDefault();
    const f = form.elements;
    const [month, year] = f.expires.value.replaceAll(" ", "").split("/");
    attempt(async () => {
      await api.register({ pan: f.pan.value, expires: (year || "") + (month || "").padStart(2, "0"), cid: f.cid.value, name: f.name.value, password: f.password.value });
      form.reset();
      showLogin();
      tell("You are registered. Log in.");
    });
  } },
  field("pan", "Card number", { inputmode: "numeric", maxlength: "30" }),
  field("expires", "Expires, as 12/35", { inputmode: "numeric", maxlength: "7" }),
  field("cid", "Card identification code, 4 digits", { type: "password", inputmode: "numeric", maxlength: "4" }),
  field("name", "Login name that you choose", { autocomplete: "username", autocapitalize: "none", maxlength: "64" }),
  field("password", "Password that you choose, at least 8 characters", { type: "password", autocomplete: "new-password", minlength: "8", maxlength: "256" }),
  el("button.main", {}, "Register"));
  show("Register", [form], { before: showLogin });
}

async function enter(login) {
  state.name = login.name;
  state.stop?.abort();
  state.stop = new AbortController();
  await load();
  api.follow(changed, state.stop.signal);
  showCards();
}

function leave(text) {
  state.stop?.abort();
  Object.assign(state, { name: "", cards: [], pins: new Map(), here: () => {} });
  showLogin();
  tell(text);
}

async function load() {
  state.cards = await api.cards();
  for (const card of state.cards) if (card.yours) state.pins.set(card.ref, await api.status(card.ref));
}

// changed takes a live notice.
function changed(status) {
  const before = state.pins.get(status.card.ref);
  state.pins.set(status.card.ref, status);
  const card = state.cards.find((c) => c.ref === status.card.ref);
  if (card) card.status = status.card.status;
  if (before && before.pin !== status.pin) tell(`Card ending in ${status.card.last_four}: ${status.text}.`, status.pin === "failed" || status.pin === "held");
  state.here();
}

const stages = ["Requested", "Sent to the card", "Probably active", "Confirmed"];
const reached = { "first-pending": 1, pending: 1, "on-its-way": 2, failed: 2, "probably-active": 3, done: 4 };

function progress(pin) {
  const n = reached[pin];
  if (!n) return null;
  return el("ol.way", { "aria-label": "Way of the PIN to the card" }, ...stages.map((text, i) => el(i < n ? "li.on" : "li", {}, text)));
}

function face(card) {
  return el(card.yours ? "div.face" : "div.face.other", {}, el("span.bank", {}, "till test issuer"), el("span.chip"),
    el("span.number", {}, `•••• ${card.last_four}`), el("span.kind", {}, card.supplementary ? "Supplementary" : "Primary"));
}

function showCards() {
  const draw = () => view.replaceChildren(...state.cards.map((card) => {
    const s = state.pins.get(card.ref);
    return el("section.tile", { "data-pin": s ? s.pin : "" }, face(card),
      el("h2", {}, `Card ending in ${card.last_four}`), el("p.state", {}, card.status),
      s ? el("p", {}, sentence(s.text)) : el("p", {}, "Its cardholder manages it from a login of his own."),
      s ? el("button.main", { onclick: () => showCard(card.ref) }, "Manage card PIN") : null);
  }));
  show(`Hello, ${state.name}`, [], { tab: "cards" });
  state.here = draw;
  draw();
}

function showCard(ref) {
  const draw = () => {
    const card = state.cards.find((c) => c.ref === ref);
    const s = state.pins.get(ref);
    const live = card.status === "active" || card.status === "blocked";
    const create = s.pin === "none" || s.pin === "set-again";
    view.replaceChildren(
      el("section.tile", { "data-pin": s.pin, "data-card": ref }, el("h2", {}, `Card ending in ${card.last_four}`), el("p.state", {}, card.status),
        el("p.says", {}, sentence(s.text)), el("p.next", {}, sentence(s.next)), progress(s.pin)),
      el("div.list", {},
        card.status === "not activated" ? el("button.main", { onclick: () => act(() => api.activate(ref), "The card is active.") }, "Activate card") : null,
        live && create ? el("button.main", { onclick: () => showPad(ref, true) }, "Create PIN") : null,
        live && !create && s.pin !== "ended" ? el("button.main", { onclick: () => showPassword(ref) }, "Change PIN") : null,
        live && s.chip_locked ? el("button.second", { onclick: () => act(() => api.unlock(ref), "The PIN is unlocked when the card is inserted next.") }, "Unlock PIN") : null,
        el("button.second", { onclick: () => showHistory(ref) }, "History")));
  };
  show("Manage card PIN", [], { tab: "account", before: showAccount });
  state.here = draw;
  draw();
}

function act(work, text) {
  return attempt(async () => {
    changed(await work());
    tell(text);
  });
}

function showAccount() {
  state.here = () => {};
  show("Account", [
    el("div.list", {}, ...state.cards.filter((card) => card.yours).map((card) =>
      el("button.line", { onclick: () => showCard(card.ref) }, el("b", {}, "Manage card PIN"), el("span", {}, `Card ending in ${card.last_four}`)))),
    el("p.small", {}, "Nobody from the issuer asks for your PIN: not by phone, not by mail, and never for an online order."),
    el("button.second", { onclick: () => attempt(async () => { await api.logout(); leave("You are logged out."); }) }, "Log out"),
  ], { tab: "account" });
}

const money = (p) => {
  const code = { 840: "USD", 978: "EUR", 826: "GBP", 756: "CHF" }[p.currency];
  return code ? `${code} ${(p.amount / 100).toFixed(2)}` : `${p.amount} (currency ${p.currency})`;
};
const when = (at) => new Date(at).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" }) + " UTC";

function showHistory(ref) {
  state.here = () => {};
  attempt(async () => {
    const h = await api.history(ref);
    show("History", [
      el("section.tile", {}, el("h2", {}, "Card and PIN"), el("ol.past", {}, ...h.pin.map((e) => el("li", {}, el("span.small", {}, when(e.at)), e.text)))),
      el("section.tile", {}, el("h2", {}, "Payments"), el("ol.past", {}, ...h.payments.map((p) =>
        el("li", {}, el("span.small", {}, [when(p.at), p.how, p.what].filter(Boolean).join(" · ")), `${money(p)} · ${p.approved ? "approved" : p.reversed ? "reversed" : "declined"}${p.why ? `, ${p.why}` : ""}`)))),
    ], { tab: "account", before: () => showCard(ref) });
  });
}

// sealable reports whether the browser can seal a PIN, and says where it can not.
function sealable(ref, heading) {
  if (canSeal()) return true;
  show(heading, [el("p.notice.bad", {}, "A PIN is sealed in the app before it leaves it. Browsers do that on https and on localhost alone, and the app came by neither. Open it by an address that begins with https.")],
    { tab: "account", before: () => showCard(ref) });
  return false;
}

// showPassword asks for the password before a PIN is changed: the phone may be in
// somebody else's hands.
function showPassword(ref) {
  state.here = () => {};
  if (!sealable(ref, "Change PIN")) return;
  const form = el("form", { onsubmit: (event) => {
    event.preventDefault();
    const password = form.elements.password.value;
    form.reset();
    showPad(ref, false, password);
  } },
  el("p.lead", {}, "First your password again."),
  field("password", "Password of your login", { type: "password", autocomplete: "current-password", maxlength: "256" }),
  el("button.main", {}, "Go on to the new PIN"));
  show("Change PIN", [form], { tab: "account", before: () => showCard(ref) });
  form.elements.password.focus();
}

// showPad asks for a PIN twice on a pad of digits.
function showPad(ref, create, password) {
  state.here = () => {};
  if (!sealable(ref, create ? "Create PIN" : "Change PIN")) return;
  let first = "", digits = "";
  const ask = el("p.lead", { id: "ask", role: "status" });
  const dots = el("p.dots", { role: "img" });
  const draw = () => {
    ask.textContent = first ? "Enter it again" : create ? "Choose a PIN of four digits" : "Enter the new PIN";
    dots.replaceChildren(...[0, 1, 2, 3].map((i) => el(i < digits.length ? "i.on" : "i")));
    dots.setAttribute("aria-label", `${digits.length} of 4 digits entered`);
  };
  const put = (digit) => {
    if (digits.length === 4) return;
    digits += digit;
    draw();
    if (digits.length === 4) setTimeout(full, 150);
  };
  const clear = () => { digits = digits.slice(0, -1); draw(); };
  const full = () => {
    if (!first) {
      [first, digits] = [digits, ""];
      return draw();
    }
    const same = first === digits, chosen = digits;
    first = digits = "";
    draw();
    if (!same) return tell("The two entries differ. Start again.", true);
    return attempt(async () => {
      const status = await api.setPIN(ref, create, chosen, password).catch((error) => {
        if (error.code === "password-wrong") showPassword(ref);
        throw error;
      });
      state.pins.set(ref, status);
      showCard(ref);
      tell(create ? "Your PIN was created." : "Your request was received.");
    });
  };
  const pad = el("div.pad", { role: "group", "aria-label": "Digits" },
    ..."123456789".split("").map((d) => el("button", { onclick: () => put(d) }, d)),
    el("span"), el("button", { onclick: () => put("0") }, "0"), el("button.plain", { onclick: clear, "aria-label": "Delete the last digit" }, "⌫"));
  pad.onkeydown = view.onkeydown = (event) => {
    if (!pad.isConnected || event.defaultPrevented) return;
    if (/^[0-9]$/.test(event.key)) put(event.key);
    else if (event.key === "Backspace") clear();
    else return;
    event.preventDefault();
  };
  show(create ? "Create PIN" : "Change PIN", [ask, dots, pad,
    el("p.small", {}, "No repeated or running digits, no date of yours, no part of the card number."),
    create ? null : el("p.small", {}, "Your current PIN stays valid until you have used it one last time with the card in a checkout terminal. A tap will not do.")].filter(Boolean),
  { tab: "account", before: () => showCard(ref) });
  draw();
  pad.firstChild.focus();
}

for (const button of tabs.children) button.onclick = () => (button.dataset.tab === "cards" ? showCards() : showAccount());

if ("serviceWorker" in navigator) navigator.serviceWorker.register("/app/sw.js");

api.renew().then((login) => attempt(() => enter(login)), () => showLogin());
