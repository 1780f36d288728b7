import { useState } from "react";
import { useChanging } from "../../app/changing";
import { ErrorNote } from "../../app/ErrorNote";
import { useRead } from "../../app/reading";
import { ClientError } from "../../client/client";
import type { Input } from "../../client/types";
import { Badge, Button, Card, Loading } from "../../ui";
import styles from "./product.module.css";

/** Where a product is sold: each sales channel, with what puts it there or takes it away. */
export function Channels({ id }: { id: string }) {
  const published = useRead("product_publications_get", { id });
  const all = useRead("publication_list", { limit: 50 });
  const error = published.error ?? all.error;
  if (error !== null && (published.data === undefined || all.data === undefined)) {
    return (
      <Card title="Sales channels">
        <ErrorNote
          error={error}
          onRetry={() => {
            published.refetch();
            all.refetch();
          }}
        />
      </Card>
    );
  }
  const states = new Map(
    published.data?.resource_publications_v2.nodes.map((node) => [node.publication.id, node.is_published]),
  );
  const channels = (all.data?.items ?? []).map((one) => ({
    id: one.id,
    name: one.channels?.nodes[0]?.name ?? one.catalog?.title ?? "Sales channel",
    state: states.get(one.id),
  }));
  return (
    <Card title="Sales channels">
      {published.data === undefined || all.data === undefined ? (
        <Loading lines={2} label="Loading the sales channels" />
      ) : channels.length === 0 ? (
        <p className="soft">This store has no sales channel.</p>
      ) : (
        <ul className="stack tight">
          {channels.map((channel) => (
            <Channel key={channel.id} product={id} channel={channel} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function Channel({
  product,
  channel,
}: {
  product: string;
  channel: { id: string; name: string; state: boolean | undefined };
}) {
  const { make, say } = useChanging();
  const [busy, setBusy] = useState(false);
  const there = channel.state !== undefined;

  async function change() {
    setBusy(true);
    try {
      const input = { id: product, channels: [channel.id] };
      if (there) {
        await make("product_unpublish", input as Input<"product_unpublish">, `Taken off ${channel.name}.`);
      } else {
        await make("product_publish", input as Input<"product_publish">, `Published on ${channel.name}.`);
      }
    } catch (raised) {
      say(raised instanceof ClientError ? raised.error.message : "This did not work.", "bad");
    }
    setBusy(false);
  }

  return (
    <li className={styles.channel}>
      <span className="row">
        {channel.name}
        {there && <Badge tone={channel.state ? "good" : "accent"}>{channel.state ? "Published" : "Planned"}</Badge>}
      </span>
      <Button
        small
        busy={busy}
        onClick={change}
        aria-label={there ? `Take it off ${channel.name}` : `Publish it on ${channel.name}`}
      >
        {there ? "Take off" : "Publish"}
      </Button>
    </li>
  );
}
