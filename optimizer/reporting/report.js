"use strict";

/** Text of a row's cell, without the blanks around it. */
function textOf(row, column) {
  return row.cells[column].textContent.trim();
}

/** Compare two cells: figures by value, all else by letters and numbers in it. */
function compared(left, right, isFigure) {
  if (isFigure) {
    return Number(left.replaceAll(",", "")) - Number(right.replaceAll(",", ""));
  }
  return left.localeCompare(right, "en", { numeric: true });
}

/** Sort the rows of a table by a column; blank cells come last either way. */
function sortBy(table, heading) {
  const column = heading.cellIndex;
  const isFigure = heading.classList.contains("n");
  const descending = heading.getAttribute("aria-sort") === "ascending";
  const rows = [...table.tBodies[0].rows];
  rows.sort((left, right) => {
    const [a, b] = [textOf(left, column), textOf(right, column)];
    if (a === "" || b === "") {
      return (a === "") - (b === "");
    }
    return descending ? compared(b, a, isFigure) : compared(a, b, isFigure);
  });
  for (const other of table.tHead.rows[0].cells) {
    other.removeAttribute("aria-sort");
  }
  heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
  table.tBodies[0].append(...rows);
}

/** Show the rows that have each of the words; say how many there are. */
function filterBy(table, words, count) {
  const rows = [...table.tBodies[0].rows];
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
  }
  count.textContent = ` ${rows.filter((row) => !row.hidden).length} of ${rows.length}`;
}

/** Give each heading of a table a button that sorts. */
function makeSortable(table) {
  for (const heading of table.tHead.rows[0].cells) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = heading.textContent;
    button.addEventListener("click", () => sortBy(table, heading));
    heading.replaceChildren(button);
  }
}

/** Put a field above a table that shows only the rows with the words in it. */
function makeFilterable(table) {
  const label = document.createElement("label");
  const input = document.createElement("input");
  const count = document.createElement("span");
  const line = document.createElement("p");
  input.type = "search";
  count.setAttribute("role", "status");
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter((word) => word !== "");
    filterBy(table, words, count);
  });
  label.append("Show rows with", input);
  line.className = "filter";
  line.append(label, count);
  table.parentElement.before(line);
}

for (const table of document.querySelectorAll("table.sortable")) {
  makeSortable(table);
  makeFilterable(table);
}
