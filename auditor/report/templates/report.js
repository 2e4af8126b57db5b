"use strict";
(() => {
  const root = document.documentElement;
  const find = (selector, from = document) => [...from.querySelectorAll(selector)];
  // A page opened from a file, or in a sandbox, may not be allowed to remember anything.
  const remembered = () => { try { return localStorage.getItem("auditor-theme"); } catch { return null; } };
  const remember = (theme) => { try { localStorage.setItem("auditor-theme", theme); } catch { /* not kept */ } };

  const toggle = document.getElementById("theme");
  const isDark = () => (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const named = () => { toggle.textContent = isDark() ? "Light" : "Dark"; toggle.setAttribute("aria-label", `Use the ${isDark() ? "light" : "dark"} theme`); };
  if (["dark", "light"].includes(remembered())) root.dataset.theme = remembered();
  toggle.hidden = false;
  named();
  toggle.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; remember(root.dataset.theme); named(); });

  const form = document.getElementById("filter");
  const count = document.getElementById("shown");
  const nothing = document.getElementById("nothing");
  const items = find(".item").map((node) => ({ node, text: node.textContent.toLowerCase() }));
  const chosen = (name) => new Set(find(`input[name="${name}"]:checked`, form).map((box) => box.value));
  const apply = () => {
    const severity = chosen("severity"), verdict = chosen("verdict"), category = form.elements.category.value;
    const words = form.elements.words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { node, text } of items) {
      const fits = severity.has(node.dataset.severity) && verdict.has(node.dataset.verdict)
        && (!category || node.dataset.category === category) && words.every((word) => text.includes(word));
      node.hidden = !fits;
      shown += fits;
    }
    for (const part of [...find(".section"), ...find(".category")]) part.hidden = !part.querySelector(".item:not([hidden])");
    count.replaceChildren("Showing ", Object.assign(document.createElement("b"), { textContent: shown }), ` of ${items.length} items`);
    nothing.hidden = shown > 0;
  };
  const only = (name, values) => find(`input[name="${name}"]`, form).forEach((box) => { box.checked = values.includes(box.value); });
  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  document.getElementById("only-open").addEventListener("click", () => { only("verdict", ["fail", "unknown"]); apply(); });
  document.getElementById("expand").addEventListener("click", () => items.forEach(({ node }) => { node.open = !node.hidden; }));
  document.getElementById("collapse").addEventListener("click", () => items.forEach(({ node }) => { node.open = false; }));
  for (const link of find("[data-only]")) {
    link.addEventListener("click", () => { form.reset(); only("severity", [link.dataset.only]); apply(); });
  }

  // A link to an item opens it, also where the filter had hidden it.
  const reveal = () => {
    const node = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const item = node?.closest(".item");
    if (!item) return;
    if (item.hidden) { form.reset(); apply(); }
    item.open = true;
    item.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  for (const link of find('a[href^="#item-"]')) link.addEventListener("click", () => setTimeout(reveal));

  const copied = async (pre) => {
    try { await navigator.clipboard.writeText(pre.textContent); return true; } catch { /* not allowed here */ }
    getSelection().selectAllChildren(pre);
    return document.execCommand("copy");
  };
  for (const pre of find(".copyable pre")) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Copy" });
    button.setAttribute("aria-label", `Copy: ${pre.textContent.split("\n")[0].slice(0, 80)}`);
    button.addEventListener("click", async () => {
      button.textContent = await copied(pre) ? "Copied" : "Press Ctrl+C";
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    pre.after(button);
  }

  // On paper nothing can be opened: every item is, and is closed again afterwards.
  let closed = [];
  addEventListener("beforeprint", () => { closed = find("details:not([open])"); closed.forEach((node) => { node.open = true; }); });
  addEventListener("afterprint", () => closed.forEach((node) => { node.open = false; }));

  apply();
  reveal();
  root.dataset.script = "ran";
})();
