const { execFileSync } = require("node:child_process");
const { mkdtempSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const express = require("express");

const app = express();
app.set("views", join(__dirname, process.env.VIEWS || "views"));
app.set("view engine", "ejs");
app.use(express.static(join(__dirname, "public")));

app.get("/", (request, response) => response.render("board", { title: "board" }));
app.get("/digest/:text", (request, response) => {
  const digest = execFileSync("git", ["hash-object", "--stdin"], { input: request.params.text }).toString().trim();
  response.json({ digest });
});
app.post("/keep", (request, response) => {
  const place = mkdtempSync(join(__dirname, "kept-"));
  writeFileSync(join(place, "note"), "kept");
  response.status(201).json({ kept: true });
});

module.exports = app;
if (require.main === module) app.listen(3000);
