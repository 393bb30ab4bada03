"use strict";
// Reads the numbers of an epoch off the curves: with a pointer, a finger, or the arrow keys.
const readable = (figure) => {
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
    const box = drawing.getBoundingClientRect();
    cursor.style.left = `${(place(epochs[chosen]) / data.width) * box.width}px`;
    cursor.hidden = false;
    reading.textContent = data.names
      .map((name, column) => [name, data.rows[chosen][column]])
      .filter(([, value]) => value !== null)
      .map(([name, value]) => `${name} ${String(value).replace("-", "−")}`)
      .join(" · ");
  };
  const nearest = (event) => {
    const box = drawing.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * data.width;
    let best = 0;
    epochs.forEach((epoch, index) => {
      if (Math.abs(place(epoch) - x) < Math.abs(place(epochs[best]) - x)) best = index;
    });
    show(best);
  };
  drawing.addEventListener("pointermove", nearest);
  drawing.addEventListener("pointerdown", nearest);
  figure.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 }[event.key];
    if (event.key === "Home") show(0);
    else if (event.key === "End") show(epochs.length - 1);
    else if (step) show(chosen + step);
    else return;
    event.preventDefault();
  });
};
document.querySelectorAll("figure.curves").forEach(readable);
