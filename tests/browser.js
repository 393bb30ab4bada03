// Opens pages in a real browser, and says what is wrong with them: a line for each fault, and nothing for none.
//
//   NODE_PATH=FOLDER/node_modules node tests/browser.js CHROMIUM PAGE…
//
// Needs playwright-core and axe-core. For each page: no message on the console, no error of a script, nothing asked of anybody, nothing
// wider than a phone, curves that can be read with the pointer and with the keyboard, and, light and dark, nothing serious for axe.
"use strict";

const { readFileSync } = require("node:fs");
const { basename, dirname } = require("node:path");
const { pathToFileURL } = require("node:url");
const { chromium } = require("playwright-core");

const [, , executablePath, ...pages] = process.argv;
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

async function faultsOf(browser, file) {
  const faults = [];
  const url = pathToFileURL(file).href;
  const page = await browser.newPage({ viewport: { width: 900, height: 800 } });
  page.on("console", (message) => faults.push(`console ${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => faults.push(`script: ${error}`));
  page.on("dialog", (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("request", (request) => {
    const asked = request.url();
    if (asked !== url && !asked.startsWith("data:")) faults.push(`asks for ${asked}`);
  });
  await page.goto(url);

  const figure = page.locator("figure.curves").first();
  if (await figure.count()) {
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
  } else {
    faults.push("no curves");
  }
  for (const [width, media] of [[900, "light"], [360, "dark"]]) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme: media });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    if (wide > width) faults.push(`${wide} pixels wide on a screen of ${width}`);
    if (screenshots) {
      const name = `${basename(dirname(file))}-${width}-${media}.png`;
      await page.screenshot({ path: `${screenshots}/${name}`, fullPage: true });
    }
  }
  await page.close();

  // axe is a script from outside, which the page's policy forbids, rightly.
  for (const colorScheme of ["light", "dark"]) {
    const context = await browser.newContext({ bypassCSP: true, colorScheme });
    const other = await context.newPage();
    await other.goto(url);
    await other.addScriptTag({ content: axe });
    const { violations } = await other.evaluate("axe.run()");
    for (const { impact, id, nodes } of violations) {
      if (impact === "serious" || impact === "critical") {
        faults.push(`axe, ${colorScheme}: ${impact} ${id}: ${nodes[0].html.slice(0, 200)}`);
      }
    }
    await context.close();
  }
  return faults;
}

(async () => {
  const browser = await chromium.launch({ executablePath, args: flags });
  for (const file of pages) {
    for (const fault of await faultsOf(browser, file)) console.log(`${file}: ${fault}`);
  }
  await browser.close();
})().catch((error) => {
  console.log(`the browser failed: ${error}`);
  process.exitCode = 1;
});
