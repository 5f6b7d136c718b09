"use strict";

// Swagger UI has a dark theme under this class; follow the reader's preference.
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const applyTheme = () =>
  document.documentElement.classList.toggle("dark-mode", dark.matches);
applyTheme();
dark.addEventListener("change", applyTheme);

window.SwaggerUIBundle({
  dom_id: "#api",
  url: document.getElementById("api").dataset.document,
  deepLinking: true,
  tryItOutEnabled: true,
  // Ask no outside service to judge the document.
  validatorUrl: null,
});
