import { ExternalLink, Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { Link, useLocation, useParams } from "wouter";
import { useChanging } from "../../app/changing";
import { ErrorNote } from "../../app/ErrorNote";
import { useRead } from "../../app/reading";
import { useFormats } from "../../app/stores";
import type { Data, Input } from "../../client/types";
import { Badge, Button, Card, Loading, Page } from "../../ui";
import { Channels } from "./Channels";
import { textOf } from "./description";
import { EditProduct } from "./EditProduct";
import { Media } from "./Media";
import styles from "./product.module.css";
import { ProductState } from "./states";
import { Variants } from "./Variants";

export default function Product() {
  const { id } = useParams<{ id: string }>();
  const { data: product, error, refetch } = useRead("product_get", { id });
  if (product === undefined) {
    return (
      <Page title="Product" about={<Back />}>
        {error === null ? (
          <Loading lines={8} label="Loading the product" />
        ) : (
          <ErrorNote error={error} onRetry={refetch} />
        )}
      </Page>
    );
  }
  return <Shown key={product.id} product={product} />;
}

function Back() {
  return <Link href="/app/products">All products</Link>;
}

function Shown({ product }: { product: Data<"product_get"> }) {
  const { ask } = useChanging();
  const [, go] = useLocation();
  const [editing, setEditing] = useState(false);
  return (
    <Page
      title={product.title}
      about={
        <span className="row">
          <Back />
          <ProductState state={product.status} />
        </span>
      }
      actions={
        <>
          {product.online_store_url && (
            <a className="button" href={product.online_store_url} target="_blank" rel="noreferrer">
              <ExternalLink aria-hidden />
              View in shop
            </a>
          )}
          <Button
            onClick={() =>
              ask({
                name: "product_delete",
                input: { id: product.id } as Input<"product_delete">,
                title: `Delete ${product.title}`,
                yes: "Delete product",
                done: `${product.title} is deleted.`,
                onDone: () => go("/app/products", { replace: true }),
              })
            }
          >
            <Trash2 aria-hidden />
            Delete
          </Button>
          <Button look="primary" onClick={() => setEditing(true)}>
            <Pencil aria-hidden />
            Edit
          </Button>
        </>
      }
    >
      <Variants product={product} />
      <div className={styles.sides}>
        <div className="stack">
          <Description html={product.description_html} />
          <Media id={product.id} />
        </div>
        <div className="stack">
          <Facts product={product} />
          <Channels id={product.id} />
        </div>
      </div>
      {editing && <EditProduct product={product} onClose={() => setEditing(false)} />}
    </Page>
  );
}

function Description({ html }: { html: string }) {
  const text = textOf(html);
  return (
    <Card title="Description">
      {text === "" ? <p className="soft">None yet.</p> : <p className={styles.description}>{text}</p>}
    </Card>
  );
}

function Facts({ product }: { product: Data<"product_get"> }) {
  const format = useFormats();
  return (
    <Card title="About it">
      <dl className="facts">
        <dt>Vendor</dt>
        <dd>{product.vendor || "None"}</dd>
        <dt>Type</dt>
        <dd>{product.product_type || "None"}</dd>
        {product.category && (
          <>
            <dt>Category</dt>
            <dd>{product.category.full_name}</dd>
          </>
        )}
        <dt>Tags</dt>
        <dd className="row">
          {product.tags.length === 0 ? "None" : product.tags.map((tag) => <Badge key={tag}>{tag}</Badge>)}
        </dd>
        <dt>Handle</dt>
        <dd className={styles.long}>{product.handle}</dd>
        <dt>Created</dt>
        <dd>{format.time(product.created_at)}</dd>
        <dt>Changed</dt>
        <dd>{format.ago(product.updated_at)}</dd>
      </dl>
    </Card>
  );
}
