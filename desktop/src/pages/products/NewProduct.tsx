import { type CSSProperties, type FormEvent, useState } from "react";
import { useLocation } from "wouter";
import { useChanging } from "../../app/changing";
import { useFormats } from "../../app/stores";
import type { Input } from "../../client/types";
import { Button, Dialog, Select, TextArea, TextField } from "../../ui";
import { decimalsOf, readAmount, readWhole } from "../../ui/amounts";
import { paragraphs, tagsIn } from "./description";
import { STATUSES } from "./states";

const EMPTY = { title: "", price: "", sku: "", stock: "", vendor: "", type: "", tags: "", status: "DRAFT", about: "" };

/** A form for a product with one variant; what it would do is shown before it is made. */
export function NewProduct({ onClose }: { onClose: () => void }) {
  const { ask } = useChanging();
  const { currency, locale } = useFormats();
  const [, go] = useLocation();
  const [form, setForm] = useState(EMPTY);
  const [faults, setFaults] = useState<Partial<Record<keyof typeof EMPTY, string>>>({});
  const field = (name: keyof typeof EMPTY) => ({
    value: form[name],
    fault: faults[name],
    onChange: (event: { target: { value: string } }) => setForm({ ...form, [name]: event.target.value }),
  });

  function submit(event: FormEvent) {
    event.preventDefault();
    const price = form.price.trim() === "" ? undefined : readAmount(form.price, locale, decimalsOf(currency));
    const stock = form.stock.trim() === "" ? undefined : readWhole(form.stock, 0, 1_000_000);
    const found: typeof faults = {};
    if (form.title.trim() === "") {
      found.title = "A product needs a title.";
    }
    if (price !== undefined && "fault" in price) {
      found.price = price.fault;
    }
    if (stock !== undefined && "fault" in stock) {
      found.stock = stock.fault;
    }
    setFaults(found);
    if (Object.keys(found).length > 0) {
      return;
    }
    const input: Record<string, unknown> = {
      title: form.title.trim(),
      status: form.status,
      vendor: form.vendor.trim() || undefined,
      product_type: form.type.trim() || undefined,
      tags: form.tags.trim() === "" ? undefined : tagsIn(form.tags),
      description_html: form.about.trim() === "" ? undefined : paragraphs(form.about),
      sku: form.sku.trim() || undefined,
      price: price !== undefined && "value" in price ? price.value : undefined,
      ...(stock !== undefined && "value" in stock ? { tracked: true, stock: [{ quantity: Number(stock.value) }] } : {}),
    };
    ask({
      name: "product_create",
      input: input as Input<"product_create">,
      title: `Add ${form.title.trim()}`,
      yes: "Add product",
      done: `${form.title.trim()} is added.`,
      onDone: (product) => {
        onClose();
        go(`/app/products/${(product as { legacy_id: string }).legacy_id}`);
      },
    });
  }

  return (
    <Dialog title="Add a product" onClose={onClose}>
      <form className="stack" onSubmit={submit} noValidate>
        <TextField label="Title" required maxLength={255} {...field("title")} />
        <div className="grid" style={{ "--column": "9rem" } as CSSProperties}>
          <TextField label={`Price in ${currency}`} inputMode="decimal" {...field("price")} />
          <TextField label="Stock" inputMode="numeric" hint="Empty: not counted" {...field("stock")} />
          <TextField label="SKU" maxLength={255} {...field("sku")} />
          <Select label="Status" options={STATUSES} {...field("status")} />
          <TextField label="Vendor" maxLength={255} {...field("vendor")} />
          <TextField label="Type" maxLength={255} {...field("type")} />
        </div>
        <TextField label="Tags" hint="Parted by commas" {...field("tags")} />
        <TextArea label="Description" rows={4} {...field("about")} />
        <div className="actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary">
            Look at it first
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
