/* The search page: MiniSearch looks in the pieces of searchtexts.js.

   Words are compared by their stems (Sphinx's Stemmer), so that `gradients`
   finds `gradient`. A result is a section, a function or a term. */

"use strict"; {

const SHOWN = 30, BEFORE = 70, LENGTH = 240;
const WORD = /[\p{L}\p{N}_]+/gu;
const stemmer = new Stemmer(), idle = new Set(stopwords);

/** A word as it is compared, or null if it says nothing. */
function stem(word) {
  const small = word.normalize("NFC").toLowerCase().replace(/_(?=\d)/, "");
  return idle.has(small) ? null : stemmer.stemWord(small);
}

/** The words of a text; numerical_gradient is also its two parts. */
function words(text) {
  return (text.match(WORD) ?? []).flatMap((word) =>
    /[^_]_[^_\d]/.test(word) ? [word, ...word.split("_")] : [word]);
}

/** Index all pieces, a few at a time, so that the page can be used. */
async function makeIndex() {
  const index = new MiniSearch({
    fields: ["title", "text"],
    storeFields: ["of", "title", "text"],
    tokenize: words, processTerm: stem,
  });
  const all = Object.entries(BOOK).flatMap(([page, [of, pieces]]) =>
    pieces.map(([anchor, title, text], i) => ({
      id: `${page}.html${i && anchor ? `#${anchor}` : ""}`,
      of, title: i ? title : of, text,
    })));
  await index.addAllAsync(all, { chunkSize: 2 });
  return index;
}

/** All words first; then any of them; then words that are much alike. */
function look(index, query) {
  const how = {
    boost: { title: 3 }, prefix: (t) => t.length > 2,
    boostDocument: (id) => id.includes("#toynet.check.") ? 0.5 : 1,
  };
  for (const more of [
    { combineWith: "AND" }, { combineWith: "OR" },
    { combineWith: "OR", fuzzy: 0.25 },
  ]) {
    const found = index.search(query, { ...how, ...more });
    if (found.length) return [found, more];
  }
  return [[], {}];
}

/** The words of a text that are among the terms. */
function hitsIn(text, terms) {
  return [...text.matchAll(WORD)].filter(
    ([word]) => words(word).some((w) => terms.has(stem(w))));
}

/** The part where most of the terms stand, marked. */
function excerpt({ text }, terms) {
  const hits = hitsIn(text, terms);
  const worth = (hit) => new Set(hits.filter((other) =>
    other.index >= hit.index && other.index < hit.index + LENGTH - BEFORE)
    .map(([word]) => stem(word))).size;
  const best = hits.reduce((a, b) => worth(b) > worth(a) ? b : a, hits[0]);
  let start = Math.max(0, (best?.index ?? 0) - BEFORE);
  if (start) start = text.indexOf(" ", start) + 1;
  const end = start + LENGTH < text.length
    ? text.lastIndexOf(" ", start + LENGTH) : text.length;
  const p = document.createElement("p");
  p.append(start ? "… " : "");
  let at = start;
  for (const { 0: word, index } of hits) {
    if (index < at || index + word.length > end) continue;
    const mark = document.createElement("mark");
    mark.textContent = word;
    p.append(text.slice(at, index), mark);
    at = index + word.length;
  }
  p.append(text.slice(at, end), end < text.length ? " …" : "");
  return p;
}

function item(result) {
  const li = document.createElement("li"), a = document.createElement("a");
  a.href = result.id;
  a.textContent = result.title;
  li.append(a);
  if (result.title !== result.of) li.append(` in ${result.of}`);
  li.append(excerpt(result, new Set(result.terms)));
  return li;
}

function say(count, how, query) {
  if (!count) return `Nothing in the book is like “${query}”.`;
  const places = count === 1 ? "One place" : `${count} places`;
  const shown = count > SHOWN ? `, the first ${SHOWN} of them here` : "";
  if (how.fuzzy) return `No place has “${query}”; ${places} are close${shown}.`;
  if (how.combineWith === "OR") {
    return `No place has all of “${query}”; ${places} in part${shown}.`;
  }
  return `${places} for “${query}”${shown}.`;
}

async function show(query) {
  const out = document.getElementById("search-results");
  const status = document.createElement("p"), list = out.appendChild(
    document.createElement("ul"));
  status.setAttribute("role", "status");
  out.prepend(status);
  list.className = "tn-found";
  const [found, how] = look(await makeIndex(), query);
  list.append(...found.slice(0, SHOWN).map(item));
  status.textContent = say(found.length, how, query);
}

// The texts are half of all bytes here: only a question fetches them.
const query = new URLSearchParams(location.search).get("q")?.trim();
if (query) {
  document.querySelectorAll("input[name=q]").forEach((i) => i.value = query);
  const texts = document.createElement("script");
  texts.src = "searchtexts.js";
  texts.onload = () => show(query);
  document.head.append(texts);
}
}
