// browser.mjs WRITE_SAMPLE - report.html in a real Chromium, report.json
// against its schema.
//
// WRITE_SAMPLE is the program that writes made-up reports to stdout. Exits 77
// where Chromium or the npm packages beside this file are not installed.
// CHROMIUM names another binary; SCREENSHOTS=FOLDER also writes pictures.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const writeSample = process.argv[2] ?? process.env.WRITE_SAMPLE;
const executablePath = process.env.CHROMIUM
  ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
if (!writeSample) {
  console.error("usage: browser.mjs WRITE_SAMPLE");
  process.exit(2);
}
let chromium, Ajv;
try {
  ({ chromium } = await import("playwright-core"));
  Ajv = (await import("ajv/dist/2020.js")).default;
} catch (error) {
  console.log(`skipped: ${error.message}`);
  process.exit(77);
}
if (!executablePath) {
  console.log("skipped: no chromium");
  process.exit(77);
}

const folder = mkdtempSync(join(tmpdir(), "millrace-report-"));
const payloads = join(here, "payloads.txt");
const sample = (kind, format, groups) =>
  execFileSync(resolve(writeSample), [kind, format, String(groups)],
    { maxBuffer: 1 << 28, env: { ...process.env, PAYLOADS: payloads } });
const file = (name, bytes) => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return pathToFileURL(path).href;
};
const GROUPS = 40;
const shopHtml = sample("shop", "html", GROUPS);
const shop = JSON.parse(sample("shop", "json", GROUPS));
const shopUrl = file("shop.html", shopHtml);
const hostileUrl = file("hostile.html", sample("hostile", "html", 3000));

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });

