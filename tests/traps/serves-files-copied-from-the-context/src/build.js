console.log("<h1>A site</h1>");
