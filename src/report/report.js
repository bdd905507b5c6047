"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const list = $("list"), controls = $("controls"), timeline = $("timeline");
  const format = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ",");
  const make = (tag, properties, ...inside) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...inside);
    return element;
  };

  /* One record per group, read from its row. */
  const LEVELS = ["FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE"];
  const groups = list ? [...list.querySelectorAll("tbody.g")].map((body, rank) => {
    const cells = body.rows[0].cells;
    const figure = cells[2].querySelector("b") || cells[2];
    const count = Number(figure.textContent.replace(/,/g, ""));
    const level = cells[0].textContent.trim();
    const place = LEVELS.indexOf(level);
    return {
      body, rank, figure, count, shown: count, level: place < 0 ? LEVELS.length : place,
      title: cells[1].textContent.trim().toLowerCase(),
      first: cells[4].textContent, last: cells[5].textContent,
      keys: new Set(body.dataset.k.split(" ")),
      steps: body.dataset.t ? body.dataset.t.split(" ").map((s) => s.split(".").map(Number)) : null,
      text: null,
    };
  }) : [];
  const byId = new Map(groups.map((g) => [g.body.id, g]));
  const textOf = (g) => g.text ??= g.body.textContent.toLowerCase();
  const total = groups.reduce((sum, g) => sum + g.count, 0);

  const state = { words: [], facets: new Map(), sort: "count", down: true, from: 0, to: 0, steps: 0 };
  const isWindowed = () => state.steps > 0 && (state.from > 0 || state.to < state.steps - 1);

  /* Alerts of a group inside the chosen time. Rows without steps keep their
     count where first and last seen overlap it: an upper bound. */
  const countOf = (g) => {
    if (!isWindowed()) return g.count;
    if (g.steps)
      return g.steps.reduce((n, [at, count]) => n + (at >= state.from && at <= state.to ? count : 0), 0);
    return g.last >= stepTime(state.from) && g.first < stepTime(state.to + 1) ? g.count : 0;
  };
  const fits = (g) => {
    for (const [letter, value] of state.facets)
      if (value && !g.keys.has(value) && !g.keys.has(letter + "*")) return false;
    return state.words.every((word) => textOf(g).includes(word));
  };
  const orders = {
    count: (a, b) => b.shown - a.shown || a.rank - b.rank,
    last: (a, b) => (a.last < b.last) - (a.last > b.last) || a.rank - b.rank,
    first: (a, b) => (a.first < b.first) - (a.first > b.first) || a.rank - b.rank,
    level: (a, b) => a.level - b.level || a.rank - b.rank,
    title: (a, b) => (a.title > b.title) - (a.title < b.title) || a.rank - b.rank,
  };
  let arranged = "count true";
  const arrange = () => {
    const wanted = state.sort + " " + state.down + (isWindowed() ? " " + state.from + " " + state.to : "");
    if (wanted === arranged) return;
    arranged = wanted;
    const order = orders[state.sort], sign = state.down ? 1 : -1;
    const note = $("rows");
    if (note) note.hidden = wanted !== "count true";
    const sorted = [...groups].sort((a, b) => sign * order(a, b));
    if (note && !note.hidden) sorted.splice(groups.findIndex((g) => g.body.rows.length === 1), 0, { body: note });
    list.append(...sorted.map((g) => g.body));
  };
  const apply = () => {
    let shownGroups = 0, shownAlerts = 0;
    for (const g of groups) {
      g.shown = countOf(g);
      const visible = g.shown > 0 && fits(g);
      g.body.hidden = !visible;
      if (visible) { shownGroups++; shownAlerts += g.shown; }
      const bound = isWindowed() && !g.steps && g.shown > 0 ? "≤ " : "";
      const text = bound + format(g.shown);
      if (g.figure.textContent !== text) g.figure.textContent = text;
    }
    arrange();
    const narrowed = shownGroups < groups.length || isWindowed();
    $("status").textContent = narrowed
      ? `${format(shownGroups)} of ${format(groups.length)} groups, ${format(shownAlerts)} of ${format(total)} alerts`
      : `${format(total)} alerts in ${format(groups.length)} groups`;
    $("clear").hidden = !narrowed;
    $("none").hidden = shownGroups > 0;
  };

  /* Time. */
  const HOUR = 3600000;
  const stepTime = (step) => {
    const hour = Number(timeline.dataset.first) + step * Number(timeline.dataset.width);
    return new Date(hour * HOUR).toISOString().slice(0, 16).replace("T", " ");
  };
  const brush = () => {
    if (!timeline || !groups.length) return () => {};
    state.steps = Number(timeline.dataset.count);
    state.to = state.steps - 1;
    const SVG = "http://www.w3.org/2000/svg";
    const hits = $("hits"), box = $("brush");
    const shade = document.createElementNS(SVG, "rect");
    shade.id = "window";
    for (const name of ["y", "height"]) shade.setAttribute(name, hits.getAttribute(name));
    timeline.append(shade);
    timeline.classList.add("brushable");
    const slider = (text, value) => {
      const input = make("input", { type: "range", min: 0, max: state.steps - 1, value });
      const label = make("span", {}), name = make("label", {}, text + " ", label, input);
      return { input, label, name };
    };
    const from = slider("From", 0), to = slider("Until", state.to);
    const whole = make("button", { type: "button", textContent: "Whole period", hidden: true });
    box.append(from.name, to.name, whole);
    box.hidden = state.steps < 2;
    const show = () => {
      from.input.value = state.from;
      to.input.value = state.to;
      from.label.textContent = stepTime(state.from);
      to.label.textContent = stepTime(state.to + 1);
      from.input.setAttribute("aria-valuetext", from.label.textContent);
      to.input.setAttribute("aria-valuetext", to.label.textContent);
      shade.setAttribute("x", (state.from / state.steps) * 100 + "%");
      shade.setAttribute("width", ((state.to + 1 - state.from) / state.steps) * 100 + "%");
      shade.setAttribute("visibility", isWindowed() ? "visible" : "hidden");
      whole.hidden = !isWindowed();
    };
    const choose = (a, b) => {
      state.from = Math.max(0, Math.min(a, b));
      state.to = Math.min(state.steps - 1, Math.max(a, b));
      show();
      apply();
    };
    from.input.addEventListener("input", () => choose(Math.min(+from.input.value, state.to), state.to));
    to.input.addEventListener("input", () => choose(state.from, Math.max(+to.input.value, state.from)));
    const reset = () => choose(0, state.steps - 1);
    whole.addEventListener("click", reset);
    const stepAt = (event) => {
      const area = timeline.getBoundingClientRect();
      const at = Math.floor(((event.clientX - area.left) / area.width) * state.steps);
      return Math.max(0, Math.min(state.steps - 1, at));
    };
    let start = null, moved = false;
    timeline.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      start = stepAt(event);
      moved = false;
      if (event.pointerType === "mouse") event.preventDefault();
      timeline.setPointerCapture(event.pointerId);
    });
    timeline.addEventListener("pointermove", (event) => {
      if (start === null || (!moved && stepAt(event) === start)) return;
      moved = true;
      choose(start, stepAt(event));
    });
    timeline.addEventListener("pointerup", () => {
      if (start !== null && !moved) isWindowed() ? reset() : choose(start, start);
      start = null;
    });
    timeline.addEventListener("pointercancel", () => { start = null; });
    show();
    return reset;
  };
  const resetTime = brush();

  /* Search, filters, order. */
  const sorters = new Map();
  const setSort = (name, down) => {
    state.sort = name;
    state.down = down;
    $("sort").value = name;
    for (const [other, head] of sorters) {
      const ascends = other === "level" || other === "title" ? state.down : !state.down;
      if (other === name) head.setAttribute("aria-sort", ascends ? "ascending" : "descending");
      else head.removeAttribute("aria-sort");
    }
  };
  const clear = () => {
    $("q").value = "";
    state.words = [];
    for (const select of controls.querySelectorAll("select[data-facet]")) select.value = "";
    state.facets.clear();
    resetTime();
    apply();
  };
  const wire = () => {
    for (const head of list.tHead.querySelectorAll("[data-sort]")) {
      const name = head.dataset.sort;
      const button = make("button", { type: "button", className: "sorter", textContent: head.textContent });
      head.replaceChildren(button);
      sorters.set(name, head);
      button.addEventListener("click", () => { setSort(name, state.sort === name ? !state.down : true); apply(); });
    }
    setSort("count", true);
    $("sort").addEventListener("change", (event) => { setSort(event.target.value, true); apply(); });
    let wait = 0;
    $("q").addEventListener("input", (event) => {
      clearTimeout(wait);
      wait = setTimeout(() => {
        state.words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
        apply();
      }, 80);
    });
    for (const select of controls.querySelectorAll("select[data-facet]"))
      select.addEventListener("change", () => { state.facets.set(select.dataset.facet, select.value); apply(); });
    controls.addEventListener("submit", (event) => event.preventDefault());
    $("clear").addEventListener("click", () => { clear(); $("q").focus(); });
    document.addEventListener("keydown", (event) => {
      const typing = event.target.closest("input, select, textarea");
      if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        $("q").focus();
      }
    });
    controls.hidden = false;
  };

  /* Copying: the button is there once a block is opened. */
  const copy = async (text, element) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const range = document.createRange();
      range.selectNodeContents(element);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      return document.execCommand("copy");
    }
  };
  const addCopy = (element) => {
    const text = element.textContent, isFingerprint = element.matches(".fp");
    const button = make("button", { type: "button", className: "copy", textContent: isFingerprint ? "Copy link" : "Copy" });
    const name = button.textContent;
    button.addEventListener("click", async () => {
      const wanted = isFingerprint ? location.href.replace(/#.*$/, "") + "#" + text : text;
      button.textContent = (await copy(wanted, element)) ? "Copied" : "Press Ctrl+C";
      setTimeout(() => { button.textContent = name; }, 1500);
    });
    if (isFingerprint) return element.after(button);
    const frame = make("div", { className: "copyframe" });
    element.replaceWith(frame);
    frame.append(element, button);
  };
  const prepared = new WeakSet();
  document.addEventListener("toggle", (event) => {
    const details = event.target;
    if (!details.open || prepared.has(details) || !details.closest(".groups") || details.matches(".sample")) return;
    prepared.add(details);
    details.querySelectorAll(".cmd, .fp").forEach(addCopy);
  }, true);

  /* Links to a group open it, whatever the filters hide. */
  const follow = () => {
    const g = byId.get(location.hash.slice(1));
    if (!g) return;
    if (g.body.hidden) clear();
    const details = g.body.querySelector("details");
    if (details) details.open = true;
    g.body.scrollIntoView({ block: "start" });
    const link = g.body.querySelector("a, summary");
    if (link) link.focus({ preventScroll: true });
  };

  if (groups.length) {
    wire();
    apply();
    addEventListener("hashchange", follow);
    list.addEventListener("click", (event) => {
      const link = event.target.closest("th > a");
      if (!link) return;
      const details = link.closest("tbody").querySelector("details");
      if (location.hash === link.hash && details) {
        event.preventDefault();
        details.open = !details.open;
      }
    });
    follow();
  }
})();
