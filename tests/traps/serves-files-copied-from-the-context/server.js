// Serves a site and the page that the build made.
const fs = require("fs");
const http = require("http");
const path = require("path");

const site = process.env.SITE || "/srv/site";

http.createServer((request, response) => {
  const name = path.normalize(decodeURIComponent(new URL(request.url, "http://site").pathname));
  const file = name === "/" ? path.join(__dirname, "index.html") : path.join(site, name);
  fs.readFile(file, (error, data) => {
    response.writeHead(error ? 404 : 200, { "content-type": "text/plain; charset=utf-8" });
    response.end(error ? "not here\n" : data);
  });
}).listen(8080);
process.on("SIGTERM", () => process.exit(0));
