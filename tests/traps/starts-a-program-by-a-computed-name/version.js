// version.js PART…: puts the parts of a program's name together and asks it for its version.
const { spawnSync } = require("node:child_process");

const name = process.argv.slice(2).join("");
const done = spawnSync(name, ["--version"], { encoding: "utf8" });
if (done.error) {
  console.error(`no ${name}`);
  process.exit(2);
}
console.log(done.stdout.split("\n")[0].split(" ").slice(0, 2).join(" "));
