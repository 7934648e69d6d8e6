"use strict";
// LEFT and RIGHT: where the time axis begins and ends in the width of each picture
const articles = [...document.querySelectorAll("article")];
const table = document.getElementById("summary");
const rows = () => [...table.tBodies[0].rows];
let now = 0;

function show(number, scroll) {
  const wasPlaying = !player().paused;
  player().pause();
  now = number;
  articles.forEach((article, index) => { article.hidden = index !== number; });
  rows().forEach(row => row.classList.toggle("now", Number(row.dataset.take) === number));
  const row = rows().find(r => Number(r.dataset.take) === number);
  if (row) row.scrollIntoView({block: "nearest"});
  if (scroll) articles[number].scrollIntoView({block: "start"});
  history.replaceState(null, "", "#take-" + number);
  if (wasPlaying) player().play();
}
function player() { return articles[now].querySelector("audio"); }
// the order of the arrows is the order of the table as it is sorted
function step(by) {
  const order = rows().map(row => Number(row.dataset.take));
  const next = order[order.indexOf(now) + by];
  if (next !== undefined) show(next, false);
}
document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const audio = player();
  const act = {
    " ": () => audio.paused ? audio.play() : audio.pause(),
    ArrowLeft: () => step(-1),
    ArrowRight: () => step(1),
    ",": () => { audio.currentTime = Math.max(0, audio.currentTime - 5); },
    ".": () => { audio.currentTime += 5; },
  }[event.key];
  if (act) { event.preventDefault(); act(); }
}, true);
rows().forEach(row => row.addEventListener("click", () => show(Number(row.dataset.take), true)));

[...table.tHead.rows[0].cells].forEach((head, column) => head.addEventListener("click", () => {
  const down = head.classList.contains("up");
  [...table.tHead.rows[0].cells].forEach(cell => cell.classList.remove("up", "down"));
  head.classList.add(down ? "down" : "up");
  const key = row => {
    const cell = row.cells[column];
    if (cell.dataset.value === undefined) return cell.textContent;
    return cell.dataset.value === "" ? Infinity : Number(cell.dataset.value);
  };
  rows().sort((a, b) => {
    const [x, y] = [key(a), key(b)];
    if (x === Infinity || y === Infinity) return x === y ? 0 : x === Infinity ? 1 : -1;  // what has no value stays last
    return (x < y ? -1 : x > y ? 1 : 0) * (down ? -1 : 1);
  }).forEach(row => table.tBodies[0].append(row));
}));

articles.forEach(article => {
  const audio = article.querySelector("audio"), duration = Number(article.dataset.duration);
  article.querySelectorAll(".picture").forEach(picture => picture.addEventListener("click", event => {
    const box = picture.getBoundingClientRect();
    const share = ((event.clientX - box.left) / box.width - LEFT) / (RIGHT - LEFT);
    const at = Math.min(1, Math.max(0, share)) * duration;
    if (audio.readyState) audio.currentTime = at;
    else { audio.addEventListener("loadedmetadata", () => { audio.currentTime = at; }, {once: true}); audio.load(); }
    audio.play();
  }));
});
function follow() {
  const article = articles[now], share = player().currentTime / Number(article.dataset.duration);
  const left = 100 * (LEFT + (RIGHT - LEFT) * Math.min(1, share)) + "%";
  article.querySelectorAll(".cursor").forEach(cursor => { cursor.style.left = left; });
  requestAnimationFrame(follow);
}
const asked = /^#take-(\d+)$/.exec(location.hash);
if (articles.length) { show(asked && articles[Number(asked[1])] ? Number(asked[1]) : 0, false); follow(); }
