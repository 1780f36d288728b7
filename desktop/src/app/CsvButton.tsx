import { Download } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { ClientError } from "../client/client";
import type { Input, Item, OperationName } from "../client/types";
import { Button } from "../ui";
import { useChanging } from "./changing";
import { type CsvColumn, csvOf } from "./csv";
import { download, fileName } from "./download";
import { client } from "./queries";
import { withShop } from "./reading";
import { useFormats, useStore } from "./stores";

const MOST = 10_000;
const A_PAGE = 250;

/** What a list is as a file. */
export interface Csv<Row> {
  /** What the file is named after, such as "orders". */
  name: string;
  columns: readonly CsvColumn<Row>[];
}

/** Downloads a whole list as CSV, all of its pages, with the filters as they are. It is read while somebody waits. */
export function CsvButton<K extends OperationName>({
  name,
  input,
  csv,
}: {
  name: K;
  input: Input<K>;
  csv: Csv<Item<K>>;
}) {
  const { shop } = useStore();
  const { number } = useFormats();
  const { say } = useChanging();
  const [count, setCount] = useState<number | null>(null);
  const leaving = useRef<AbortController>(undefined);
  useEffect(() => () => leaving.current?.abort(), []);

  async function read() {
    const ending = new AbortController();
    leaving.current = ending;
    setCount(0);
    try {
      const rows: Item<K>[] = [];
      const asked = { ...(withShop(name, input, shop) as object), limit: A_PAGE } as unknown as Input<K>;
      for await (const row of client.items(name, asked, { signal: ending.signal })) {
        if (rows.length === MOST) {
          say(`The file has the first ${number(MOST)}. Narrow the list by its filters for the others.`);
          break;
        }
        rows.push(row);
        if (rows.length % A_PAGE === 0) {
          setCount(rows.length);
        }
      }
      download(
        fileName([csv.name, shop ?? "", new Date().toISOString().slice(0, 10)], "csv"),
        csvOf(rows, csv.columns),
      );
    } catch (raised) {
      if (ending.signal.aborted) {
        return;
      }
      say(raised instanceof ClientError ? raised.error.message : "The file could not be made.", "bad");
    }
    setCount(null);
  }

  return (
    <Button busy={count !== null} onClick={read} aria-label="Download as CSV">
      {count === null && <Download aria-hidden />}
      {count === null || count === 0 ? "CSV" : number(count)}
    </Button>
  );
}
