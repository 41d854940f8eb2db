// Seals a PIN in the browser: an ISO 9564-1 format 1 block, the issuer's one-time
// challenge and the card's token, under the issuer's public key (RSA-OAEP, SHA-256).
// The issuer's security module alone opens it.

export const canSeal = () => window.isSecureContext && !!(window.crypto && crypto.subtle);

const fromBase64 = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const fromHex = (text) => Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));
const toBase64 = (bytes) => btoa(String.fromCharCode(...bytes));

// block returns the 8 bytes of a format 1 block: control 1, length, digits, random.
function block(digits) {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  const put = (i, nibble) => {
    const shift = i % 2 ? 0 : 4;
    bytes[i >> 1] = (bytes[i >> 1] & ~(15 << shift)) | (nibble << shift);
  };
  put(0, 1);
  put(1, digits.length);
  [...digits].forEach((digit, i) => put(i + 2, Number(digit)));
  return bytes;
}

// sealPIN returns what the issuer takes in place of the PIN. k is its answer to
// GET /v1/cards/{ref}/pin/key.
export async function sealPIN(digits, k) {
  const key = await crypto.subtle.importKey("spki", fromBase64(k.spki), { name: "RSA-OAEP", hash: "SHA-256" }, false, ["encrypt"]);
  const clear = new Uint8Array([...block(digits), ...fromBase64(k.challenge), ...fromHex(k.token)]);
  const label = new TextEncoder().encode(k.label);
  const sealed = await crypto.subtle.encrypt({ name: "RSA-OAEP", label }, key, clear);
  clear.fill(0);
  return { key: k.key, challenge: k.challenge, data: toBase64(new Uint8Array(sealed)) };
}
