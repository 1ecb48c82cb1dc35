
"use strict";
// Sorting tables, zooming flame graphs, copying scripts, printing. The page is complete without it.
for (const table of document.querySelectorAll(".pw-table")) {
  const body = table.tBodies[0];
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "pw-sort";
    button.setAttribute("aria-label", "Sort by " + head.textContent);
    const words = head.textContent.split(" ");
    const end = document.createElement("span");  // the arrow stays with the last word
    end.append(words.pop(), "\u00a0", button);
    head.replaceChildren(words.join(" ") + " ", end);
    head.addEventListener("click", () => {
      const numeric = head.classList.contains("pw-num");
      const before = head.getAttribute("aria-sort");
      const up = before ? before === "descending" : !numeric;
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const key = row => numeric ? row.cells[column].dataset.sort : row.cells[column].textContent;
      const value = text => text === "inf" ? Infinity : Number(text);
      const compare = (one, other) => numeric ? Math.sign(value(one) - value(other)) || 0 : one.localeCompare(other, "en", { numeric: true });
      const rows = [...body.rows].filter(row => row.cells.length > column);
      const known = rows.filter(row => key(row) !== undefined).sort((a, b) => compare(key(a), key(b)) * (up ? 1 : -1));
      body.append(...known, ...rows.filter(row => key(row) === undefined));
    });
  });
}
for (const script of document.querySelectorAll(".pw-script pre")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "pw-copy";
  button.textContent = "Copy";
  button.setAttribute("aria-label", "Copy " + script.closest("details").querySelector("code").textContent);
  button.addEventListener("click", () => {
    const range = document.createRange();
    range.selectNodeContents(script);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    button.textContent = document.execCommand("copy") ? "Copied" : "Selected";  // works for a file too, where the clipboard's own interface may not
    getSelection().removeAllRanges();
  });
  script.before(button);
}
// What opens is open on paper.
const closed = [];
addEventListener("beforeprint", () => {
  for (const part of document.querySelectorAll(".pw-ranking details:not([open])")) { closed.push(part); part.open = true; }
});
addEventListener("afterprint", () => { for (const part of closed.splice(0)) part.open = false; });
// Paper is light, also for readers whose screen is dark: the stylesheet knows, pictures must be told.
const dark = [...document.querySelectorAll("picture source")].map(source => ({ source, media: source.media }));
addEventListener("beforeprint", () => { for (const { source } of dark) source.media = "not all"; });
addEventListener("afterprint", () => { for (const { source, media } of dark) source.media = media; });
for (const graph of document.querySelectorAll(".pw-flame")) {
  const frames = [...graph.querySelectorAll(".pw-row")].flatMap((row, depth) => [...row.children].map(element =>
    ({ element, depth, left: parseFloat(element.style.left), width: parseFloat(element.style.width) })));
  if (!frames.length) continue;
  const made = (tag, properties) => Object.assign(document.createElement(tag), properties);
  const status = made("p", { className: "pw-status" });
  status.setAttribute("role", "status");
  const all = made("button", { type: "button", textContent: "Show all" });
  const find = made("input", { type: "search", autocomplete: "off" });
  const label = made("label", { textContent: "Find a function" });
  const tools = made("div", { className: "pw-tools" });
  label.append(find);
  tools.append(all, label);
  graph.after(tools, status);
  const within = (inner, outer) => inner.left >= outer.left - 1e-3 && inner.left + inner.width <= outer.left + outer.width + 1e-3;
  const shown = frame => !frame.element.hidden;
  const reachable = frame => { for (const other of frames) other.element.tabIndex = other === frame ? 0 : -1; };
  let told = "";
  const zoom = target => {
    for (const frame of frames) {
      const above = frame.depth <= target.depth && within(target, frame);
      frame.element.hidden = !above && !(frame.depth > target.depth && within(frame, target));
      frame.element.style.left = above ? "0%" : (frame.left - target.left) / target.width * 100 + "%";
      frame.element.style.width = above ? "100%" : frame.width / target.width * 100 + "%";
    }
    graph.scrollLeft = 0;
    reachable(target);
    all.disabled = target === frames[0];
    told = all.disabled ? "Click a frame, or move with the arrow keys and press Enter, to zoom." : "Zoomed: " + target.element.title + ". Escape shows all.";
    status.textContent = told;
  };
  // A call below another match is part of it: the widths of the outermost add up.
  const search = () => {
    const words = find.value.trim().toLowerCase();
    const found = frames.filter(frame => words && frame.depth && frame.element.textContent.toLowerCase().includes(words));
    const matching = new Set(found);
    for (const frame of frames) frame.element.classList.toggle("pw-found", matching.has(frame));
    const outermost = found.filter(frame => !found.some(other => other.depth < frame.depth && within(frame, other)));
    const width = outermost.reduce((sum, frame) => sum + frame.width, 0);
    status.textContent = words ? found.length + " of " + frames.length + " calls match: " + width.toFixed(1) + "% of the whole width." : told;
    return outermost.sort((a, b) => b.width - a.width)[0];
  };
  find.addEventListener("input", search);
  find.addEventListener("keydown", event => {
    if (event.key !== "Enter") return;
    const widest = search();
    if (widest) zoom(widest);
    event.preventDefault();
  });
  all.addEventListener("click", () => { zoom(frames[0]); focus(frames[0]); });
  const focus = frame => {
    if (!frame) return;
    reachable(frame);
    frame.element.focus();
  };
  const moves = {
    ArrowDown: here => frames.find(other => other.depth === here.depth + 1 && shown(other) && within(other, here)),
    ArrowUp: here => frames.find(other => other.depth === here.depth - 1 && shown(other) && within(here, other)),
    ArrowRight: here => frames.find(other => other.depth === here.depth && shown(other) && other.left > here.left),
    ArrowLeft: here => frames.findLast(other => other.depth === here.depth && shown(other) && other.left < here.left),
  };
  for (const frame of frames) {
    frame.element.setAttribute("role", "button");
    frame.element.addEventListener("click", () => zoom(frame));
    frame.element.addEventListener("keydown", event => {
      if (event.key in moves) focus(moves[event.key](frame));
      else if (event.key === "Enter" || event.key === " ") zoom(frame);
      else if (event.key === "Escape") { zoom(frames[0]); focus(frames[0]); }
      else return;
      event.preventDefault();
    });
  }
  zoom(frames[0]);
}
