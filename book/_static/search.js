/* The search page: MiniSearch looks in the pieces of searchtexts.js.

   Words are compared by their stems (Sphinx's Stemmer), so that `gradients`
   finds `gradient`. A result is a section, a function or a term. */

"use strict";

const SHOWN = 30, BEFORE = 70, LENGTH = 240;
const WORD = /[\p{L}\p{N}_]+/gu;
const ASKING = "why what which who how when where does do did can could " +
  "should would my i me you your we our vs than from has have get use";
const ASIDE = /#(exercises|check-yourself|what-you-have-earned|where-to-read)|toynet\.check\./;
const stemmer = new Stemmer(), stems = new Map(
  [...stopwords, ...ASKING.split(" ")].map((word) => [word, null]));

/** A word as it is compared, or null if it says nothing. */
function stem(word) {
  const small = word.normalize("NFC").toLowerCase()
    .replace(/_(?=\d)/, "").replace("isation", "ization");
  if (!stems.has(small)) stems.set(small, stemmer.stemWord(small));
  return stems.get(small);
}

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
    fields: ["title", "text", "code"],
    storeFields: ["of", "title", "text", "code"],
    tokenize: words, processTerm: stem,
  });
  const all = Object.entries(BOOK).flatMap(([page, [of, pieces]]) =>
    pieces.map(([anchor, title, text, code], i) => ({
      id: `${page}.html${i && anchor ? `#${anchor}` : ""}`,
      of, title: i ? title : of, text, code,
    })));
  await index.addAllAsync(all, { chunkSize: 8 });
  return index;
}

/** All places with any of the words, those with most of them first. */
function look(index, query) {
  const prefix = (term) => term.length > 2;
  const isNew = (term) => !index.search(term, { prefix }).length;
  return index.search(query, {
    prefix, fuzzy: (term) => prefix(term) && isNew(term) && 0.25,
    boost: { title: 3, code: 0.5 },
    boostDocument: (id) => ASIDE.test(id) ? 0.5 : 1,
  });
}
