"use strict";
const $ = (id) => document.getElementById(id);
const cards = [...document.querySelectorAll(".card")];
const texts = new Map(cards.map((card) => [card, card.textContent.toLowerCase()]));

function show() {
  const words = $("search").value.toLowerCase().split(/\s+/).filter(Boolean), action = $("action").value;
  let shown = 0;
  for (const card of cards) {
    card.hidden = !((!action || card.dataset.action === action) && words.every((word) => texts.get(card).includes(word)));
    if (!card.hidden) shown += 1;
  }
  $("count").textContent = `${shown} / ${cards.length}`;
  $("nothing").hidden = shown > 0;
}

$("search").addEventListener("input", show);
$("action").addEventListener("change", show);
show();
