"use strict";
// Reads the numbers of an epoch off the curves: with a pointer, a finger, or the arrow keys. Figures that are drawn anew go on with the
// `epoch` that was read before.
const readable = (figure, epoch) => {
  const data = JSON.parse(figure.querySelector("script").textContent);
  const drawing = figure.querySelector("svg");
  const cursor = figure.querySelector(".cursor");
  const reading = figure.querySelector("output");
  const epochs = data.rows.map((row) => row[0]);
  if (!drawing || epochs.length === 0) return;
  let chosen = -1;
  const place = (epoch) => {
    const [first, last] = [epochs[0], epochs[epochs.length - 1]];
    const share = last > first ? (epoch - first) / (last - first) : 0.5;
    return data.left + share * (data.right - data.left);
  };
  const show = (index) => {
    chosen = Math.max(0, Math.min(epochs.length - 1, index));
    figure.dataset.epoch = epochs[chosen];
    const box = drawing.getBoundingClientRect();
    cursor.style.left = `${(place(epochs[chosen]) / data.width) * box.width}px`;
    cursor.hidden = false;
    reading.textContent = data.names
      .map((name, column) => [name, data.rows[chosen][column]])
      .filter(([, value]) => value !== null)
      .map(([name, value]) => `${name} ${String(value).replace("-", "−")}`)
      .join(" · ");
  };
  const nearest = (distance) => {
    let best = 0;
    epochs.forEach((epoch, index) => {
      if (distance(epoch) < distance(epochs[best])) best = index;
    });
    show(best);
  };
  const point = (event) => {
    const box = drawing.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * data.width;
    nearest((epoch) => Math.abs(place(epoch) - x));
  };
  drawing.addEventListener("pointermove", point);
  drawing.addEventListener("pointerdown", point);
  figure.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 }[event.key];
    if (event.key === "Home") show(0);
    else if (event.key === "End") show(epochs.length - 1);
    else if (step) show(chosen + step);
    else return;
    event.preventDefault();
  });
  // Of long runs, not every epoch stays a point.
  if (epoch !== undefined) nearest((other) => Math.abs(other - epoch));
};
document.querySelectorAll("figure.curves").forEach((figure) => readable(figure));
