/* The search page: MiniSearch looks in searchtexts.js, which has a piece for
   each section, function and term. Words are compared by their stems. */
const SHOWN = 30, BEFORE = 70, LENGTH = 240;
const WORD = /[\p{L}\p{N}_]+/gu;
const ASKING = "why what which who how when where does do did can could " +
  "should would my i me you your we our vs than from has have many get use";
const ASIDE = /#(exercises|check-y|what-you-have-e|where-to-r|.*toynet)/;
const stemmer = new Stemmer(), stems = new Map(
  [...stopwords, ...ASKING.split(" ")].map((word) => [word, null]));

/** A word as it is compared, or null if it says nothing. */
function stem(word) {
  const small = word.normalize("NFC").toLowerCase()
    .replace(/_(?=\d)/, "").replace("isation", "ization");
  if (!stems.has(small)) stems.set(small, stemmer.stemWord(small));
  return stems.get(small);
}

/** What a student calls it, and how the book may; both as stems. */
const ALIKE = {
  accumul: ["add"], big: ["larg", "long"], decreas: ["fall"], initi: ["start"],
  larg: ["long"], lr: ["learn", "rate"], stuck: ["fail"], vanish: ["satur"],
};

/** The words of a text; zero_grad and ToyModel are their parts, too. */
function words(text) {
  return (text.match(WORD) ?? []).flatMap((word) => {
    const parts = word.split(/_(?!\d)|(?<=\p{Ll})(?=\p{Lu})/u);
    return parts.length > 1 ? [word, ...parts.filter(Boolean)] : parts;
  });
}

/** Index all pieces, a few at a time, so that the page can be used. */
async function makeIndex() {
  const index = new MiniSearch({
    fields: ["title", "text", "code"], tokenize: words, processTerm: stem,
    storeFields: ["of", "title", "text", "code"],
  });
  await index.addAllAsync(BOOK, { chunkSize: 8 });
  return index;
}

/** All places with any of the words, best first, and how many have all. */
function look(index, query) {
  const prefix = (term) => term.length > 2, asIs = (term) => term;
  const isNew = (term) => !index.search(
    term, { prefix, tokenize: (whole) => [whole], processTerm: asIs }).length;
  const asked = (query.match(WORD) ?? []).filter(stem)
    .flatMap((word) => isNew(stem(word)) ? words(word) : word)
    .map(stem).filter(Boolean).map((term) => [term, ...ALIKE[term] ?? []]);
  const found = index.search(asked.flat().join(" "), {
    tokenize: (terms) => terms.split(" "), processTerm: asIs,
    prefix, fuzzy: (term) => prefix(term) && isNew(term) && 0.25,
    boost: { title: 2.5, code: 0.4 }, bm25: { k: 2, b: 0.7, d: 0.5 },
    boostTerm: (term) => term.includes("_") ? 4 : 1,
    boostDocument: (id) => ASIDE.test(id) ? 0.5 : 1,
  });
  const whole = found.filter(({ queryTerms }) => asked.every((terms) =>
    terms.some((term) => queryTerms.includes(term) && !isNew(term))));
  return [found, whole.length];
}

/** The part of text or code where most of the words stand, marked. */
function excerpt({ text, code, terms, queryTerms }) {
  const isHit = (word) => words(word).some((w) => terms.includes(stem(w)));
  const hitsIn = (of) => [...of.matchAll(WORD)].filter(([w]) => isHit(w));
  const kinds = (hits) => queryTerms.filter((term) => hits.some(
    ([word]) => words(word).some((w) => stem(w)?.startsWith(term)))).length;
  const source = kinds(hitsIn(code)) > kinds(hitsIn(text)) ? code : text;
  const hits = hitsIn(source), worth = (from) => kinds(hits.filter(
    ({ index }) => index >= from && index < from + LENGTH - BEFORE));
  const at = hits.map(({ index }) => index)
    .reduce((a, b) => worth(b) > worth(a) ? b : a, hits[0]?.index ?? 0);
  const start = at > BEFORE ? source.indexOf(" ", at - BEFORE) + 1 : 0;
  const end = `${source} `.lastIndexOf(" ", start + LENGTH);
  const shown = source.slice(start, end).split(/([\p{L}\p{N}_]+)/u)
    .map((part) => isHit(part) ? tag("mark", {}, part) : part);
  return tag("p", {}, start ? "… " : "", ...shown,
    end < source.length ? " …" : "");
}

function tag(name, attributes, ...inside) {
  const element = Object.assign(document.createElement(name), attributes);
  element.append(...inside);
  return element;
}

function item(place) {
  return tag("li", {}, tag("a", { href: place.id }, place.title),
    place.title === place.of ? "" : ` in ${place.of}`, excerpt(place));
}

const query = new URLSearchParams(location.search).get("q")?.trim();
if (query) {
  document.querySelectorAll("input[name=q]").forEach((i) => i.value = query);
  const status = tag("p", { role: "status" }, "Reading the book …");
  const texts = tag("script", { src: "searchtexts.js" });
  texts.onload = async () => {
    const [found, whole] = look(await makeIndex(), query);
    const rest = found.length - whole, list = found.slice(0, SHOWN).map(item);
    status.after(tag("ul", { className: "tn-found" }, ...list));
    status.textContent = whole
      ? `Places with “${query}”: ${whole}${rest ? `, in part: ${rest}` : ""}.`
      : `No place has “${query}”. Close to it: ${rest}.`;
  };
  document.getElementById("search-results").append(status, texts);
}
