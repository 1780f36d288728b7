import { expect, test } from "vitest";
import { connectAddress, shopIn } from "../../src/pages/stores/address";

test.each([
  "demo",
  " Demo.myshopify.com ",
  "https://demo.myshopify.com",
  "https://demo.myshopify.com/admin/products?x=1",
  "http://demo.myshopify.com/#a",
  "admin.shopify.com/store/demo",
  "https://admin.shopify.com/store/demo/orders",
])("%j names the store demo", (text) => {
  expect(shopIn(text)).toBe("demo.myshopify.com");
});

test.each([
  "",
  "my shop",
  "www.example.com",
  "https://example.com/demo.myshopify.com",
  "demo.myshopify.com.example.com",
  "-demo",
  "demo@evil.example",
  "https://admin.shopify.com/store/",
  "javascript:alert(1)",
  "a".repeat(80),
])("%j names none", (text) => {
  expect(shopIn(text)).toBeNull();
});

test("connecting comes back to the dashboard, and a name can't add to the address", () => {
  expect(connectAddress("a.myshopify.com")).toBe(
    "/api/auth/shopify/authorize?shop=a.myshopify.com&return_to=dashboard",
  );
  expect(connectAddress("a&return_to=x")).toContain("a%26return_to%3Dx");
});
