"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const state = { month: "all", step: "" };
const $ = (id) => document.getElementById(id);
const yuan = (cents) => {
  const sign = cents < 0 ? "-" : "", whole = Math.abs(cents);
  return sign + Math.floor(whole / 100).toLocaleString("en-US") + "." + String(whole % 100).padStart(2, "0");
};

function cell(text, kind) {
  const made = document.createElement("td");
  made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

const heads = [...document.querySelectorAll("#lines th")].map((head) => head.textContent);

function row(cells) {
  const made = document.createElement("tr");
  for (const [place, one] of cells.entries()) if (cells.length === heads.length) one.dataset.label = heads[place];
  made.append(...cells);
  return made;
}

function told(number, cents) {
  const [booked, account, direction, party, partyAccount, summary, rule, sure, doubtful] = data.lines[number];
  const link = document.createElement("a");
  link.href = "#rule-" + rule;
  link.textContent = rule;
  link.title = data.rules[rule];
  const by = cell("");
  by.append(link);
  const certainty = Math.round(sure * 100) + " %" + (doubtful ? " 存疑 doubtful" : "");
  const side = direction === "in" ? "收 in" : "付 out";
  return row([cell(booked), cell(account), cell(side), cell(party + (partyAccount ? " " + partyAccount : "")),
    cell(summary), by, cell(certainty, doubtful ? "doubt" : ""), cell(yuan(cents), "number")]);
}

function note(words, cents) {
  const first = cell(words);
  first.colSpan = 7;
  const made = row([first, cell(yuan(cents), "number")]);
  made.className = "note";
  return made;
}

function lines() {
  $("lines").hidden = !state.step;
  if (!state.step) return;
  const months = state.month === "all" ? Object.keys(data.cells) : [state.month];
  const cells = months.map((month) => data.cells[month][state.step]);
  const sum = (of) => cells.reduce((total, one) => total + of(one), 0);
  const all = cells.flatMap((one) => one.lines).sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]));
  const listed = all.slice(0, data.most), left = all.slice(data.most);
  const more = left.length + sum((one) => one.more[0]);
  const moreCents = left.reduce((total, one) => total + one[1], 0) + sum((one) => one.more[1]);
  const rest = sum((one) => one.rest);
  const rows = listed.map(([number, cents]) => told(number, cents));
  if (more) rows.push(note(`另有 ${more} 笔未列出 ${more} more lines, not listed`, moreCents));
  if (rest) rows.push(note("月度统计，无逐笔 from monthly statistics, without lines", rest));
  $("rows").replaceChildren(...rows);
  $("sum").textContent = yuan(sum((one) => one.value));
  const [zh, en] = data.steps[state.step];
  $("what").textContent = `${zh} ${en} · ${state.month === "all" ? "全部月份 all months" : state.month} · ${all.length + sum((one) => one.more[0])} 笔 lines`;
}

function show() {
  for (const view of document.querySelectorAll("[data-view]")) view.toggleAttribute("hidden", view.dataset.view !== state.month);
  for (const month of document.querySelectorAll("[data-month]")) month.classList.toggle("chosen", month.dataset.month === state.month);
  for (const bar of document.querySelectorAll("[data-step]")) bar.classList.toggle("chosen", bar.dataset.step === state.step);
  $("month").value = state.month;
  lines();
}

document.addEventListener("click", (event) => {
  const bar = event.target.closest("[data-step]"), month = event.target.closest("[data-month]");
  if (!bar && !month) return;
  event.preventDefault();
  if (bar) state.step = bar.dataset.step;
  if (month) state.month = state.month === month.dataset.month ? "all" : month.dataset.month;
  show();
  if (bar) {
    $("lines").scrollIntoView();
    $("lines").focus({ preventScroll: true }); // who goes by keyboard or ear stands where the lines are
  }
});
$("month").addEventListener("change", (event) => { state.month = event.target.value; show(); });
show();
