// The app's side of the JSON API, /app/openapi.yaml. The access token is held in
// memory alone; what renews it is a cookie that no script sees.
import { sealPIN } from "/assets/seal.js";

let token = "";

// Refused is an answer that is no success.
export class Refused extends Error {
  constructor(status, error) {
    super(error.text);
    Object.assign(this, { status, code: error.code, next: error.next || "" });
  }
}

async function send(method, path, body, key) {
  const headers = {};
  if (token) headers.Authorization = `Bearer ${token}`;
  if (key) headers["Idempotency-Key"] = key;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  const content = await answer.json();
  if (!answer.ok) throw new Refused(answer.status, content.error);
  return content;
}

// renew gets the next access token; pages that are open at once take turns.
export async function renew() {
  const ask = () => send("POST", "/v1/refresh", {});
  const login = await (navigator.locks ? navigator.locks.request("refresh", ask) : ask());
  token = login.token;
  return login;
}

// ask sends a request, a second time where the access token had ended.
async function ask(method, path, body, key) {
  try {
    return await send(method, path, body, key);
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 401) throw error;
    token = "";
    await renew();
    return send(method, path, body, key);
  }
}

export async function login(name, password) {
  const answer = await send("POST", "/v1/login", { name, password, refresh: "cookie" });
  token = answer.token;
  return answer;
}

// logout ends the login and all its tokens, by a token that still counts.
export async function logout() {
  await renew();
  await ask("POST", "/v1/logout", {});
  token = "";
}

export const register = (details) => send("POST", "/v1/register", details);
export const cards = () => ask("GET", "/v1/cards");
export const status = (ref) => ask("GET", `/v1/cards/${ref}/pin`);
export const history = (ref) => ask("GET", `/v1/cards/${ref}/history`);
export const activate = (ref) => ask("POST", `/v1/cards/${ref}/activate`);
export const unlock = (ref) => ask("POST", `/v1/cards/${ref}/pin/unblock`);

// setPIN seals a PIN and sends it, with the password where one is changed. A challenge
// is good for one request, so that a request whose answer was lost is sent with a new
// one, under the same key.
export async function setPIN(ref, create, digits, password) {
  const key = crypto.randomUUID();
  for (let attempt = 1; ; attempt++) {
    const sealed = await sealPIN(digits, await ask("GET", `/v1/cards/${ref}/pin/key`));
    try {
      return await ask(create ? "POST" : "PUT", `/v1/cards/${ref}/pin`, { sealed, password }, key);
    } catch (error) {
      if (error instanceof Refused || attempt === 2) throw error;
    }
  }
}

// follow calls show with each status that the issuer tells, until it is aborted. A
// stream that breaks is opened again.
export async function follow(show, signal) {
  while (!signal.aborted) {
    try {
      const answer = await fetch("/v1/events", { headers: { Authorization: `Bearer ${token}` }, signal });
      if (answer.status === 401) await renew();
      else if (answer.ok) await read(answer.body.getReader(), show);
    } catch (error) {
      if (signal.aborted || (error instanceof Refused && error.status === 401)) return;
    }
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
}

async function read(reader, show) {
  const decoder = new TextDecoder();
  for (let text = ""; ; ) {
    const { done, value } = await reader.read();
    if (done) return;
    text += decoder.decode(value, { stream: true });
    const events = text.split("\n\n");
    text = events.pop();
    for (const event of events) {
      const data = event.split("\n").find((line) => line.startsWith("data: "));
      if (data) show(JSON.parse(data.slice(6)));
    }
  }
}
