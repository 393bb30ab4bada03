// Opens pages in a real browser, and says what is wrong with them: a line for each fault, and nothing for none.
//
//   NODE_PATH=FOLDER/node_modules node tests/browser.js CHROMIUM PAGE…
//   NODE_PATH=FOLDER/node_modules node tests/browser.js CHROMIUM --watch INDEX RUN
//
// Needs playwright-core and axe-core. For each page: no message on the console, no error of a script, nothing asked of anybody, nothing
// wider than a phone, curves that can be read with the pointer and with the keyboard, and, light and dark, nothing serious for axe.
//
// The two pages of `brecha watch` may ask their own server. Both have to change while the run goes on, without taking from the reader
// what is being read. Then the line “the run may end” is written, and both have to say that it has ended.
"use strict";

const { readFileSync } = require("node:fs");
const { basename, dirname } = require("node:path");
const { pathToFileURL } = require("node:url");
const { chromium } = require("playwright-core");

const [, , executablePath, ...pages] = process.argv;
const [isWatching, index, run] = [pages[0] === "--watch", pages[1], pages[2]];
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const screenshots = process.env.BRECHA_SCREENSHOTS;
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

// So long may news take, on a machine that is busy.
const PATIENCE = 60_000;

// A page that keeps what is wrong with it in `faults`; `isAllowed` says which requests are none of it.
async function opened(browser, url, faults, isAllowed) {
  const page = await browser.newPage({ viewport: { width: 900, height: 800 } });
  page.on("console", (message) => faults.push(`console ${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => faults.push(`script: ${error}`));
  page.on("dialog", (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("request", (request) => {
    const asked = request.url();
    if (!isAllowed(asked) && !asked.startsWith("data:")) faults.push(`asks for ${asked}`);
  });
  await page.goto(url);
  return page;
}

async function readCurves(page, faults) {
  const figure = page.locator("figure.curves").first();
  if (!(await figure.count())) {
    faults.push("no curves");
    return;
  }
  const reading = figure.locator("output");
  await figure.scrollIntoViewIfNeeded();
  const box = await figure.locator("svg").boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 3);
  const pointed = await reading.textContent();
  if (!/^epoch \d+ · .*loss \d/.test(pointed)) faults.push(`pointing reads “${pointed}”`);
  await figure.focus();
  await page.keyboard.press("Home");
  const first = await reading.textContent();
  await page.keyboard.press("End");
  const last = await reading.textContent();
  const epoch = (text) => Number(text.match(/^epoch (\d+)/)?.[1]);
  if (!(epoch(first) < epoch(last))) faults.push(`keys read “${first}” and “${last}”`);
}

async function fitEverywhere(page, name, faults) {
  for (const [width, media] of [[900, "light"], [360, "dark"]]) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme: media });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    if (wide > width) faults.push(`${wide} pixels wide on a screen of ${width}`);
    if (screenshots) {
      const path = `${screenshots}/${name}-${width}-${media}.png`;
      await page.screenshot({ path, fullPage: true });
    }
  }
}

// axe is a script from outside, which the page's policy forbids, rightly.
async function keepNobodyOut(browser, url, faults) {
  for (const colorScheme of ["light", "dark"]) {
    const context = await browser.newContext({ bypassCSP: true, colorScheme });
    const page = await context.newPage();
    await page.goto(url);
    await page.addScriptTag({ content: axe });
    const { violations } = await page.evaluate("axe.run()");
    for (const { impact, id, nodes } of violations) {
      if (impact === "serious" || impact === "critical") {
        faults.push(`axe, ${colorScheme}: ${impact} ${id}: ${nodes[0].html.slice(0, 200)}`);
      }
    }
    await context.close();
  }
}

async function faultsOf(browser, file) {
  const faults = [];
  const url = pathToFileURL(file).href;
  const page = await opened(browser, url, faults, (asked) => asked === url);
  await readCurves(page, faults);
  await fitEverywhere(page, basename(dirname(file)), faults);
  await page.close();
  await keepNobodyOut(browser, url, faults);
  return faults;
}

// Waits until `isEnough` of what `expression` says. The page's policy forbids waiting within it, rightly, and it may be loaded anew.
async function until(page, expression, isEnough) {
  for (const end = Date.now() + PATIENCE; Date.now() < end; ) {
    const now = await page.evaluate(expression).catch(() => null);
    if (now !== null && isEnough(now)) return;
    await page.waitForTimeout(100);
  }
  throw new Error(`${page.url()}: in vain waited for news of ${expression}`);
}

async function changed(page, expression) {
  const before = await page.evaluate(expression);
  await until(page, expression, (now) => now !== before);
}

async function faultsOfWatched(browser) {
  const faults = [];
  const isOwn = (asked) => new URL(asked).origin === new URL(index).origin;
  const all = await opened(browser, index, faults, isOwn);
  const live = await opened(browser, run, faults, isOwn);

  await live.bringToFront();
  await readCurves(live, faults);
  const curve = "document.querySelector('figure.curves polyline, figure.curves path').outerHTML";
  const reading = "document.querySelector('figure.curves output').textContent";
  const [read, focused] = [await live.evaluate(reading), "document.activeElement.className"];
  await changed(live, curve);
  await changed(live, "document.querySelector('.status').textContent");
  if ((await live.evaluate(reading)) !== read) {
    faults.push(`“${read}” became “${await live.evaluate(reading)}” while it was read`);
  }
  if ((await live.evaluate(focused)) !== "curves") faults.push("the curves lost the focus");
  await readCurves(live, faults);

  await all.bringToFront();
  const links = all.locator("#runs a");
  if ((await links.count()) !== 2) faults.push(`${await links.count()} runs in the index`);
  await links.last().focus();
  const address = await links.last().getAttribute("href");
  await changed(all, "document.querySelector('#runs').textContent");
  await changed(all, "document.querySelector('#runs .spark polyline').getAttribute('points')");
  const kept = await all.evaluate("document.activeElement.getAttribute('href')");
  if (kept !== address) faults.push(`the link to ${address} lost the focus`);

  await fitEverywhere(all, "watch-index", faults);
  await live.bringToFront();
  await fitEverywhere(live, "watch-run", faults);
  const scrolled = "document.querySelector('figure.curves .paper').scrollLeft";
  await live.evaluate(`${scrolled} = 30`);
  await changed(live, curve);
  const left = await live.evaluate(scrolled);
  if (left !== 30) faults.push(`the curves were scrolled to 30 pixels, and are at ${left}`);
  await keepNobodyOut(browser, index, faults);
  await keepNobodyOut(browser, run, faults);

  console.log("the run may end");
  await until(live, "!document.body.dataset.events", (isStill) => isStill);
  await readCurves(live, faults);
  await until(all, "document.querySelector('#runs').textContent", (text) => !text.includes("running"));
  return faults;
}

(async () => {
  const browser = await chromium.launch({ executablePath, args: flags });
  if (isWatching) {
    for (const fault of await faultsOfWatched(browser)) console.log(fault);
  } else {
    for (const file of pages) {
      for (const fault of await faultsOf(browser, file)) console.log(`${file}: ${fault}`);
    }
  }
  await browser.close();
})().catch((error) => {
  console.log(`the browser failed: ${error}`);
  process.exit(1);
});
