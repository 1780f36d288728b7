interface Postal {
  name?: string | null;
  company?: string | null;
  address1?: string | null;
  address2?: string | null;
  city?: string | null;
  province_code?: string | null;
  zip?: string | null;
  country?: string | null;
  phone?: string | null;
}

/** A postal address, a line for each part that is there. */
export function Address({ address }: { address: Postal }) {
  const { name, company, address1, address2, city, province_code, zip, country, phone } = address;
  const town = [zip, city, province_code].filter(Boolean).join(" ");
  const lines = [name, company, address1, address2, town, country, phone].filter(Boolean);
  return (
    <address style={{ fontStyle: "normal" }}>
      {lines.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two lines of an address may be alike
        <div key={index}>{line}</div>
      ))}
    </address>
  );
}
