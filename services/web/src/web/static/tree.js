// <wish-tree>: keeps the picture, the counts and one sentence current. It never moves a row.
import { live } from "./live.js";

const SVG = "http://www.w3.org/2000/svg";
const NAMES = { g: "物资", s: "便民", c: "陪伴", k: "技能" };
const SYMBOL = { open: "o", claimed: "h", fulfilled: "f" };
const SCALE = { open: 1.2, claimed: 1.06, fulfilled: 0.92 };
const AT_ONCE = 3;
const find = (selector) => document.querySelector(selector);
const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

const make = (name, attributes, parent) => {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  parent?.append(node);
  return node;
};

class WishTree extends HTMLElement {
  #moving = 0;
  #fresh = 0;

  connectedCallback() {
    this.leaves = find("#leaves");
    this.fx = find("#fx");
    live(this.dataset.events, {
      leaf: (leaf) => this.#leaf(leaf),
      counts: (counts) => this.#counts(counts),
      reload: () => this.#reload(),
      lost: (since) => this.#say(`最后更新 ${since}，一会儿再看看`),
    });
    this.#light();
    if ("lobby" in this.dataset) this.#lobby();
  }

  #say(text) {
    find("#live").textContent = text;
  }

  #leaf(leaf) {
    const old = this.leaves.querySelector(`[data-n="${leaf.leaf}"]`);
    const before = old?.firstElementChild.getAttribute("href")?.[1];
    if (leaf.state === "gone") {
      old?.remove();
      return;
    }
    const name = NAMES[leaf.cat];
    const place = () => this.#draw(leaf, old);
    if (leaf.state === "open" && !old) {
      this.#say(`刚挂上一张“${name}”卡`);
      this.#news();
      this.#move("grow", leaf, place, 1400, true);
    } else if (leaf.state === "fulfilled" && before !== "f") {
      this.#say(`一个“${name}”心愿开花了`);
      old?.remove();
      this.#move("open", leaf, () => this.#draw(leaf), 1100, false);
    } else {
      place();
    }
  }

  #draw(leaf, old) {
    const symbol = `#${SYMBOL[leaf.state]}${leaf.cat}`;
    const where = `translate(${leaf.x} ${leaf.y})rotate(${leaf.r})scale(${SCALE[leaf.state]})`;
    if (old?.isConnected) {
      old.setAttribute("href", `/w/${leaf.w}`);
      old.firstElementChild.setAttribute("href", symbol);
      old.firstElementChild.setAttribute("transform", where);
      return;
    }
    const link = make("a", { class: "leaf", tabindex: -1, href: `/w/${leaf.w}`, "data-n": leaf.leaf });
    make("use", { href: symbol, transform: where }, link);
    this.leaves.append(link);
  }

  // What moves is a small svg of its own above two still layers; then one node joins the leaves.
  #move(kind, leaf, done, time, ring) {
    if (still() || this.#moving >= AT_ONCE) {
      done();
      return;
    }
    this.#moving += 1;
    const parts = [this.#fly(kind, leaf, `#${SYMBOL[leaf.state]}${leaf.cat}`)];
    if (ring) parts.push(this.#fly("ring", leaf));
    setTimeout(() => {
      parts.forEach((part) => part.remove());
      this.#moving -= 1;
      done();
    }, time);
  }

  #fly(kind, leaf, symbol) {
    const at = this.#place(leaf.x, leaf.y);
    const width = 60 * at.k;
    const svg = make("svg", { viewBox: "-30 -30 60 60", width, height: width, class: kind });
    svg.style.left = `${at.x - width / 2}px`;
    svg.style.top = `${at.y - width / 2}px`;
    if (symbol) make("use", { href: symbol, transform: `scale(${SCALE[leaf.state]})` }, svg);
    else make("circle", { r: 22, fill: "none", stroke: "#FFE7A8", "stroke-width": 3 }, svg);
    this.fx.append(svg);
    return svg;
  }

  // A place of the drawing (1080 by 900, xMidYMax meet) on the screen.
  #place(x, y) {
    const stage = find("#tree").getBoundingClientRect();
    const hung = find(".hung").getBoundingClientRect();
    const k = Math.min(hung.width / 1080, hung.height / 900);
    return {
      k,
      x: hung.left - stage.left + (hung.width - 1080 * k) / 2 + x * k,
      y: hung.bottom - stage.top - (900 - y) * k,
    };
  }

  #news() {
    const bar = find("#news");
    if (!bar) return;
    this.#fresh += 1;
    find("#news-count").textContent = this.#fresh;
    bar.hidden = false;
  }

  #counts(counts) {
    for (const node of document.querySelectorAll("[data-count]")) {
      node.textContent = counts[node.dataset.count];
    }
    for (const node of document.querySelectorAll("[data-category]")) {
      node.textContent = counts.by_category[node.dataset.category];
    }
  }

  // Too long away to be told piece by piece: fetch the picture once, leave the rows alone.
  async #reload() {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    find(".hung").replaceWith(document.importNode(page.querySelector(".hung"), true));
    this.leaves = find("#leaves");
    for (const node of document.querySelectorAll("[data-count]")) {
      node.textContent = page.querySelector(`[data-count="${node.dataset.count}"]`).textContent;
    }
  }

  // Focus or pointer on a row dims the tree and shows its heart large.
  #light() {
    let big;
    for (const row of document.querySelectorAll("#list li[data-leaf]")) {
      const set = (on) => {
        const leaf = this.leaves.querySelector(`[data-n="${row.dataset.leaf}"]`);
        this.leaves.classList.toggle("dim", on);
        leaf?.classList.toggle("lit", on);
        big?.remove();
        const spot = /translate\(([\d.]+) ([\d.]+)\)/.exec(leaf?.firstElementChild.getAttribute("transform"));
        if (!on || !spot) return;
        const at = this.#place(+spot[1], +spot[2] + 9);
        const width = 104 * at.k;
        big = make("svg", { viewBox: "-52 -52 104 104", width, height: width });
        big.style.left = `${at.x - width / 2}px`;
        big.style.top = `${at.y - width / 2}px`;
        make("circle", { r: 46, fill: "#FFD24A", stroke: "#2A211B", "stroke-width": 3 }, big);
        make("use", { href: `#${row.dataset.symbol}`, transform: "translate(0 -16)scale(2.1)" }, big);
        this.fx.append(big);
      };
      for (const name of ["pointerenter", "focusin"]) row.addEventListener(name, () => set(true));
      for (const name of ["pointerleave", "focusout"]) row.addEventListener(name, () => set(false));
    }
  }

  // Two cards at a time, by plain replacement.
  #turn() {
    const cards = [...document.querySelectorAll(".cards li")];
    if (cards.length <= 2) return;
    this.shown = ((this.shown ?? 0) + 2) % cards.length;
    const turn = new Set([this.shown, (this.shown + 1) % cards.length]);
    cards.forEach((card, n) => (card.hidden = !turn.has(n)));
  }

  #lobby() {
    const tick = () => {
      find("#clock").textContent = new Date().toLocaleTimeString("zh-CN", {
        hour: "2-digit",
        minute: "2-digit",
        timeZone: "Asia/Shanghai",
      });
    };
    tick();
    setInterval(tick, 5000);
    setInterval(() => this.#turn(), 15_000);
  }
}

customElements.define("wish-tree", WishTree);
