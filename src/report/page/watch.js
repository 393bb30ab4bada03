// Follows a run, or all of them, while the server says what is new.
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
  old.replaceWith(parsed(news.figure));
  const figure = document.querySelector("figure.curves");
  readable(figure);
  if (isChosen) figure.focus();
});
events.addEventListener("runs", (event) => {
  document.querySelector("#runs").replaceChildren(parsed(JSON.parse(event.data).table));
});
events.addEventListener("ended", () => {
  events.close();
  location.reload();
});
addEventListener("pagehide", () => events.close());
