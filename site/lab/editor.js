/**
 * The editor of a cell: CodeMirror, from PyScript's own chunks, in a shadow root. There its styles
 * are adopted style sheets, which the page's policy allows; elsewhere they would be `<style>` elements.
 */
import { chunks } from "./chunks.js";

const WAY_OUT = "Tab indents. Press Esc, then Tab, to leave.";
const WAITING = 10_000; // ms after Esc in which Tab leaves

/** @param {string} name @returns {Promise<any>} */
const load = (name) => import(new URL(chunks[name], import.meta.url).href);

/** @param {any} view @param {any} language @param {any} tags */
const makeLook = (view, language, tags) => {
  const colour = (/** @type {string} */ name) => `var(--${name})`;
  const theme = view.EditorView.theme({
    "&": { color: colour("text"), backgroundColor: colour("surface"), fontSize: "0.9375rem" },
    "&.cm-focused": { outline: `3px solid ${colour("primary")}`, outlineOffset: "-1px" },
    ".cm-scroller": { fontFamily: colour("mono"), lineHeight: "1.5", maxHeight: "36rem" },
    ".cm-content": { caretColor: colour("text"), paddingBlock: "0.5rem" },
    ".cm-cursor, .cm-dropCursor": { borderLeftColor: colour("text"), borderLeftWidth: "2px" },
    ".cm-gutters": { color: colour("quiet"), backgroundColor: "transparent", border: "none" },
    ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "transparent" },
    "&.cm-focused .cm-activeLine, &.cm-focused .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--primary) 7%, transparent)" },
    "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
      backgroundColor: "color-mix(in srgb, var(--primary) 28%, transparent)",
    },
    "&.cm-focused .cm-matchingBracket, .cm-matchingBracket": { backgroundColor: "transparent", outline: `1px solid ${colour("quiet")}` },
    "&.cm-focused .cm-nonmatchingBracket, .cm-nonmatchingBracket": { backgroundColor: "transparent", outline: `1px solid ${colour("danger")}` },
    ".cm-selectionMatch": { backgroundColor: "color-mix(in srgb, var(--positive) 18%, transparent)" },
    ".cm-foldPlaceholder": { color: colour("quiet"), backgroundColor: colour("background"), borderColor: colour("line") },
    ".cm-error-line": { backgroundColor: `${colour("danger-surface")} !important`, boxShadow: `inset 3px 0 ${colour("danger")}` },
    ".cm-tooltip, .cm-panels": { color: colour("text"), backgroundColor: colour("background"), borderColor: colour("line") },
    ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: colour("mono") },
    ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { color: colour("on-primary"), backgroundColor: colour("primary") },
  });
  const style = language.HighlightStyle.define([
    { tag: [tags.keyword, tags.self, tags.bool, tags.null], color: colour("link"), fontWeight: "600" },
    { tag: [tags.function(tags.definition(tags.variableName)), tags.definition(tags.className), tags.meta], color: colour("positive-text") },
    { tag: [tags.string, tags.special(tags.string), tags.number], color: colour("good") },
    { tag: tags.comment, color: colour("quiet"), fontStyle: "italic" },
    { tag: tags.invalid, color: colour("danger") },
  ]);
  return [theme, language.syntaxHighlighting(style)];
};

/**
 * Put an editor into an element, once CodeMirror has arrived.
 * @param {HTMLElement} host
 * @param {object} options
 * @param {() => string} options.read the code as it is by then
 * @param {string} options.label
 * @param {() => void} options.run
 * @param {() => void} options.change
 * @param {(owner: string) => Promise<string[]> | string[]} options.names to offer
 */
export const makeEditor = async (host, { read, label, run, change, names }) => {
  const loaded = await Promise.all(
    ["codemirror", "codemirror_view", "codemirror_state", "codemirror_language", "codemirror_lang-python", "codemirror_commands", "index"].map(load),
  );
  const [{ basicSetup, EditorView }, views, state, languages, { python, pythonLanguage }, commands, completion] = loaded;
  // Their bundler keeps the names of these in objects, and shortens the others.
  const [view, language] = [views.v, languages.x];
  const tags = Object.values(languages).find((value) => value?.controlKeyword);

  const markLine = state.StateEffect.define();
  const marked = state.StateField.define({
    create: () => view.Decoration.none,
    update: (/** @type {any} */ marks, /** @type {any} */ { effects, changes, state: after }) => {
      for (const effect of effects) {
        if (!effect.is(markLine)) continue;
        const isThere = effect.value && effect.value <= after.doc.lines;
        const line = view.Decoration.line({ class: "cm-error-line" });
        return isThere ? view.Decoration.set([line.range(after.doc.line(effect.value).from)]) : view.Decoration.none;
      }
      return marks.map(changes);
    },
    provide: (/** @type {any} */ field) => EditorView.decorations.from(field),
  });

  /** @param {any} context */
  const complete = async (context) => {
    const word = context.matchBefore(/[A-Za-z_][\w.]*/);
    if (!word && !context.explicit) return null;
    const [, owner = "", part] = /^(?:(.*)\.)?(.*)$/.exec(word?.text ?? "") ?? [];
    const found = await names(owner);
    const options = found.map((name) => ({ label: name, type: "variable", boost: 1 }));
    return { from: context.pos - part.length, options, validFor: /^\w*$/ };
  };

  // After Esc, which also closes a list of names, Tab goes on to the next control. CodeMirror itself
  // sets two seconds for that, a moment later.
  const prepareToLeave = (/** @type {any} */ editor, /** @type {KeyboardEvent} */ event) => {
    if (event.key === "Escape") queueMicrotask(() => editor.setTabFocusMode(WAITING));
    return false;
  };
  const keys = [
    { key: "Ctrl-Enter", run: () => (run(), true) },
    { key: "Mod-Enter", run: () => (run(), true) },
    { any: prepareToLeave },
    commands.indentWithTab,
  ];
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const editor = new EditorView({
    root,
    parent: root,
    state: state.EditorState.create({
      doc: read(),
      extensions: [
        state.Prec.highest(view.keymap.of(keys.slice(0, 3))),
        state.Prec.low(view.keymap.of(keys.slice(3))),
        // The first name is not taken by Enter alone, which would change what was written.
        completion.a({ selectOnOpen: false }),
        basicSetup,
        python(),
        pythonLanguage.data.of({ autocomplete: complete }),
        language.indentUnit.of("    "),
        state.EditorState.tabSize.of(4),
        makeLook(view, language, tags),
        marked,
        EditorView.contentAttributes.of({ "aria-label": `${label}. ${WAY_OUT}`, spellcheck: "false", tabindex: "0" }),
        EditorView.updateListener.of((/** @type {any} */ update) => update.docChanged && change()),
      ],
    }),
  });
  return {
    get code() {
      return editor.state.doc.toString();
    },
    set code(text) {
      if (text === editor.state.doc.toString()) return;
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: text } });
    },
    /** @param {number | null} line counted from 1 */
    mark(line) {
      editor.dispatch({ effects: markLine.of(line) });
    },
    focus: () => editor.focus(),
  };
};
