"use strict";
// Lines are a pixel wide without grey edges, as those that the net has learned from.
const canvas = document.getElementById("drawing");
const made = document.getElementById("made");
const state = document.getElementById("status");
const undo = document.getElementById("undo");
const ink = canvas.getContext("2d", { willReadFrequently: true });
const side = canvas.width;
const MOST_STEPS = 100;
const before = [];
let tool = "pen";
let last = null;
let asking = false;
let stale = false;

function wipe() {
  ink.fillStyle = "#fff";
  ink.fillRect(0, 0, side, side);
}

function place(event) {
  const box = canvas.getBoundingClientRect();
  return [
    Math.floor(((event.clientX - box.left) / box.width) * side),
    Math.floor(((event.clientY - box.top) / box.height) * side),
  ];
}

function dot(x, y) {
  const [colour, width] = tool === "pen" ? ["#000", 1] : ["#fff", 5];
  ink.fillStyle = colour;
  ink.fillRect(x - (width >> 1), y - (width >> 1), width, width);
}

function line([x0, y0], [x1, y1]) {
  const steps = Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0), 1);
  for (let i = 0; i <= steps; i++) {
    dot(Math.round(x0 + ((x1 - x0) * i) / steps), Math.round(y0 + ((y1 - y0) * i) / steps));
  }
}

function remember() {
  before.push(ink.getImageData(0, 0, side, side));
  if (before.length > MOST_STEPS) before.shift();
  undo.disabled = false;
}

function say(words, failed = false) {
  state.textContent = words;
  state.classList.toggle("failed", failed);
}

// One question at a time; what is drawn in the meantime is asked about afterwards.
async function ask() {
  stale = true;
  if (asking) return;
  asking = true;
  while (stale) {
    stale = false;
    try {
      const file = await new Promise((done) => canvas.toBlob(done, "image/png"));
      const answer = await fetch("picture", {
        method: "POST",
        headers: { "Content-Type": "image/png" },
        body: file,
      });
      if (!answer.ok) throw new Error(await answer.text());
      const old = made.src;
      made.src = URL.createObjectURL(await answer.blob());
      made.hidden = false;
      if (old) URL.revokeObjectURL(old);
      say("what the net makes of them");
    } catch (error) {
      say(`no picture: ${error.message}`, true);
    }
  }
  asking = false;
}

canvas.addEventListener("pointerdown", (event) => {
  if (event.button > 0) return;
  remember();
  last = place(event);
  line(last, last);
  event.preventDefault();
});
addEventListener("pointermove", (event) => {
  if (!last) return;
  const next = place(event);
  line(last, next);
  last = next;
});
for (const end of ["pointerup", "pointercancel"]) {
  addEventListener(end, () => {
    if (!last) return;
    last = null;
    ask();
  });
}
for (const name of ["pen", "rubber"]) {
  document.getElementById(name).addEventListener("click", () => {
    tool = name;
    for (const other of ["pen", "rubber"]) {
      document.getElementById(other).setAttribute("aria-pressed", String(other === name));
    }
  });
}
undo.addEventListener("click", () => {
  ink.putImageData(before.pop(), 0, 0);
  undo.disabled = !before.length;
  ask();
});
document.getElementById("clear").addEventListener("click", () => {
  remember();
  wipe();
  ask();
});
wipe();
