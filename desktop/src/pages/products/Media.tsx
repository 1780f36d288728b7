import { Image, ImageOff } from "lucide-react";
import { useState } from "react";
import { ErrorNote } from "../../app/ErrorNote";
import { useRead } from "../../app/reading";
import type { Schemas } from "../../client/types";
import { Card, Loading, words } from "../../ui";
import styles from "./product.module.css";

type Medium = Schemas["medium"];

const SHOPIFY = "https://cdn.shopify.com/";

/** The pictures of a product. Those that can't be shown here are named. */
export function Media({ id }: { id: string }) {
  const { data, error, refetch } = useRead("product_media_get", { product_id: id });
  const media = data?.media?.nodes ?? [];
  return (
    <Card title="Media">
      {error !== null && data === undefined ? (
        <ErrorNote error={error} onRetry={refetch} />
      ) : data === undefined ? (
        <Loading lines={2} label="Loading the media" />
      ) : media.length === 0 ? (
        <p className="soft">No pictures yet.</p>
      ) : (
        <ul className={styles.media}>
          {media.map((medium, place) => (
            <li key={medium.id} className={styles.medium}>
              <Picture medium={medium} name={medium.alt || `Picture ${place + 1}`} />
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function Picture({ medium, name }: { medium: Medium; name: string }) {
  const [failed, setFailed] = useState(false);
  const address = medium.preview?.image?.url ?? "";
  // Pages of the dashboard load pictures from Shopify and from this server alone.
  if (failed || !address.startsWith(SHOPIFY)) {
    const waits = medium.status !== "READY" && medium.status !== "FAILED";
    return (
      <>
        {medium.media_content_type === "IMAGE" ? <Image aria-hidden /> : <ImageOff aria-hidden />}
        <span>{waits ? "Being prepared" : medium.status === "FAILED" ? "Could not be read" : name}</span>
        {medium.media_content_type !== "IMAGE" && <span>{words(medium.media_content_type)}</span>}
      </>
    );
  }
  return <img src={address} alt={name} loading="lazy" onError={() => setFailed(true)} />;
}