// A page that keeps account of everything it must not do.
const open = async (url, options = {}) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const seen = [];
  page.on("console", (message) => seen.push(`console ${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => seen.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => { seen.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on("request", (request) => {
    if (request.url().split("#")[0] !== url.split("#")[0] && !request.url().startsWith("data:image/svg+xml,"))
      seen.push(`request: ${request.url()}`);
  });
  if (options.javaScriptEnabled !== false)
    await page.addInitScript(() => { window.hits = 0; window.hit = () => { window.hits++; }; });
  await page.goto(url);
  return { page, seen, close: () => context.close() };
};

const visible = (page) => page.locator("#list > tbody.g:visible");
const column = (page, index) => visible(page).locator(`:scope > tr:first-child > :nth-child(${index})`).allInnerTexts();
const titles = (page) => column(page, 2);
const status = (page) => page.locator("#status").innerText();
// The page's policy forbids what the driver's own waiting evaluates.
const until = async (check) => {
  for (let tries = 0; !(await check()); tries++) {
    assert.ok(tries < 100, `still not: ${check}`);
    await new Promise((done) => setTimeout(done, 30));
  }
};

const TAGS = new Set(("A B BODY BUTTON CAPTION CODE DD DETAILS DIV DL DT FIGCAPTION FIGURE FOOTER FORM H1 H2 H4 H5 HEAD HEADER "
  + "HTML INPUT LABEL LI LINK MAIN META OL OPTION OUTPUT P PRE SCRIPT SECTION SELECT SMALL SPAN STYLE SUMMARY TABLE TBODY TD TH "
  + "THEAD TIME TITLE TR UL line path rect svg text title tspan").split(" "));
const ATTRIBUTES = new Set(("aria-hidden aria-label aria-labelledby aria-live aria-sort aria-valuetext autocomplete charset class "
  + "colspan content d data-count data-facet data-first data-k data-sort data-t data-width fill fill-opacity font-family font-size "
  + "height hidden href http-equiv id lang max min name open placeholder preserveAspectRatio rel role rx scope spellcheck stroke "
  + "stroke-opacity stroke-width tabindex text-anchor type value viewBox visibility width x x1 x2 y y1 y2").split(" "));

const tests = {
  "attacks in every field do nothing": async () => {
    for (const options of [{}, { bypassCSP: true }]) {
      const { page, seen, close } = await open(hostileUrl, options);
      const found = await page.evaluate(() => {
        for (const details of document.querySelectorAll("details")) details.open = true;
        const elements = [...document.querySelectorAll("*")];
        for (const element of elements)
          for (const name of ["mouseover", "focus", "error", "load", "toggle"]) element.dispatchEvent(new Event(name));
        return {
          tags: [...new Set(elements.map((e) => e.tagName))],
          attributes: [...new Set(elements.flatMap((e) => e.getAttributeNames()))],
          scripts: document.querySelectorAll("script").length,
          links: [...document.querySelectorAll("[href]")].map((e) => e.getAttribute("href")),
        };
      });
      await page.waitForTimeout(300);
      assert.deepEqual(seen, []);
      assert.equal(await page.evaluate(() => window.hits), 0);
      assert.deepEqual(found.tags.filter((tag) => !TAGS.has(tag)), []);
      assert.deepEqual(found.attributes.filter((name) => !ATTRIBUTES.has(name)), []);
      assert.equal(found.scripts, 1);
      for (const link of found.links)
        assert.match(link, /^(#fp1-[0-9a-f]{16}|#groups|#quality|data:image\/svg\+xml,%3Csvg xmlns.*%3E)$/);
      await close();
    }
  },

  "attacks are shown as they were logged": async () => {
    const { page, close } = await open(hostileUrl);
    const lines = new Set(readFileSync(payloads, "utf8").split("\n"));
    assert.match(await page.locator("#changes").innerText(), /groups are new/);
    const shown = await page.locator("#list tbody.g > tr:first-child > th > a").allTextContents();
    const plain = shown.filter((title) => lines.has(title));
    assert.ok(plain.length > 20, `only ${plain.length} titles came out whole`);
    assert.ok(shown.some((title) => title.includes("<script>")));
    const text = await page.content();
    assert.doesNotMatch(text, /[\u202a-\u202e\u2066-\u2069\u0080-\u009f]/);
    await close();
  },

  "a page stays within a megabyte and lists a thousand groups": async () => {
    for (const kind of ["shop", "hostile"]) {
      const html = sample(kind, "html", 1000);
      assert.ok(html.length <= 1000000, `${kind}: ${html.length} bytes`);
      const { page, seen, close } = await open(file("thousand.html", html));
      assert.equal(await page.locator("#list > tbody.g").count(), 1000);
      assert.deepEqual(seen, []);
      await close();
    }
  },

  "identical input gives identical bytes": async () => {
    for (const format of ["html", "json", "md", "csv", "table"])
      assert.ok(sample("shop", format, GROUPS).equals(sample("shop", format, GROUPS)), format);
  },

  "report.json fits its schema": async () => {
    const schema = JSON.parse(readFileSync(join(here, "../../data/report.schema.json"), "utf8"));
    const validate = new Ajv({ strict: true, allowUnionTypes: true, validateFormats: false }).compile(schema);
    for (const [kind, groups] of [["shop", GROUPS], ["hostile", 700], ["shop", 0]]) {
      const report = JSON.parse(sample(kind, "json", groups));
      assert.ok(validate(report), JSON.stringify(validate.errors?.slice(0, 3)));
    }
    assert.ok(!validate({ ...shop, version: 2 }), "another version does not fit");
    assert.ok(!validate({ ...shop, groups: [{}] }), "an empty group does not fit");
  },

  "everything is there without scripts": async () => {
    const { page, seen, close } = await open(shopUrl, { javaScriptEnabled: false });
    assert.equal(await page.locator("#controls").isVisible(), false);
    assert.equal(await page.locator("#brush").isVisible(), false);
    assert.deepEqual(await titles(page).then((all) => all.length), shop.groups.length);
    const first = page.locator("#list > tbody.g").first();
    await first.locator("summary").first().click();
    assert.ok(await first.locator(".sample").first().isVisible(), "details open by themselves");
    assert.match(await first.innerText(), /millrace inspect archive\//);
    assert.match(await first.innerText(), /WHERE fingerprint = 'fp1-/);
    assert.match(await page.locator(".coverage").innerText(), /Not read: 18,233 stored bytes/);
    assert.ok(await page.locator("#timeline path").first().isVisible());
    assert.deepEqual(seen, []);
    await close();
  },

  "everything is there without styles": async () => {
    const bare = String(shopHtml).replace(/<style>[^]*?<\/style>/, "");
    const { page, close } = await open(file("bare.html", bare));
    const unpainted = await page.evaluate(() => [...document.querySelectorAll("#timeline path, .spark path")]
      .filter((path) => !path.getAttribute("fill") && !path.getAttribute("stroke")).length);
    assert.equal(unpainted, 0);
    const box = await page.locator("#timeline").boundingBox();
    assert.ok(box.height > 200 && box.width > 600);
    assert.match(await page.locator("body").innerText(), /Payment provider declined the charge/);
    await close();
  },

  "an altered script or style does not run": async () => {
    const altered = String(shopHtml).replace('"use strict";', "window.hit();");
    const { page, seen, close } = await open(file("altered.html", altered));
    assert.equal(await page.evaluate(() => window.hits), 0);
    assert.ok(seen.some((line) => line.includes("Content Security Policy")));
    await close();
  },

  "search narrows the list": async () => {
    const { page, seen, close } = await open(shopUrl);
    await page.keyboard.press("/");
    await page.keyboard.type("adyen");
    await until(async () => (await status(page)).startsWith("1 of"));
    assert.deepEqual(await titles(page), ["Payment provider declined the charge"]);
    await page.fill("#q", "no such words anywhere");
    await until(async () => (await status(page)).startsWith("0 of"));
    assert.ok(await page.locator("#none").isVisible());
    await page.click("#clear");
    assert.equal(await visible(page).count(), shop.groups.length);
    assert.deepEqual(seen, []);
    await close();
  },

  "filters combine": async () => {
    const { page, close } = await open(shopUrl);
    const choose = (facet, text) => page.locator(`select[data-facet=${facet}]`).evaluate((select, wanted) => {
      select.value = [...select.options].find((o) => o.textContent.startsWith(wanted + " (")).value;
      select.dispatchEvent(new Event("change"));
    }, text);
    for (const [facet, text, fits] of [
      ["v", "FATAL", (g) => g.level === "FATAL"],
      ["k", "timeout", (g) => g.kind === "timeout"],
      ["a", "777788889999", (g) => "777788889999" in g.accounts],
      ["r", "us-east-1", (g) => "us-east-1" in g.regions],
      ["l", "/aws/lambda/orders-create", (g) => "/aws/lambda/orders-create" in g.log_groups],
    ]) {
      await choose(facet, text);
      assert.equal(await visible(page).count(), shop.groups.filter(fits).length, text);
      await page.locator("#clear").click();
    }
    await choose("v", "WARN");
    await choose("a", "444455556666");
    assert.equal(await visible(page).count(),
      shop.groups.filter((g) => g.level === "WARN" && "444455556666" in g.accounts).length);
    await close();
  },

  "the list sorts by each column, both ways": async () => {
    const { page, close } = await open(shopUrl);
    const header = (name) => page.getByRole("button", { name, exact: true });
    await header("First seen (UTC)").click();
    let dates = await column(page, 5);
    assert.deepEqual(dates, [...dates].sort().reverse());
    assert.equal(await page.locator('th[data-sort="first"]').getAttribute("aria-sort"), "descending");
    await header("First seen (UTC)").press("Enter");
    dates = await column(page, 5);
    assert.deepEqual(dates, [...dates].sort());
    await page.selectOption("#sort", "level");
    assert.equal((await column(page, 1))[0], "FATAL");
    await page.selectOption("#sort", "count");
    const counts = (await column(page, 3)).map((text) => parseInt(text.replace(/,/g, ""), 10));
    assert.deepEqual(counts, shop.groups.map((g) => g.count));
    await close();
  },

  "dragging over the chart narrows groups and counts": async () => {
    const { page, seen, close } = await open(shopUrl);
    await page.locator("#timeline").scrollIntoViewIfNeeded();
    const box = await page.locator("#timeline").boundingBox();
    await page.mouse.move(box.x + box.width * 0.301, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.45, box.y + 60, { steps: 5 });
    await page.mouse.up();
    const { first, width, count } = await page.locator("#timeline").evaluate((svg) => ({ ...svg.dataset }));
    const [from, to] = [0.301, 0.45].map((share) => Math.floor(share * Number(count)));
    const begin = (Number(first) + from * width) * 3600000, end = (Number(first) + (to + 1) * width) * 3600000;
    const within = (g) => g.by_hour.reduce((n, [hour, c]) => n + (Date.parse(hour) >= begin && Date.parse(hour) < end ? c : 0), 0);
    const expected = shop.groups.map(within).filter((n) => n > 0);
    const sum = expected.reduce((a, b) => a + b, 0);
    assert.equal(await status(page), `${expected.length} of ${shop.groups.length} groups, ${sum.toLocaleString("en")} of ${shop.totals.alerts.toLocaleString("en")} alerts`);
    const figures = (await column(page, 3)).map((t) => parseInt(t.replace(/,/g, ""), 10));
    assert.deepEqual(figures, expected.sort((a, b) => b - a));
    await page.getByRole("button", { name: "Whole period" }).click();
    assert.equal(await visible(page).count(), shop.groups.length);
    assert.equal(await page.locator("#list tbody.g td.n b").first().innerText(), shop.groups[0].count.toLocaleString("en"));
    assert.deepEqual(seen, []);
    await close();
  },

  "the time window moves by keyboard": async () => {
    const { page, close } = await open(shopUrl);
    const until = page.getByRole("slider", { name: /Until/ });
    await until.focus();
    await page.keyboard.press("Home");
    assert.match(await status(page), /of 40 groups/);
    assert.match(await until.getAttribute("aria-valuetext"), /^2023-01-01 /);
    await page.keyboard.press("End");
    assert.match(await status(page), /alerts in 40 groups/);
    await close();
  },

  "a link opens its group, whatever hides it": async () => {
    const wanted = shop.groups[5].fingerprint;
    const { page, close } = await open(`${shopUrl}#${wanted}`);
    const body = page.locator(`#${wanted}`);
    assert.ok(await body.locator(".in").isVisible());
    await page.fill("#q", "no such words anywhere");
    await until(async () => (await status(page)).startsWith("0 of"));
    await page.evaluate((id) => { location.hash = id; }, shop.groups[7].fingerprint);
    await until(() => page.locator(`#${shop.groups[7].fingerprint} .in`).isVisible());
    await close();
  },

  "commands can be copied": async () => {
    const { page, close } = await open(shopUrl, { permissions: ["clipboard-read", "clipboard-write"] });
    const body = page.locator("#list > tbody.g").first();
    await body.locator("summary").first().click();
    await body.getByRole("button", { name: "Copy", exact: true }).first().click();
    await body.getByRole("button", { name: "Copied" }).waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.match(copied, /^millrace inspect archive\/2023\/.* --at \d+$/);
    await body.getByRole("button", { name: "Copy link" }).click();
    await until(async () => (await page.evaluate(() => navigator.clipboard.readText())).includes("#fp1-"));
    await close();
  },

  "nothing sticks out on a phone": async () => {
    for (const url of [shopUrl, hostileUrl]) {
      const { page, close } = await open(url, { viewport: { width: 360, height: 740 } });
      await page.evaluate(() => { for (const d of [...document.querySelectorAll(".m details")].slice(0, 30)) d.open = true; });
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= 360, `${url}: ${width} px wide`);
      await close();
    }
  },

  "words in the chart stand apart, for every period on every screen": async () => {
    // Ticks of each step, and their number from few to many.
    const hours = [1, 7, 23, 35, 71, 72, 143, 300, 2000, 30000];
    for (const count of hours) {
      const { page, close } = await open(file(`period-${count}.html`, sample("period", "html", count)));
      for (const width of [320, 390, 737, 1280]) {
        await page.setViewportSize({ width, height: 900 });
        const bad = await page.evaluate(() => {
          const frame = document.querySelector("#timeline").getBoundingClientRect();
          const texts = [...document.querySelectorAll("#timeline text")].filter((t) => t.checkVisibility())
            .map((t) => ({ words: t.textContent, ...t.getBoundingClientRect().toJSON() })).filter((t) => t.width > 0);
          const bad = texts.filter((t) => t.left < frame.left - 1 || t.right > frame.right + 1).map((t) => `cut: ${t.words}`);
          texts.forEach((a, i) => texts.slice(i + 1).forEach((b) => {
            if (a.left < b.right + 4 && b.left < a.right + 4 && a.top < b.bottom && b.top < a.bottom)
              bad.push(`${a.words} / ${b.words}`);
          }));
          return texts.length > 4 ? bad : [...bad, `only ${texts.length} words`];
        });
        assert.deepEqual(bad, [], `${count} hours at ${width} px`);
      }
      await close();
    }
  },

  "text stands out in both colour schemes": async () => {
    const papers = [];
    for (const colorScheme of ["light", "dark"]) {
      const { page, close } = await open(shopUrl, { colorScheme });
      const { paper, low } = await page.evaluate(() => {
        const rgb = (text) => text.match(/[\d.]+/g).map(Number);
        const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
          .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
        const paintOf = (element) => {
          for (let e = element; e; e = e.parentElement) {
            const paint = rgb(getComputedStyle(e).backgroundColor);
            if (paint.length < 4 || paint[3] === 1) return paint;
          }
          return [255, 255, 255];
        };
        for (const d of [...document.querySelectorAll(".m details")].slice(0, 9)) d.open = true;
        const low = [];
        for (const element of document.querySelectorAll("body *")) {
          const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
          if (!own || !element.checkVisibility() || element.closest("svg, .skip")) continue;
          const [a, b] = [light(rgb(getComputedStyle(element).color)), light(paintOf(element))].sort((x, y) => y - x);
          const contrast = (a + 0.05) / (b + 0.05);
          if (contrast < 4.5) low.push(`${element.tagName}.${element.className} ${contrast.toFixed(2)} ${element.textContent.slice(0, 30)}`);
        }
        return { paper: getComputedStyle(document.body).backgroundColor, low: [...new Set(low)].slice(0, 5) };
      });
      assert.deepEqual(low, [], colorScheme);
      papers.push(paper);
      await close();
    }
    assert.notEqual(papers[0], papers[1]);
  },

  "tables have headers with a scope, charts have a name": async () => {
    const { page, close } = await open(shopUrl);
    const bad = await page.evaluate(() => ({
      headers: [...document.querySelectorAll("th:not([scope])")].length,
      tables: [...document.querySelectorAll("table")].filter((t) => !t.querySelector("th[scope=col]")).length,
      charts: [...document.querySelectorAll("svg[role=img]:not([aria-label])")].length,
      levels: [...document.querySelectorAll(".lv")].filter((e) => !e.textContent.trim()).length,
      ids: [...document.querySelectorAll("[id]")].length - new Set([...document.querySelectorAll("[id]")].map((e) => e.id)).size,
    }));
    assert.deepEqual(bad, { headers: 0, tables: 0, charts: 0, levels: 0, ids: 0 });
    await close();
  },

  "paper shows no controls": async () => {
    const { page, close } = await open(shopUrl);
    await page.emulateMedia({ media: "print" });
    assert.equal(await page.locator("#controls").isVisible(), false);
    assert.equal(await page.locator("#brush").isVisible(), false);
    assert.ok(await page.locator("h1").isVisible());
    await close();
  },
};

const pictures = async (to) => {
  mkdirSync(to, { recursive: true });
  for (const [name, options, id] of [
    ["light", {}], ["dark", { colorScheme: "dark" }], ["phone", { viewport: { width: 390, height: 844 } }],
    ["no-script", { javaScriptEnabled: false }], ["print", { print: true }], ["group", { viewport: { width: 1280, height: 1700 } }, shop.groups[0].fingerprint],
  ]) {
    const { print, ...context } = options;
    const { page, close } = await open(id ? `${shopUrl}#${id}` : shopUrl, context);
    if (print) await page.emulateMedia({ media: "print" });
    await page.screenshot({ path: join(to, `${name}.png`), fullPage: !id });
    await close();
  }
};

let passed = 0, failed = 0;
for (const [name, test] of Object.entries(tests)) {
  try {
    await test();
    passed++;
    console.log(`ok ${passed + failed} - ${name}`);
  } catch (error) {
    failed++;
    console.log(`not ok ${passed + failed} - ${name}\n${String(error.stack).replace(/^/gm, "  # ")}`);
  }
}
if (process.env.SCREENSHOTS) await pictures(process.env.SCREENSHOTS);
await browser.close();
rmSync(folder, { recursive: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
