import { type CSSProperties, type FormEvent, useState } from "react";
import { useChanging } from "../../app/changing";
import type { Data, Input } from "../../client/types";
import { Button, Dialog, Select, TextArea, TextField } from "../../ui";
import { tagsIn } from "./description";
import { STATUSES } from "./states";

/** A form for what a product is; only what differs is sent, and it is shown before it is changed. */
export function EditProduct({ product, onClose }: { product: Data<"product_get">; onClose: () => void }) {
  const { ask } = useChanging();
  const [before] = useState(() => ({
    title: product.title,
    status: product.status,
    vendor: product.vendor,
    type: product.product_type,
    tags: product.tags.join(", "),
    html: product.description_html,
  }));
  const [form, setForm] = useState(before);
  const [fault, setFault] = useState<string>();
  const field = (name: keyof typeof form) => ({
    value: form[name],
    onChange: (event: { target: { value: string } }) => setForm({ ...form, [name]: event.target.value }),
  });
  const same = (Object.keys(before) as (keyof typeof form)[]).every((name) => form[name] === before[name]);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (form.title.trim() === "") {
      setFault("A product needs a title.");
      return;
    }
    setFault(undefined);
    const changed: Record<string, unknown> = {
      title: form.title.trim(),
      status: form.status,
      vendor: form.vendor.trim(),
      product_type: form.type.trim() || null,
      tags: tagsIn(form.tags),
      description_html: form.html.trim() || null,
    };
    const members = {
      title: "title",
      status: "status",
      vendor: "vendor",
      type: "product_type",
      tags: "tags",
      html: "description_html",
    };
    const input = Object.fromEntries(
      (Object.keys(before) as (keyof typeof form)[])
        .filter((name) => form[name] !== before[name])
        .map((name) => [members[name], changed[members[name]]]),
    );
    ask({
      name: "product_update",
      input: { id: product.id, ...input } as Input<"product_update">,
      title: `Change ${product.title}`,
      yes: "Save changes",
      done: "The product is changed.",
      onDone: onClose,
    });
  }

  return (
    <Dialog title={`Edit ${product.title}`} onClose={onClose}>
      <form className="stack" onSubmit={submit} noValidate>
        <TextField label="Title" required maxLength={255} fault={fault} {...field("title")} />
        <div className="grid" style={{ "--column": "9rem" } as CSSProperties}>
          <Select label="Status" options={STATUSES} {...field("status")} />
          <TextField label="Vendor" maxLength={255} {...field("vendor")} />
          <TextField label="Type" maxLength={255} {...field("type")} />
        </div>
        <TextField label="Tags" hint="Parted by commas" {...field("tags")} />
        <TextArea label="Description" rows={8} hint="HTML, as Shopify keeps it" {...field("html")} />
        <div className="actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={same}>
            Look at it first
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
