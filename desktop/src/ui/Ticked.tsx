/** A text of the server, in which names stand between backticks, such as "There is no target `default`". */
export function Ticked({ text }: { text: string }) {
  const parts = text.split("`");
  // An odd backtick is one of the text itself.
  return parts.length % 2 === 0
    ? text
    : // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have no other name than their place
      parts.map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part));
}
