import "./first";
import "@fontsource-variable/inter/index.css";
import "../ui/tokens.css";
import "../ui/base.css";
import "../ui/ui.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";

const root = document.getElementById("root");
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
