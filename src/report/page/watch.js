// Follows a run, or all of them, while the server says what is new. What is being read, and what has the focus, stays so.
const events = new EventSource(document.body.dataset.events);
const parsed = (html) => {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return holder.content;
};
events.addEventListener("curves", (event) => {
  const news = JSON.parse(event.data);
  const old = document.querySelector("figure.curves");
  if (!old) {
    location.reload();
    return;
  }
  document.querySelector(".status").textContent = news.status;
  const isChosen = document.activeElement === old;
  const scrolled = old.querySelector(".paper").scrollLeft;
  old.replaceWith(parsed(news.figure));
  const figure = document.querySelector("figure.curves");
  figure.querySelector(".paper").scrollLeft = scrolled;
  readable(figure, old.dataset.epoch);
  if (isChosen) figure.focus({ preventScroll: true });
});
events.addEventListener("runs", (event) => {
  const runs = document.querySelector("#runs");
  const scrolled = runs.querySelector(".wide")?.scrollLeft ?? 0;
  const chosen = runs.contains(document.activeElement) ? document.activeElement : null;
  runs.replaceChildren(parsed(JSON.parse(event.data).table));
  const region = runs.querySelector(".wide");
  if (!region) return;
  region.scrollLeft = scrolled;
  const isSame = (link) => link.getAttribute("href") === chosen?.getAttribute("href");
  const again = [...runs.querySelectorAll("a")].find(isSame);
  if (chosen) (again ?? region).focus({ preventScroll: true });
});
events.addEventListener("ended", () => {
  events.close();
  location.reload();
});
addEventListener("pagehide", () => events.close());
