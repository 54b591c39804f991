// The texts of a draft with the numbers of their lines: what is wrong stands at its line.

import { post } from "./api.js";
import { $, fill, h, toast } from "./dom.js";
import { counted } from "./format.js";

export class DraftEditor {
  constructor(id, onSaved) {
    this.id = id;
    this.onSaved = onSaved;
    this.form = $("#editor");
    this.fields = { text: $("#text"), tests: $("#tests") };
    this.isChanged = false;
    for (const field of [this.fields.text, this.fields.tests, $("#name")]) {
      field.addEventListener("input", () => { this.isChanged = true; this.say("not saved yet"); this.number(); });
    }
    for (const field of Object.values(this.fields)) field.addEventListener("scroll", () => { field.previousElementSibling.scrollTop = field.scrollTop; });
    for (const input of this.form.querySelectorAll("input[type=file]")) input.addEventListener("change", () => this.load(input));
    $("#check").addEventListener("click", () => this.check());
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.save(); });
    addEventListener("beforeunload", (event) => { if (this.isChanged) event.preventDefault(); });
  }

  /// What the server has; nothing that is being written is lost by it.
  show({ draft, hash, text, tests, mistakes, remarks, cases }, mayNot) {
    $("#save").disabled = Boolean(mayNot);
    $("#save").title = mayNot ?? "";
    for (const field of [...Object.values(this.fields), $("#name")]) field.readOnly = Boolean(mayNot);
    this.latest = hash;
    // What was sent has arrived; what was written since has not.
    if (this.sent && this.isSame(this.sent, { name: draft.name, text, tests: tests ?? "" })) {
      this.hash = hash;
      this.isChanged = !this.isSame(this.sent, this.texts);
      this.say(this.isChanged ? "not saved yet" : "saved");
      this.sent = null;
      this.tell(mistakes, remarks, cases);
    }
    if (this.isChanged || this.hash === hash) return;
    this.hash = hash;
    $("#name").value = draft.name;
    this.fields.text.value = text;
    this.fields.tests.value = tests ?? "";
    this.tell(mistakes, remarks, cases);
  }

  say(text) { fill($("#saved"), text); }

  get texts() { return { name: $("#name").value, text: this.fields.text.value, tests: this.fields.tests.value }; }

  async load(input) {
    const [file] = input.files;
    if (!file) return;
    const field = this.fields[input.dataset.into];
    field.value = await file.text();
    input.value = "";
    field.dispatchEvent(new Event("input"));
    this.check();
  }

  async check() {
    try {
      const { mistakes, remarks, cases } = await post("catalog/check", this.texts);
      this.tell(mistakes, remarks, cases);
    } catch (problem) { toast(problem.message, "error"); }
  }

  isSame(one, other) { return one.name === other.name && one.text === other.text && one.tests === other.tests; }

  async save() {
    const sent = this.texts;
    try {
      const { isDone } = await post(`drafts/${encodeURIComponent(this.id)}`, { ...sent, hash: this.hash });
      this.sent = sent;
      // It is saved when the draft says so, and not lost where it never does.
      this.isChanged = true;
      this.say(isDone ? "saved" : "on its way: the nba-scorer hasn't answered yet");
      await this.onSaved();
    } catch (problem) {
      toast(problem.message, "error");
      if (problem.status !== 409 || !this.latest || this.latest === this.hash) return;
      this.hash = this.latest;
      this.say("somebody else has saved it meanwhile; saving again puts yours in its place");
    }
  }

  tell(mistakes, remarks, cases) {
    this.mistakes = mistakes;
    fill($("#mistakes"), mistakes.length === 0
      ? h("li", { class: "good" }, "Nothing is wrong with it", cases !== undefined && cases !== null ? `; all ${counted(cases, "case")} of its tests hold.` : "; it has no tests.")
      : mistakes.map((one) => h("li", {}, h("button", { type: "button", class: "link", onclick: () => this.go(one) }, `${one.file === "tests" ? "tests, " : ""}line ${one.line}`), " ",
        one.place && h("code", {}, one.place), one.place && " ", one.reason)),
      remarks.shown.map((text) => h("li", { class: "remark" }, `note: ${text}`)), remarks.left > 0 && h("li", { class: "remark" }, `and ${counted(remarks.left, "note")} more`));
    this.number();
  }

  number() {
    for (const [file, field] of [["catalog", this.fields.text], ["tests", this.fields.tests]]) {
      const wrong = new Map();
      for (const one of this.mistakes ?? []) if (one.file === file) wrong.set(one.line, `${wrong.get(one.line) ?? ""}${one.reason}\n`);
      const gutter = field.previousElementSibling;
      const count = field.value.split("\n").length;
      fill(gutter, Array.from({ length: count }, (_, index) => h("span", { class: wrong.has(index + 1) ? "wrong" : null, title: wrong.get(index + 1)?.trim() }, `${index + 1}\n`)));
      gutter.scrollTop = field.scrollTop;
    }
  }

  go({ file, line }) {
    const field = file === "tests" ? this.fields.tests : this.fields.text;
    const lines = field.value.split("\n");
    const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    field.focus();
    field.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
    field.scrollTop = Math.max(0, (line - 5) * (field.scrollHeight / lines.length));
  }
}

