import { SendHorizontal } from "lucide-react";
import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useRefresh } from "../../app/reading";
import { useFormats, useStore } from "../../app/stores";
import { Button, Page, Select } from "../../ui";
import { offered, tableOf } from "./answers";
import styles from "./chat.module.css";
import { clear, letChoose, type Said, say, useVisit } from "./visit";

const LONGEST = 2_000;
const BEGIN = [
  "check orders",
  "what did I sell last week compared to the week before",
  "what should I reorder",
  "help",
];

export default function Chat() {
  const { shop, store } = useStore();
  const { said, waiting, chosen } = useVisit();
  const refresh = useRefresh();
  const [text, setText] = useState("");
  const box = useRef<HTMLTextAreaElement>(null);
  const end = useRef<HTMLDivElement>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: each new line is brought into view
  useEffect(() => {
    end.current?.scrollIntoView({ block: "nearest" });
  }, [said.length, waiting]);
  useEffect(() => box.current?.focus(), []);

  async function send(message: string) {
    const trimmed = message.trim();
    if (trimmed === "" || waiting) {
      return;
    }
    setText("");
    box.current?.focus();
    await say(trimmed, shop);
    // An answer may have changed the store.
    refresh();
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    send(text);
  }

  function key(event: KeyboardEvent) {
    // Enter that ends the composition of a character, as in Japanese, is not meant for us.
    if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      send(text);
    }
  }

  const last = said.at(-1);
  return (
    <Page
      title="Chat"
      about="Ask in your own words. What changes a store is shown first, and done after your yes."
      actions={
        said.length > 0 && (
          <Button look="plain" onClick={clear}>
            Clear
          </Button>
        )
      }
    >
      <div className={styles.chat}>
        <div className={styles.said} role="log" aria-live="polite" aria-label="Conversation">
          {said.length === 0 && <Beginning onSay={send} />}
          {said.map((one) => (
            <Line key={one.id} said={one} last={one === last && !waiting} onSay={send} />
          ))}
          {waiting && (
            <p className={styles.waits}>
              <span className="spinner" /> <span className="visually-hidden">The answer is on its way</span>
            </p>
          )}
          <div ref={end} className={styles.end} />
        </div>
        <form className={styles.box} onSubmit={submit}>
          <textarea
            ref={box}
            className={`input ${styles.input}`}
            aria-label="Your message"
            aria-describedby="chat-keys"
            placeholder="Ask or say what to do"
            rows={2}
            maxLength={LONGEST}
            value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={key}
          />
          <Button type="submit" look="primary" disabled={text.trim() === "" || waiting}>
            <SendHorizontal aria-hidden />
            Send
          </Button>
        </form>
        <div className="row spread">
          <Select
            label={<span className="visually-hidden">Store that is meant</span>}
            value={chosen ? "chat" : "page"}
            options={[
              ["page", `About ${store?.name || shop || "your store"}`],
              ["chat", "About the store chosen in the chat"],
            ]}
            onChange={(event) => letChoose(event.target.value === "chat")}
          />
          <span id="chat-keys" className="small soft">
            Enter sends, Shift and Enter breaks the line.
          </span>
        </div>
      </div>
    </Page>
  );
}

function Beginning({ onSay }: { onSay: (text: string) => void }) {
  return (
    <div className="stack">
      <p className="soft">For example:</p>
      <Offered offers={BEGIN.map((text) => ({ said: text, text }))} onSay={onSay} />
    </div>
  );
}

function Offered({
  offers,
  first,
  onSay,
}: {
  offers: { said: string; text: string }[];
  first?: boolean;
  onSay: (text: string) => void;
}) {
  return (
    <div className="row">
      {offers.map((offer, at) => (
        <Button
          key={offer.said}
          small={!first}
          look={first && at === 0 ? "primary" : undefined}
          className={styles.offer}
          onClick={() => onSay(offer.said)}
        >
          {offer.text}
        </Button>
      ))}
    </div>
  );
}

function Line({ said, last, onSay }: { said: Said; last: boolean; onSay: (text: string) => void }) {
  const offers = last ? offered(said.data) : [];
  const asks = (said.data as { waits_for?: string } | null | undefined)?.waits_for === "yes";
  return (
    <div className={said.by === "person" ? styles.person : `${styles.answer} ${said.failed ? styles.failed : ""}`}>
      <span className="visually-hidden">{said.by === "person" ? "You: " : "Answer: "}</span>
      <p className={styles.text}>{said.text}</p>
      {said.by === "chat" && <Table data={said.data} />}
      {offers.length > 0 && <Offered offers={offers} first={asks} onSay={onSay} />}
    </div>
  );
}

/** The rows of an answer side by side, for who wants to compare them. */
function Table({ data }: { data: unknown }) {
  const format = useFormats();
  const table = tableOf(data, (value) =>
    "amount" in value ? format.money(value.amount, value.currency) : format.number(value.number),
  );
  if (table === null) {
    return null;
  }
  return (
    <details>
      <summary>As a table</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard */}
      <section className={styles.frame} tabIndex={0} aria-label="The answer as a table">
        <table className="table">
          <thead>
            <tr>
              {table.columns.map((column) => (
                <th key={column.key} scope="col" className={column.end ? "end" : undefined}>
                  {column.title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {table.rows.map((row, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the rows of an answer never change
              <tr key={at}>
                {row.map((cell, column) => (
                  <td key={table.columns[column]?.key} className={table.columns[column]?.end ? "end" : undefined}>
                    {cell}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {table.more > 0 && <p className="small soft">And {table.more} more.</p>}
    </details>
  );
}
