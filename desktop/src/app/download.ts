/** Return the name of a file: its parts joined, in letters, digits and dashes, such as `reorder-list-demo-2026-11-30.csv`. */
export function fileName(parts: readonly string[], ending: string): string {
  const name = parts
    .map((part) =>
      part
        .normalize("NFKD")
        .replace(/\p{M}/gu, "")
        .toLowerCase()
        .replace(/\.myshopify\.com$/, "")
        .replace(/[^a-z0-9]+/g, "-")
        .replace(/^-+|-+$/g, ""),
    )
    .filter((part) => part !== "")
    .join("-")
    .slice(0, 100);
  return `${name || "file"}.${ending}`;
}

/** Let the browser keep a text as a file. */
export function download(name: string, text: string, type = "text/csv;charset=utf-8"): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // The browser begins to read the address after this turn.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
