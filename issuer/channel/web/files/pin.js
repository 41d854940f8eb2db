// Seals the PIN before the form goes. The fields in which it is typed have no name,
// so that a browser sends them with nothing.
import { canSeal, sealPIN } from "/assets/seal.js";

const form = document.getElementById("pin-form");
const [pin, again, differ, send] = ["pin", "again", "differ", "send"].map((id) => document.getElementById(id));

// Without a script the form is not there: nothing could seal what was typed into it.
form.hidden = !canSeal();
send.disabled = !canSeal();
document.getElementById("insecure").hidden = canSeal();

function refuse(text, field) {
  differ.textContent = text;
  differ.hidden = false;
  field.focus();
}

form.addEventListener("submit", async (event) => {
  if (form.elements.data.value) return; // sealed
  event.preventDefault();
  if (!/^[0-9]{4}$/.test(pin.value)) return refuse("A PIN has four digits.", pin);
  if (pin.value !== again.value) {
    again.value = "";
    return refuse("The two entries differ. Enter the same PIN twice.", again);
  }
  send.disabled = true;
  const sealed = await sealPIN(pin.value, form.dataset);
  pin.value = again.value = "";
  pin.required = again.required = false;
  for (const name of ["key", "challenge", "data"]) form.elements[name].value = sealed[name];
  form.submit();
});

// A page that the browser kept would send what was sent before.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
