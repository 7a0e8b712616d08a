"use strict";
const $ = (id) => document.getElementById(id);
const body = $("features").tBodies[0], rows = [...body.rows];
const heads = [...$("features").tHead.rows[0].cells];
const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));

function show() {
  const words = $("search").value.toLowerCase().split(/\s+/).filter(Boolean), family = $("family").value;
  let shown = 0;
  for (const row of rows) {
    row.hidden = !((!family || row.dataset.family === family) && words.every((word) => texts.get(row).includes(word)));
    if (!row.hidden) shown += 1;
  }
  $("count").textContent = `${shown} / ${rows.length}`;
  $("none").hidden = shown > 0;
}

function sort(place) {
  const down = heads[place].ariaSort === "ascending";
  for (const head of heads) head.ariaSort = "none";
  heads[place].ariaSort = down ? "descending" : "ascending";
  const value = (row) => row.cells[place].dataset.value;
  const numbers = rows.every((row) => value(row) === "" || !Number.isNaN(Number(value(row))));
  const order = (a, b) => (numbers ? Number(a) - Number(b) : a.localeCompare(b, "en")) * (down ? -1 : 1);
  // What has no value comes last both ways.
  body.append(...[...rows].sort((a, b) => (value(a) === "") - (value(b) === "") || order(value(a), value(b))));
}

heads.forEach((head, place) => head.firstElementChild.addEventListener("click", () => sort(place)));
$("search").addEventListener("input", show);
$("family").addEventListener("change", show);
show();
