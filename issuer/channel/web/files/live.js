// Follows the cards: the issuer tells each change as a server-sent event, and the
// page says it without being loaded again.
const live = document.getElementById("live");
const cards = document.querySelectorAll("[data-card]");

const sentence = (text) => (text ? text.split("; ").map((part) => part[0].toUpperCase() + part.slice(1) + ".").join(" ") : "");

function show(status) {
  for (const card of cards) {
    if (card.dataset.card !== status.card.ref || card.dataset.pin === undefined) continue;
    const before = card.dataset.pin;
    card.dataset.pin = status.pin;
    card.toggleAttribute("data-locked", !!status.chip_locked);
    const text = card.querySelector("[data-say=text]");
    const next = card.querySelector("[data-say=next]");
    if (text) text.textContent = sentence(status.text);
    if (next) next.textContent = sentence(status.next);
    if (before !== status.pin) live.textContent = `Card ending in ${status.card.last_four}: ${status.text}.`;
  }
}

if (live && cards.length) {
  const events = new EventSource("/v1/events");
  events.addEventListener("status", (event) => show(JSON.parse(event.data)));
  window.addEventListener("pagehide", () => events.close());
}
