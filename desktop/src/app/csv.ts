/** A column of a file: its heading, and the value of a row; amounts and moments as the interface tells them. */
export type CsvColumn<Row> = readonly [title: string, value: (row: Row) => string | number | null | undefined];

/** Return rows as spreadsheets read them: UTF-8 with a byte-order mark, CRLF, and no cell that they take for a formula. */
export function csvOf<Row>(rows: readonly Row[], columns: readonly CsvColumn<Row>[]): string {
  const lines = [columns.map(([title]) => title), ...rows.map((row) => columns.map(([, value]) => value(row)))];
  return `\uFEFF${lines.map((line) => `${line.map(cellOf).join(",")}\r\n`).join("")}`;
}

function cellOf(value: string | number | null | undefined): string {
  const text = String(value ?? "");
  // A quote in front keeps a spreadsheet from running it. A number of ours is no formula, whatever its sign.
  const plain = typeof value === "string" && /^'*[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
