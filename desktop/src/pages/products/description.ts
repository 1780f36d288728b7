const BLOCKS = new Set([
  "P",
  "DIV",
  "LI",
  "H1",
  "H2",
  "H3",
  "H4",
  "H5",
  "H6",
  "TR",
  "BLOCKQUOTE",
  "SECTION",
  "UL",
  "OL",
]);
const SILENT = new Set(["SCRIPT", "STYLE", "TEMPLATE", "NOSCRIPT"]);

/**
 * Return the text of a description that Shopify keeps as HTML, a line for each block.
 * The markup is read in a document of its own, which runs and loads nothing; none of it reaches the page.
 */
export function textOf(html: string): string {
  const lines = [""];
  const visit = (node: Node) => {
    if (node.nodeType === Node.TEXT_NODE) {
      lines[lines.length - 1] += (node.textContent ?? "").replace(/\s+/g, " ");
    } else if (node.nodeName === "BR") {
      lines.push("");
    } else if (!SILENT.has(node.nodeName)) {
      const block = BLOCKS.has(node.nodeName);
      if (block) {
        lines.push("");
      }
      if (node.nodeName === "LI") {
        lines[lines.length - 1] = "• ";
      }
      node.childNodes.forEach(visit);
      if (block) {
        lines.push("");
      }
    }
  };
  visit(new DOMParser().parseFromString(html, "text/html").body);
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== "" && line !== "•")
    .join("\n");
}

const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Return plain text as HTML: a paragraph for each part between empty lines. */
export function paragraphs(text: string): string {
  return text
    .replace(/[&<>"]/g, (mark) => ESCAPES[mark] ?? mark)
    .trim()
    .split(/\n\s*\n/)
    .map((part) => `<p>${part.trim().replaceAll("\n", "<br>")}</p>`)
    .join("");
}

/** Return the tags of a text that parts them by commas, each once. */
export function tagsIn(text: string): string[] {
  const tags = text
    .split(",")
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "");
  return [...new Map(tags.map((tag) => [tag.toLowerCase(), tag])).values()];
}
