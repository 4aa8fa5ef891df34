"use strict";
// Sorts and filters the table. Its state is in the address, behind the #: a view can be linked to, and kept.
// Without this script the table is complete, and in the order of the names.
{
  const table = document.getElementById("class");
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  const form = document.getElementById("filters");
  const { verdict, text } = form.elements;
  const shown = document.getElementById("shown");
  const state = { sort: "", order: "", filter: "", text: "" };

  // A name is found without its accents, too.
  const plain = (words) => words.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const names = new Map(rows.map((row) => [row, plain(row.cells[0].textContent)]));
  const isNumber = (head) => head !== heads[0];

  const compare = (column) => {
    const key = (row) => row.cells[column].dataset.sort;
    if (isNumber(heads[column])) return (a, b) => Number(key(a)) - Number(key(b));
    const words = new Intl.Collator("en", { numeric: true });
    return (a, b) => words.compare(key(a), key(b));
  };

  const sort = () => {
    const column = heads.findIndex((head) => head.dataset.key === state.sort);
    heads.forEach((head, index) => head.setAttribute("aria-sort", index === column ? state.order : "none"));
    if (column < 0) return body.append(...rows);
    const sign = state.order === "descending" ? -1 : 1;
    const order = compare(column);
    // Equal ones stay in the order of the names, whichever way the column is sorted.
    body.append(...[...rows].sort((a, b) => sign * order(a, b)));
  };

  const filter = () => {
    const wanted = plain(state.text.trim());
    let count = 0;
    for (const row of rows) {
      let matches = state.filter === "";
      for (const cell of row.cells) {
        const here = state.filter !== "" && (cell.dataset.has ?? "").split(" ").includes(state.filter);
        cell.classList.toggle("match", here);
        matches ||= here;
      }
      row.hidden = !(matches && names.get(row).includes(wanted));
      count += row.hidden ? 0 : 1;
    }
    return count;
  };

  const show = () => {
    sort();
    const count = filter();
    verdict.value = state.filter;
    if (text.value !== state.text) text.value = state.text;
    const column = heads.find((head) => head.dataset.key === state.sort);
    const order = column ? `, sorted by ${column.textContent.trim().replace(/\s+/g, " ")}, ${state.order}` : "";
    shown.textContent = `${count} of ${rows.length} students${order}`;
  };

  const read = () => {
    const address = new URLSearchParams(location.hash.slice(1));
    const known = (wanted, all) => (all.includes(wanted) ? wanted : "");
    state.sort = known(address.get("sort") ?? "", heads.map((head) => head.dataset.key));
    const first = state.sort === heads[0].dataset.key ? "ascending" : "descending";
    state.order = state.sort && (known(address.get("order"), ["ascending", "descending"]) || first);
    state.filter = known(address.get("filter") ?? "", [...verdict.options].map((option) => option.value));
    state.text = address.get("text") ?? "";
    show();
  };

  const change = (values) => {
    Object.assign(state, values);
    show();
    const used = Object.entries(state).filter(([, value]) => value !== "");
    history.replaceState(null, "", "#" + new URLSearchParams(used));
  };

  for (const head of heads) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const flipped = state.order === "ascending" ? "descending" : "ascending";
      const first = isNumber(head) ? "descending" : "ascending";
      const order = state.sort === head.dataset.key ? flipped : first;
      change({ sort: head.dataset.key, order });
    });
  }
  verdict.addEventListener("change", () => change({ filter: verdict.value }));
  text.addEventListener("input", () => change({ text: text.value }));
  form.addEventListener("reset", () => change({ sort: "", order: "", filter: "", text: "" }));
  form.addEventListener("submit", (event) => event.preventDefault());
  // A link to a part of the page is no view.
  addEventListener("hashchange", () => {
    if (!location.hash.includes("=")) return;
    read();
    form.scrollIntoView();
  });
  form.hidden = false;
  read();
}
