// The page of a terminal: begins payments, follows them by their events, and shows the
// last receipt. It keeps the token in this tab alone.
const $ = (id) => document.getElementById(id);
const without = ["balance", "pin-change", "pin-unblock"];
let current = 0;
let attempt = null; // key and body of a start that no answer came to

$("token").value = sessionStorage.getItem("token") ?? "";
$("token").addEventListener("change", () => { sessionStorage.setItem("token", $("token").value.trim()); complain(); refresh(); });

function headers(more) {
  const token = sessionStorage.getItem("token");
  return token ? { ...more, Authorization: "Bearer " + token } : more;
}

async function ask(method, path, body, more = {}) {
  if (body) more["Content-Type"] = "application/json";
  const response = await fetch(path, { method, headers: headers(more), body: body && JSON.stringify(body) });
  if (response.ok) return response.json();
  const problem = await response.json();
  if (response.status === 401) $("access").open = true;
  throw Object.assign(new Error(problem.title + ": " + problem.next), { problem });
}

function complain(error) {
  $("problem").hidden = !error;
  $("problem").textContent = error ? (error.problem ? error.message : "No answer from the terminal: is it running?") : "";
}

function show(payment, text) {
  current = payment.id;
  $("number").textContent = payment.id;
  const kind = payment.result ? (payment.result === "approved" ? "good" : "bad") : "wait";
  $("result").className = "result " + kind;
  const money = payment.amount ? ` ${payment.amount} ${$("about").dataset.letters ?? ""}` : "";
  $("result").textContent = `${payment.type}${money}: ${payment.result ? payment.outcome && payment.result !== "cancelled" ? payment.outcome : payment.result : text ?? payment.state}`
    + (payment.reason ? ` (${payment.reason})` : "") + (payment.reversal === "none" ? "" : `, reversal ${payment.reversal}`);
  $("next").replaceChildren(...payment.next.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
  $("start").disabled = payment.state !== "done";
  $("cancel").disabled = payment.state === "done" || Boolean(payment.result);
}

function add(event) {
  const line = document.createElement("li"), time = document.createElement("time");
  time.textContent = new Date(event.at).toLocaleTimeString();
  let text = event.text;
  if (event.pin?.tries_left !== undefined) text += ` (${event.pin.tries_left} ${event.pin.tries_left === 1 ? "try" : "tries"} left)`;
  line.append(time, text);
  $("events").append(line);
  if (event.payment) show(event.payment);
  else if (event.type !== "display") $("result").textContent = event.text;
}

// follow reads the stream of a payment to its end, and takes it up again where it breaks.
// EventSource would do, but for the token.
async function follow(id) {
  for (let last = "", done = false; !done;) {
    try {
      const response = await fetch(`/v1/payments/${id}/events`, { headers: headers(last ? { "Last-Event-ID": last } : {}) });
      if (response.status !== 200) break;
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let rest = ""; ;) {
        const piece = await reader.read();
        if (piece.done) break;
        const parts = (rest + piece.value).split("\n\n");
        rest = parts.pop();
        for (const part of parts) {
          const field = (name) => part.split("\n").find((l) => l.startsWith(name + ": "))?.slice(name.length + 2);
          if (!field("data")) continue;
          last = field("id");
          const event = JSON.parse(field("data"));
          add(event);
          done = event.type === "done";
        }
      }
    } catch { /* the terminal is away: try again */ }
    if (!done) await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  await refresh();
}

async function refresh() {
  try {
    const terminal = await ask("GET", "/v1/terminal");
    $("merchant").textContent = terminal.merchant.trim();
    $("about").dataset.letters = terminal.currency_letters;
    $("about").textContent = [`terminal ${terminal.terminal_id}`, `profile ${terminal.profile}`, terminal.reader, terminal.host ? `host ${terminal.host}` : "offline",
      terminal.owed_reversals || terminal.owed_advices ? `owed: ${terminal.owed_reversals} reversals, ${terminal.owed_advices} advices` : ""].filter(Boolean).join(" · ");
    document.querySelectorAll(".letters").forEach((e) => { e.textContent = terminal.currency_letters; });
    $("state").textContent = terminal.state;
    $("state").classList.toggle("busy", terminal.state !== "free");
    $("hand").hidden = !terminal.hand;
    const receipt = await fetch("/v1/receipts/last", { headers: headers({ Accept: "text/plain" }) });
    if (receipt.ok) $("receipt").textContent = await receipt.text();
    return terminal;
  } catch (error) { complain(error); }
}

$("type").addEventListener("change", () => {
  $("cashback-row").hidden = $("type").value !== "cashback";
  $("amount-row").hidden = without.includes($("type").value);
});

$("form").addEventListener("submit", async (submit) => {
  submit.preventDefault();
  complain();
  const type = $("type").value, body = {};
  if (!["refund", "cashback"].includes(type)) body.type = type;
  if (!without.includes(type)) body.amount = $("amount").value.trim();
  if (type === "cashback") body.cashback = $("cashback").value.trim();
  const path = type === "refund" ? "/v1/refunds" : "/v1/payments", text = path + JSON.stringify(body);
  if (attempt?.text !== text) attempt = { text, key: Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("") };
  $("start").disabled = true;
  try {
    const payment = await ask("POST", path, body, { "Idempotency-Key": attempt.key });
    attempt = null; // answered: the next one is a new payment
    $("events").replaceChildren();
    show(payment);
    follow(payment.id);
    refresh();
  } catch (error) {
    if (error.problem) attempt = null;
    $("start").disabled = false;
    complain(error);
  }
});

for (const [button, path] of [["cancel", () => `/v1/payments/${current}/cancel`], ["insert", () => "/v1/card/insert"], ["pull", () => "/v1/card/pull"]]) {
  $(button).addEventListener("click", async () => {
    complain();
    try { await ask("POST", path()); } catch (error) { complain(error); }
  });
}

const terminal = await refresh();
if (terminal?.payment) {
  show(await ask("GET", `/v1/payments/${terminal.payment}`));
  follow(terminal.payment);
}
setInterval(refresh, 5000);
