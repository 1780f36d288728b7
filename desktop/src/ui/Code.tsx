/** A value as JSON behind a heading that opens it, for who wants all of it. */
export function Code({ title, value, open }: { title: string; value: unknown; open?: boolean }) {
  return (
    <details open={open}>
      <summary>{title}</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard */}
      <section className="code" tabIndex={0} aria-label={title}>
        {JSON.stringify(value, null, 2)}
      </section>
    </details>
  );
}
