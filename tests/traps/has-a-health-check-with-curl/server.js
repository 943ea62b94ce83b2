require("http").createServer((request, response) => {
  response.writeHead(request.url === "/none" ? 404 : 200);
  response.end("well\n");
}).listen(8080);
process.on("SIGTERM", () => process.exit(0));
