import { expect, test } from "vitest";
import { paragraphs, tagsIn, textOf } from "../../src/pages/products/description";

test("a description is shown as text: blocks become lines, and nothing of the markup is left", () => {
  const html =
    '<h2>Mug</h2><p>Holds <b>300&nbsp;ml</b>.<br>Made by hand.</p><ul><li>Blue</li><li>Red</li></ul><script>alert(1)</script><img src=x onerror="alert(2)">';
  expect(textOf(html)).toBe("Mug\nHolds 300 ml.\nMade by hand.\n• Blue\n• Red");
});

test("what a person types is kept as text, not read as markup", () => {
  const html = paragraphs('5 < 6 & "fine"\nnext line\n\n<b>not bold</b>');
  expect(html).toBe("<p>5 &lt; 6 &amp; &quot;fine&quot;<br>next line</p><p>&lt;b&gt;not bold&lt;/b&gt;</p>");
  expect(textOf(html)).toBe('5 < 6 & "fine"\nnext line\n<b>not bold</b>');
});

test("tags are parted by commas, each once", () => {
  expect(tagsIn(" summer, Gift,gift ,, ")).toEqual(["summer", "gift"]);
});
