import { render, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { ShopifyDesk } from "../../src";

const STORE = {
  shop: "demo.myshopify.com",
  name: "Demo",
  is_default: true,
  currency: "EUR",
  country: "DE",
  timezone: "UTC",
};

test.each(["/shop", "/shop/", "/tools/shop"])(
  "the dashboard mounts below %s, and its links stay there",
  async (base) => {
    vi.stubGlobal("fetch", async (url: string) => {
      const data = url.startsWith("/api/shopify/stores") ? [STORE] : { items: [], approvals: [] };
      return Response.json({ ok: true, success: true, data, page: null });
    });
    vi.stubGlobal(
      "EventSource",
      class {
        close() {}
        addEventListener() {}
      },
    );
    const path = base.replace(/\/$/, "");
    window.history.replaceState(null, "", `${path}/app/orders`);
    render(<ShopifyDesk basePath={base} />);
    const link = await screen.findByRole("link", { name: /^Orders/ });
    expect(link.getAttribute("href")).toBe(`${path}/app/orders`);
    expect(link.getAttribute("aria-current")).toBe("page");
    expect((await screen.findAllByText("Demo")).length).toBeGreaterThan(0);
    vi.unstubAllGlobals();
  },
);
